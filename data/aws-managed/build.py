#!/usr/bin/env python3
"""Builds the snapshot of AWS managed policies that decryptable embeds.

    build.py SOURCE --name NAME [--out DIR]

SOURCE is the file `moto/iam/aws_managed_policies.py` of a release of moto; it is read, never run. NAME says which
release that is, such as "moto 5.2.5". Two files are written, the same bytes for the same input wherever zstd is the same:

    index.tsv      what is in the snapshot: one policy a line, so that a review shows what a rebuild changed
    documents.bin  a dictionary and the documents: zstd frames, one behind the other

The layout is described in README.md. Python 3.9 or newer, with the package `zstandard`.
"""

import argparse
import ast
import hashlib
import json
import re
import sys
from pathlib import Path

import zstandard

# A stream holds about this many bytes of documents. Larger ones compress better, smaller ones open faster.
STREAM = 160_000

# Documents repeat each other's lists of actions. What many of them say stands in a dictionary of this many bytes, which
# is unpacked once.
DICTIONARY = 200_000

DATE = re.compile(r"\d{4}-\d{2}-\d{2}T")
VERSION = re.compile(r"v[1-9]\d*")
KEY = re.compile(r"[A-Za-z0-9+=,.@_/-]+")


def policies(text):
    """The table in the source: the one string that is assigned to `aws_managed_policies_data`."""
    for node in ast.parse(text).body:
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if names == ["aws_managed_policies_data"]:
            return json.loads(ast.literal_eval(node.value))
    raise SystemExit("the source assigns nothing to aws_managed_policies_data")


def rows(table):
    """(path and name, version, date of that version, document), sorted by the first."""
    out = []
    for name, entry in table.items():
        path, version, date = entry["Path"], entry["DefaultVersionId"], entry["UpdateDate"]
        if not (path.startswith("/") and path.endswith("/")):
            raise SystemExit(f"{name}: {path!r} is no path")
        key = path[1:] + name
        if not (KEY.fullmatch(key) and VERSION.fullmatch(version) and DATE.match(date)):
            raise SystemExit(f"{name}: unexpected path, version or date: {path!r} {version!r} {date!r}")
        # Members and statements keep their order. ASCII, so that a line break or a tab is always written as an escape.
        document = json.dumps(entry["Document"], separators=(",", ":"), ensure_ascii=True)
        out.append((key, version, date[:10], document))
    # By bytes: that is how the program searches.
    return sorted(out, key=lambda row: row[0].encode())


# What every frame begins with, and none here does: the file is no archive that a tool should unpack.
MAGIC = b"\x28\xb5\x2f\xfd"


def pack(data, dictionary=None):
    frame = zstandard.ZstdCompressor(level=22, dict_data=dictionary, write_checksum=False).compress(data)
    if not frame.startswith(MAGIC):
        raise SystemExit("zstd begins a frame with other bytes than RFC 8878 says")
    return frame[len(MAGIC) :]


def streams(all_rows):
    """Consecutive rows, as many as fit in a stream."""
    group, size = [], 0
    for row in all_rows:
        if group and size + len(row[3]) > STREAM:
            yield group
            group, size = [], 0
        group.append(row)
        size += len(row[3]) + 1
    if group:
        yield group


def main():
    parser = argparse.ArgumentParser(description="Builds the snapshot of AWS managed policies.")
    parser.add_argument("source", type=Path, help="aws_managed_policies.py of moto")
    parser.add_argument("--name", required=True, help='which release it is, such as "moto 5.2.5"')
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="where to write")
    args = parser.parse_args()

    raw = args.source.read_bytes()
    all_rows = rows(policies(raw.decode()))
    newest = max(date for _, _, date, _ in all_rows)
    index = [("snapshot", newest, args.name, hashlib.sha256(raw).hexdigest())]
    documents = [document.encode() for _, _, _, document in all_rows]
    dictionary = zstandard.train_dictionary(DICTIONARY, documents, level=19)
    packed = bytearray(pack(dictionary.as_bytes()))
    index.append(("dictionary", str(len(packed)), str(len(dictionary.as_bytes()))))
    for group in streams(all_rows):
        text = "\n".join(document for _, _, _, document in group)
        stream = pack(text.encode(), dictionary)
        index.append(("stream", str(len(stream)), str(len(text))))
        index.extend((key, version, date) for key, version, date, _ in group)
        packed += stream
    lines = "".join("\t".join(row) + "\n" for row in index)
    (args.out / "index.tsv").write_bytes(lines.encode())
    (args.out / "documents.bin").write_bytes(packed)
    print(f"{len(all_rows)} policies, newest version of {newest}, {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
