#!/usr/bin/env python3
"""Independent count of what the corpus files of B_terraform and D_account_dumps hold.

    python3 count.py [CORPUS_ROOT] > counts-terraform-dumps.tsv      (default root: ../shared/corpus beside the project)

Written from reference/INPUTS.md and the raw files alone, without looking at the program; standard library only.
One line per file; lines that start with # are comments; a column that is empty does not apply.

  file      path below the corpus root
  read      yes: by INPUTS.md 2.1 (detection by top-level keys) the program must read the file; any format_version
                 below 2 counts (0.1 and 0.2 are what terraform 0.12 to 1.1 write);
            no:  it is something else or broken (reason in note; counts of a "no" file say what is inside, for
                 a reader that is more generous than INPUTS.md asks, or are empty where nothing can be said).
            A note that starts with "unclear:" marks the files where INPUTS.md can be read both ways.
  roles     Terraform: managed aws_iam_role; dumps: RoleDetailList / Role / Roles
  users     Terraform: managed aws_iam_user; dumps: UserDetailList / User / Users
  keys      Terraform: managed aws_kms_key, aws_kms_external_key, aws_kms_replica_key, aws_kms_replica_external_key;
            dumps: KeyMetadata / Keys (an alias is not a key)
  buckets   Terraform: managed aws_s3_bucket (table buckets and directory buckets are something else)
  policies  Terraform: managed aws_iam_policy; dumps: customer managed policies = Policies[] whose ARN has an account
            number where AWS managed ones have "aws"
  data      Terraform data sources of the types aws_iam_role, aws_iam_user, aws_iam_policy, aws_kms_key, aws_kms_alias,
            aws_s3_bucket and aws_s3_bucket_object, as type=count; never part of the counts before

How Terraform is counted: every resource *instance* (count and for_each multiply) of mode "managed", wherever its module
is. Plan: the world after applying it = resource_changes[] except those whose actions are exactly ["delete"] or
["forget"]; ["delete","create"] and ["create","delete"] count once, ["no-op"] counts. A plan without resource_changes:
planned_values. `terraform show -json` state: values. Raw state version 4: instances that are not deposed; version 3:
modules[].resources. Two instances of one name count twice (note says "same name": AWS itself would refuse the second).
"""
import json
import os
import sys
from collections import Counter

KINDS = {
    "aws_iam_role": "roles", "aws_iam_user": "users", "aws_s3_bucket": "buckets", "aws_iam_policy": "policies",
    "aws_kms_key": "keys", "aws_kms_external_key": "keys", "aws_kms_replica_key": "keys",
    "aws_kms_replica_external_key": "keys",
}
DATA = {"aws_iam_role", "aws_iam_user", "aws_iam_policy", "aws_kms_key", "aws_kms_alias", "aws_s3_bucket",
        "aws_s3_bucket_object"}
COLUMNS = ["roles", "users", "keys", "buckets", "policies"]
NAMES = {"roles": "name", "users": "name", "buckets": "bucket", "policies": "name"}


class World:
    def __init__(self):
        self.count, self.data, self.names, self.notes = Counter(), Counter(), Counter(), []

    def managed(self, kind, values):
        column = KINDS.get(kind)
        if column:
            self.count[column] += 1
            name = (values or {}).get(NAMES.get(column, ""))
            if name:
                self.names[(column, name)] += 1

    def datum(self, kind):
        if kind in DATA:
            self.data[kind] += 1

    def repeats(self):
        return [f"same name {name!r} {n} times in {column}" for (column, name), n in sorted(self.names.items()) if n > 1]


def walk(module):
    yield from module.get("resources") or []
    for child in module.get("child_modules") or []:
        yield from walk(child)


def tree(world, values):
    for r in walk((values or {}).get("root_module") or {}):
        if r.get("mode") == "data":
            world.datum(r["type"])
        else:
            world.managed(r["type"], r.get("values"))


def plan(world, doc):
    seen = set()
    gone = 0
    for r in walk(((doc.get("prior_state") or {}).get("values") or {}).get("root_module") or {}):
        if r.get("mode") == "data":
            seen.add(r["address"])
            world.datum(r["type"])
    if isinstance(doc.get("resource_changes"), list):
        for r in doc["resource_changes"]:
            if r.get("mode") == "data":
                if r["address"] not in seen:
                    world.datum(r["type"])
            elif r["change"]["actions"] in (["delete"], ["forget"]):
                gone += r["type"] in KINDS
            elif "deposed" not in r:
                world.managed(r["type"], r["change"].get("after"))
    else:
        world.notes.append("counted from planned_values")
        tree(world, doc.get("planned_values"))
    if gone:
        world.notes.append(f"{gone} deleted resource(s) left out")


