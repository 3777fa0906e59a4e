"""Stands in for the AWS CLI: answers out of world.json, and writes down every call.

The account is that of --profile, else FAKE_ACCOUNT. Queries are the small part of JMESPath that scripts use.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "world.json")) as file:
    WORLD = json.load(file)


class Refused(Exception):
    pass


def parse(words):
    options, positional = {}, []
    words = list(words)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            positional.append(word)
        elif "=" in word:
            name, value = word[2:].split("=", 1)
            options[name] = value
        else:
            options[word[2:]] = words.pop(0)
    return positional, options


def query(value, text):
    if text.startswith("{"):
        pairs = [pair.split(":", 1) for pair in text[1:-1].split(",")]
        return {name.strip(): query(value, path.strip()) for name, path in pairs}
    parts = re.findall(r"\w+|\[\d*\]", text)
    for at, part in enumerate(parts):
        if value is None:
            return None
        if part == "[]":
            rest = ".".join(parts[at + 1:])
            found = [query(item, rest) if rest else item for item in value]
            return [item for item in found if item is not None]
        if part.startswith("["):
            value = value[int(part[1:-1])] if value else None
        else:
            value = value.get(part)
    return value


def as_text(value):
    if value is None:
        return "None"
    if isinstance(value, list):
        return "\t".join(as_text(item) for item in value)
    return str(value)


def find(items, error, **wanted):
    for item in items:
        if all(item.get(name) == value for name, value in wanted.items()):
            return item
    raise Refused(error)


def key_of(account, options):
    name = options["key-id"]
    for key in WORLD["accounts"][account].get("keys", []):
        arn = key["KeyMetadata"]["Arn"]
        names = [key["KeyMetadata"]["KeyId"], arn]
        for alias in key["Aliases"]:
            names += [alias["AliasName"], alias["AliasArn"]]
        if name in names and arn.split(":")[3] == options["region"]:
            return key
    raise Refused("NotFoundException")


def s3(operation, account, options):
    if operation == "list-buckets":
        return {"Buckets": [{"Name": name} for name in WORLD["accounts"][account].get("buckets", {})]}
    owner, bucket = next(
        ((id, held["buckets"][options["bucket"]]) for id, held in WORLD["accounts"].items()
         if options["bucket"] in held.get("buckets", {})), (None, None))
    if bucket is None:
        raise Refused("NoSuchBucket")
    if owner != account or options["expected-bucket-owner"] != owner:
        raise Refused("AccessDenied")
    if operation == "get-bucket-location":
        region = bucket["Region"]
        return {"LocationConstraint": None if region == "us-east-1" else region}
    if options["region"] != bucket["Region"]:
        raise Refused("PermanentRedirect")
    if operation == "head-object":
        found = bucket["objects"].get(options["key"])
        if found is None:
            raise Refused("404")
        return found
    if operation == "get-bucket-request-payment":
        return {"Payer": bucket.get("Payer", "BucketOwner")}
    missing = {
        "get-bucket-policy": ("Policy", "NoSuchBucketPolicy"),
        "get-bucket-encryption": ("ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
        "get-bucket-ownership-controls": ("OwnershipControls", "OwnershipControlsNotFoundError"),
        "get-public-access-block": ("PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
        "get-bucket-tagging": ("TagSet", "NoSuchTagSet"),
        "get-bucket-abac": ("AbacStatus", "AccessDenied"),
    }
    member, error = missing[operation]
    if member not in bucket:
        raise Refused(error)
    return {member: bucket[member]}


def iam(operation, account, options):
    held = WORLD["accounts"][account]["gaad"]
    if operation == "get-account-authorization-details":
        return held
    if "policy-arn" in options:
        policy = find(held["Policies"], "NoSuchEntity", Arn=options["policy-arn"])
        if operation == "get-policy":
            return {"Policy": {"Arn": policy["Arn"], "DefaultVersionId": policy["DefaultVersionId"]}}
        return {"PolicyVersion": find(policy["PolicyVersionList"], "NoSuchEntity", VersionId=options["version-id"])}
    role = find(held["RoleDetailList"], "NoSuchEntity", RoleName=options["role-name"])
    if operation == "get-role":
        left = {"RolePolicyList", "AttachedManagedPolicies", "InstanceProfileList"}
        return {"Role": {name: value for name, value in role.items() if name not in left}}
    if operation == "list-role-policies":
        return {"PolicyNames": [policy["PolicyName"] for policy in role["RolePolicyList"]]}
    if operation == "list-attached-role-policies":
        return {"AttachedPolicies": role["AttachedManagedPolicies"]}
    assert operation == "get-role-policy"
    policy = find(role["RolePolicyList"], "NoSuchEntity", PolicyName=options["policy-name"])
    return {"RoleName": role["RoleName"], **policy}


def kms(operation, account, options):
    if operation == "list-keys":
        keys = WORLD["accounts"][account].get("keys", [])
        here = [key["KeyMetadata"] for key in keys if key["KeyMetadata"]["Arn"].split(":")[3] == options["region"]]
        return {"Keys": [{"KeyId": key["KeyId"], "KeyArn": key["Arn"]} for key in here]}
    key = key_of(account, options)
    if operation == "get-key-policy":
        assert options["policy-name"] == "default"
        if "Policy" not in key:
            raise Refused("AccessDeniedException")
        return {"Policy": key["Policy"], "PolicyName": "default"}
    return {
        "describe-key": {"KeyMetadata": key["KeyMetadata"]},
        "list-grants": {"Grants": key["Grants"], "Truncated": False},
        "list-aliases": {"Aliases": key["Aliases"]},
        "list-resource-tags": {"Tags": key.get("Tags", [])},
    }[operation]


def organizations(operation, account, options):
    held = WORLD["organization"]
    if operation == "describe-organization":
        if account not in held["parents"]:
            raise Refused("AWSOrganizationsNotInUseException")
        return {"Organization": held["Organization"]}
    if account != held["Organization"]["MasterAccountId"]:
        raise Refused("AccessDeniedException")
    if operation == "list-roots":
        return {"Roots": held["Roots"]}
    if operation == "list-parents":
        parent = held["parents"][options["child-id"]]
        return {"Parents": [{"Id": parent, "Type": "ROOT" if parent.startswith("r-") else "ORGANIZATIONAL_UNIT"}]}
    if operation == "list-policies-for-target":
        ids = held["attached"][options["target-id"]]
        summaries = [policy["PolicySummary"] for policy in held["Policies"]]
        return {"Policies": [s for s in summaries if s["Id"] in ids and s["Type"] == options["filter"]]}
    assert operation == "describe-policy"
    return {"Policy": next(p for p in held["Policies"] if p["PolicySummary"]["Id"] == options["policy-id"])}


def answer(service, operation, account, options):
    if (service, operation) == ("sts", "get-caller-identity"):
        return {"Account": account, "Arn": f"arn:aws:iam::{account}:user/auditor"}
    if (service, operation) == ("ec2", "describe-regions"):
        return {"Regions": [{"RegionName": "eu-west-1"}, {"RegionName": "us-east-1"}]}
    if (service, operation) == ("ec2", "describe-vpc-endpoints"):
        return {"VpcEndpoints": [e for e in WORLD["endpoints"] if e["VpcEndpointId"] == options["vpc-endpoint-ids"]]}
    if (service, operation) == ("s3control", "get-public-access-block"):
        assert options["account-id"] == account
        block = WORLD["accounts"][account].get("PublicAccessBlockConfiguration")
        if block is None:
            raise Refused("NoSuchPublicAccessBlockConfiguration")
        return {"PublicAccessBlockConfiguration": block}
    return {"iam": iam, "kms": kms, "s3api": s3, "organizations": organizations}[service](operation, account, options)


def main():
    positional, options = parse(sys.argv[1:])
    service, operation = positional
    with open(os.path.join(HERE, "calls"), "a") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    profile = options.pop("profile", None)
    account = WORLD["profiles"][profile] if profile else os.environ["FAKE_ACCOUNT"]
    try:
        found = answer(service, operation, account, options)
    except Refused as refused:
        print(f"\nAn error occurred ({refused}) when calling the operation {operation}: no", file=sys.stderr)
        sys.exit(254)
    if "query" in options:
        found = query(found, options["query"])
    print(as_text(found) if options["output"] == "text" else json.dumps(found, indent=4))


main()
