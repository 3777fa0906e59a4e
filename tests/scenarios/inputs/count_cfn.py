#!/usr/bin/env python3
"""Count what the CloudFormation files of corpus group C declare.

Usage: count_cfn.py CORPUS_ROOT > counts-cloudformation.tsv
Needs PyYAML only. Every file below CORPUS_ROOT/C_cloudformation gets one line.

How a file is read: UTF-8 (a byte order mark is dropped). JSON first (a JSON
file indented with tabs is valid JSON and invalid YAML), then YAML 1.1 with the
CloudFormation short tags (`!Ref x`, `!GetAtt a.b`, `!Sub [..]`, any `!Name`)
turned into {"Ref": x} / {"Fn::Name": x}, and unquoted dates left as text.

Columns (tab separated):
  file            path relative to the corpus root
  read            yes  = a CloudFormation or SAM template: a mapping whose
                         `Resources` is a mapping with at least one resource
                         that has a `Type` string
                  yes  = also for a CDK manifest (`version` + `artifacts`) and a
                         parameter file; `note` says which (none in this group)
                  no   = anything else; `note` has the reason
  roles           resources of type AWS::IAM::Role
  sam_roles       roles that the SAM transform will add: AWS::Serverless::Function
                  and AWS::Serverless::StateMachine resources without a `Role`
                  property, their own or one of `Globals`. Only where `Transform`
                  (a string or a list) names AWS::Serverless-2016-10-31.
                  AWS::Serverless::Application (a nested stack) adds nothing.
  users           AWS::IAM::User
  keys            AWS::KMS::Key (not ReplicaKey, not Alias)
  buckets         AWS::S3::Bucket (no directory, table or Outposts bucket)
  policies        AWS::IAM::ManagedPolicy
  inline          AWS::IAM::Policy, RolePolicy, UserPolicy and GroupPolicy: inline
                  policies declared as resources of their own. A `Policies`
                  property inside a role, user or SAM function is not counted.
  bucket_policies AWS::S3::BucketPolicy
  conditional     how many of all the resources counted in the columns above
                  carry a `Condition:` attribute of the resource itself (not a
                  `Fn::If` inside); a SAM function counts where its implicit
                  role does
  note            reason for `no`, or a remark: transform, tabs, no version line

Everything counts as declared, once, whatever its Condition says; a template
text inside another one (a StackSet's TemplateBody) and the template a nested
stack points to are not entered.
"""
import json
import sys
from pathlib import Path

import yaml

COLUMNS = {
    "roles": ("AWS::IAM::Role",),
    "sam_roles": (),
    "users": ("AWS::IAM::User",),
    "keys": ("AWS::KMS::Key",),
    "buckets": ("AWS::S3::Bucket",),
    "policies": ("AWS::IAM::ManagedPolicy",),
    "inline": ("AWS::IAM::Policy", "AWS::IAM::RolePolicy",
               "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy"),
    "bucket_policies": ("AWS::S3::BucketPolicy",),
}
SAM = "AWS::Serverless-2016-10-31"


class Loader(yaml.SafeLoader):
    pass


def short_tag(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", short_tag)
Loader.yaml_implicit_resolvers = {
    first: [(tag, rx) for tag, rx in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path):
    """The document and a remark, or (None, reason)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as e:
        return None, f"not UTF-8: {e.reason}"
    try:
        return json.loads(text), "JSON with tabs" if "\t" in text else ""
    except ValueError as e:
        as_json = str(e)
    try:
        docs = list(yaml.load_all(text, Loader))
    except yaml.YAMLError as e:
        return None, ("neither JSON (" + as_json + ") nor YAML ("
                      + " ".join(str(e).split())[:120] + ")")
    if len(docs) != 1:
        return None, f"{len(docs)} YAML documents"
    remark = "JSON by name, read as YAML" if path.suffix == ".json" else ""
    return docs[0], remark


def count(doc):
    transform = doc.get("Transform", [])
    transform = transform if isinstance(transform, list) else [transform]
    globals_ = doc.get("Globals") or {}
    counts = {c: 0 for c in COLUMNS}
    conditional = 0
    for resource in doc["Resources"].values():
        if not isinstance(resource, dict):
            continue
        kind = resource.get("Type")
        hit = None
        for column, kinds in COLUMNS.items():
            if kind in kinds:
                hit = column
        if SAM in transform and kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
            own = resource.get("Properties") or {}
            shared = globals_.get(kind.rsplit("::", 1)[1]) or {}
            if "Role" not in own and "Role" not in shared:
                hit = "sam_roles"
        if hit:
            counts[hit] += 1
            conditional += "Condition" in resource
    remarks = [f"transform {t}" if isinstance(t, str) else "transform by map" for t in transform]
    if "AWSTemplateFormatVersion" not in doc:
        remarks.append("no AWSTemplateFormatVersion")
    return counts, conditional, remarks


def main():
    root = Path(sys.argv[1])
    print("\t".join(["file", "read", *COLUMNS, "conditional", "note"]))
    for path in sorted((root / "C_cloudformation").rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        doc, remark = load(path)
        empty = ["0"] * (len(COLUMNS) + 1)
        if doc is None:
            print("\t".join([name, "no", *empty, remark]))
            continue
        resources = doc.get("Resources") if isinstance(doc, dict) else None
        if isinstance(doc, dict) and "version" in doc and "artifacts" in doc:
            print("\t".join([name, "yes", *empty, "CDK manifest"]))
        elif not isinstance(resources, dict) or not any(
                isinstance(r, dict) and isinstance(r.get("Type"), str) for r in resources.values()):
            keys = list(doc)[:4] if isinstance(doc, dict) else type(doc).__name__
            print("\t".join([name, "no", *empty, f"no Resources with a Type: {keys}"]))
        else:
            counts, conditional, remarks = count(doc)
            note = "; ".join([r for r in [remark] if r] + remarks)
            print("\t".join([name, "yes", *[str(n) for n in counts.values()], str(conditional), note]))


main()