def state4(world, doc):
    for r in doc["resources"]:
        for i in r["instances"]:
            if i.get("deposed"):
                continue
            if r["mode"] == "data":
                world.datum(r["type"])
            else:
                world.managed(r["type"], i.get("attributes") or i.get("attributes_flat"))


def state3(world, doc):
    for m in doc["modules"]:
        for address, r in m.get("resources", {}).items():
            if address.startswith("data."):
                world.datum(r["type"])
            else:
                world.managed(r["type"], r["primary"].get("attributes"))


def customer(policies):
    return sum(1 for p in policies if p["Arn"].split(":")[4] != "aws")


def answer(world, doc):
    """A dump or a single AWS answer; returns its name, or None."""
    c = world.count
    if "RoleDetailList" in doc:
        c["roles"] += len(doc["RoleDetailList"])
        c["users"] += len(doc.get("UserDetailList", []))
        c["policies"] += customer(doc.get("Policies", []))
        return "get-account-authorization-details"
    simple = [("Role", "roles", "get-role"), ("User", "users", "get-user"), ("KeyMetadata", "keys", "describe-key")]
    for member, column, name in simple:
        if isinstance(doc.get(member), dict):
            c[column] += 1
            return name
    lists = [("Roles", "roles", "list-roles"), ("Users", "users", "list-users"), ("Keys", "keys", "list-keys")]
    for member, column, name in lists:
        if isinstance(doc.get(member), list):
            c[column] += len(doc[member])
            return name
    if isinstance(doc.get("Policies"), list):
        c["policies"] += customer(doc["Policies"])
        return "list-policies"
    for member, name in [("Aliases", "list-aliases"), ("Grants", "list-grants"), ("PolicyVersion", "get-policy-version"),
                         ("AttachedPolicies", "list-attached-role-policies"),
                         ("InstanceProfiles", "list-instance-profiles")]:
        if member in doc:
            return name
    return None


def examine(path):
    """(read, world or None, note)"""
    with open(path, "rb") as f:
        raw = f.read()
    try:
        doc = json.loads(raw.decode("utf-8-sig"))
    except ValueError as e:
        return "no", None, f"broken: not JSON ({e})"
    world = World()
    version = str(doc.get("format_version", ""))
    if version and int(version.split(".")[0]) < 2 and ("resource_changes" in doc or "planned_values" in doc):
        plan(world, doc)
        kind = f"plan, format {version}, terraform {doc.get('terraform_version')}"
        if "resource_changes" not in doc:
            kind = ("unclear: 2.1 accepts planned_values, 2.7 says to require resource_changes; " + kind)
        return "yes", world, kind
    if version and "values" in doc:
        tree(world, doc["values"])
        return "yes", world, f"state of terraform show -json, format {version}"
    if doc.get("version") == 4 and "lineage" in doc and isinstance(doc.get("resources"), list):
        state4(world, doc)
        return "yes", world, f"raw state 4, terraform {doc.get('terraform_version')}"
    if doc.get("version") == 3 and "modules" in doc:
        state3(world, doc)
        return "yes", world, "raw state 3"
    if "pytest-terraform" in doc:
        for kind, named in doc["resources"].items():
            for values in named.values():
                # a data source is kept as type -> name exactly like a resource; the type cannot tell them apart
                world.managed(kind, values)
        return "no", world, "pytest-terraform recording (resources: {type: {name: attributes}}), neither plan nor state"
    if set(doc) == {"status_code", "data"}:
        inside = answer(world, doc["data"])
        if inside is None or doc["status_code"] >= 300:
            return "no", None, f"recorded error, status {doc['status_code']}, no answer inside"
        note = f"placebo recording: {inside} inside {{status_code, data}}, not an answer of the AWS CLI"
        if doc["data"].get("IsTruncated") or doc["data"].get("Truncated"):
            note += "; one page of several"
        return "no", world, note
    inside = answer(world, doc)
    if inside:
        return "yes", world, inside
    if list(doc) == ["resource_changes"]:
        plan(world, doc)
        return "no", world, "unclear: a plan cut down to resource_changes, no format_version, so 2.1 does not see a plan"
    return "no", None, "something else: top-level keys " + ", ".join(list(doc)[:4])


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../../../shared/corpus")
    print("# made by count.py; what counts and how is written at its top")
    print("\t".join(["file", "read", *COLUMNS, "data", "note"]))
    for top in ("B_terraform", "D_account_dumps"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(folder, name)
                read, world, note = examine(path)
                row = [os.path.relpath(path, root), read]
                if world is None:
                    row += [""] * (len(COLUMNS) + 1)
                else:
                    row += [str(world.count[c]) for c in COLUMNS]
                    row.append(",".join(f"{k}={v}" for k, v in sorted(world.data.items())))
                    note = "; ".join([note, *world.notes, *world.repeats()])
                print("\t".join([*row, note]))


if __name__ == "__main__":
    main()
