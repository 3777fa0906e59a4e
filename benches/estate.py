#!/usr/bin/env python3
"""Writes an estate to measure with: the same bytes for the same numbers, on any machine.

    benches/estate.py DIR ROLES [CHANGED]

An account dump for every 100 roles, with a key and a bucket for every 10 of them as the AWS CLI describes them, a manifest with one row
for every 20 roles, and `requests.jsonl` for `simulate`. CHANGED roles read another bucket than they do without it.
"""

import json
import pathlib
import sys

PER_ACCOUNT = 100
REGION = "us-east-1"


def account_id(account):
    return f"{account + 100_000_000_001:012}"


def key_arn(account, key):
    return f"arn:aws:kms:{REGION}:{account_id(account)}:key/{account:08x}-0000-4000-8000-{key:012x}"


def bucket_name(account, bucket):
    return f"lake-{account}-{bucket}"


def role_arn(account, role):
    return f"arn:aws:iam::{account_id(account)}:role/worker-{role}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(account, number, bucket):
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    reads = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
             "Resource": f"arn:aws:s3:::{bucket_name(account, bucket)}/*"}
    decrypts = {"Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt",
                "Resource": [key_arn(account, bucket), key_arn((account + 1) % 7, 0)], "Condition": via}
    logs = {"Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogStream", "cloudwatch:PutMetricData"],
            "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    if number:
        chain = {"Effect": "Allow", "Principal": {"AWS": role_arn(account, number - 1)}, "Action": "sts:AssumeRole"}
        trust = [trust, chain]
    else:
        trust = [trust]
    return {
        "Path": "/", "RoleName": f"worker-{number}", "RoleId": f"AROA{account:08}{number:08}", "Arn": role_arn(account, number),
        "CreateDate": "2026-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": document(*trust),
        "InstanceProfileList": [], "RolePolicyList": [{"PolicyName": "work", "PolicyDocument": document(reads, decrypts, logs)}],
        "AttachedManagedPolicies": [], "Tags": [{"Key": "team", "Value": f"team-{number % 7}"}], "RoleLastUsed": {},
    }


def main():
    root, roles = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    changed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    per_account = min(roles, PER_ACCOUNT)
    accounts, buckets = max(1, roles // PER_ACCOUNT), max(1, per_account // 10)

    def write(path, value):
        path = root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=4) + "\n")

    objects, rows, lines = [], [], []
    for account in range(accounts):
        own = account_id(account)
        listed = []
        for number in range(per_account):
            nth = account * per_account + number
            bucket = number % buckets if nth >= changed else (number + 1) % buckets
            listed.append(role(account, number, bucket))
            if nth % 20 == 0:
                uri = f"s3://{bucket_name(account, number % buckets)}/day=1/part-{number}.parquet"
                # Of every other object it is said under which key it is; the others may be under any.
                is_told = nth % 40 == 0
                if is_told:
                    key = key_arn(account, number % buckets)
                    encryption = f'{{ type = "aws:kms", key = "{key}", bucket_key = true }}'
                    objects.append(f'\n[[object]]\nuri = "{uri}"\nencryption = {encryption}\n')
                verdict = "allowed" if is_told and nth >= changed else "conditional" if not is_told else "denied"
                rows.append(f'\n[[expect]]\nrole = "{role_arn(account, number)}"\nread = "{uri}"\nverdict = "{verdict}"\n')
            lines.append(json.dumps({
                "CallerArn": role_arn(account, number), "ActionNames": ["kms:Decrypt"],
                "ResourceArns": [key_arn(account, bucket)],
                "PolicyInputList": [listed[-1]["RolePolicyList"][0]["PolicyDocument"]],
                "ContextEntries": [{"ContextKeyName": "kms:ViaService", "ContextKeyType": "string",
                                    "ContextKeyValues": [f"s3.{REGION}.amazonaws.com"]}],
            }))
        write(f"{own}/dump.json", {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": listed, "Policies": [],
                                   "IsTruncated": False})
        for number in range(buckets):
            key, bucket = key_arn(account, number), bucket_name(account, number)
            delegates = {"Sid": "Delegate", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{own}:root"},
                         "Action": "kms:*", "Resource": "*"}
            write(f"{own}/kms/{number}.json", {
                "KeyMetadata": {"AWSAccountId": own, "KeyId": key.rsplit("/", 1)[1], "Arn": key, "Enabled": True,
                                "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
                                "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": False},
                "Policy": json.dumps(document(delegates)), "Grants": [], "Aliases": []})
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
                    "BucketKeyEnabled": number % 2 == 0}
            write(f"{own}/s3/{number}.json", {
                "Name": bucket, "Account": own, "Region": REGION, "Policy": None,
                "ServerSideEncryptionConfiguration": {"Rules": [rule]}, "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": None})
    (root / "requests.jsonl").write_text("\n".join(lines) + "\n")
    (root / "decryptable.toml").write_text('version = 1\n\n[analysis]\ninputs = ["*/**/*.json"]\n' + "".join(objects + rows))


main()
