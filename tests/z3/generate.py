"""Small random policy sets, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from evaluate import Json
from keys import ARN, BOOL, DATE, IP, KINDS, NUMBER, SETS, STRING

HOME, ABROAD = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HOME}:role/reader"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/reader/s"

# Absent together, or one of them excludes the others (R46): a case has at most one, and need not know how they relate.
PLACES = ["aws:SourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"]
OTHERS = sorted(set(KINDS) - set(PLACES))

# No k and no s: letters beyond ASCII fold to them.
WORDS = ["a", "ab", "b", "abc", "aB", "A", "", "a*"]
PATTERNS = ["a*", "*b", "a?", "*", "?", "?*", "*a*", "a*c", "a${*}", "ab", "A*", ""]
ARNS = [
    "arn:aws:ec2:*:111111111111:instance/*",
    "arn:aws:ec2:us-east-1:*:*",
    "arn:aws:ec2:us-east-1:111111111111:instance/a",
]
NUMBERS = ["1", "2", "2.0", "5", "2.5"]
DATES = ["2026-01-01T00:00:00Z", "2026-06-01", "1767225600", "2027-01-01T00:00:00+01:00"]
BLOCKS = [
    "203.0.113.0/24",
    "203.0.113.128/25",
    "203.0.113.7",
    "203.0.113.0/25",
    "0.0.0.0/0",
    "2001:db8::/32",
    "2001:db8::1",
    "::/0",
]
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]

# What a type is tested with: operators, and the values to choose from.
TESTS: dict[str, list[tuple[list[str], list[str]]]] = {
    STRING: [
        (["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"], WORDS),
        (["StringLike", "StringNotLike"], PATTERNS),
    ],
    ARN: [
        (["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"], ARNS),
        (["StringLike", "StringNotLike"], [*ARNS, "arn:aws:ec2:us-*"]),
    ],
    NUMBER: [([f"Numeric{order}" for order in ORDERS], NUMBERS)],
    DATE: [([f"Date{order}" for order in ORDERS], DATES)],
    BOOL: [(["Bool"], ["true", "false", "True"])],
    IP: [(["IpAddress", "NotIpAddress"], BLOCKS)],
}

# What a request may hold; unlike the values of policies, these are never patterns.
GIVEN: dict[str, list[str]] = {
    STRING: ["a", "ab", "b", "zz", "", "a*"],
    ARN: ["arn:aws:ec2:us-east-1:111111111111:instance/a"],
    NUMBER: ["1", "3", "2.50"],
    DATE: ["2026-03-01T00:00:00Z", "1767225600"],
    BOOL: ["true", "false"],
    IP: ["203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::1"],
}


class Generator:
    """Draws requests for `simulate`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def some(self, values: Sequence[str], most: int) -> list[str]:
        """One value more often than several."""
        count = min(self.random.choice([1, 1, 1, *range(1, most + 1)]), len(values))
        return self.random.sample(list(values), count)

    def case(self, at: int) -> Json:
        """One request. A few shapes: either account, either service, each further kind of policy now and then."""
        self.keys = self.random.sample(OTHERS, self.random.choice([1, 1, 2, 2, 3]))
        if self.chance(0.6):
            self.keys.append(self.random.choice(PLACES))
        kms = self.chance(0.35)
        owner = ABROAD if self.chance(0.3) else HOME
        self.service = "kms" if kms else "s3"
        self.caller = SESSION if self.chance(0.3) else ROLE
        # What a case may still spend on conditions: many of them are beyond z3, and would show no more.
        self.budget = self.random.randint(1, 5)
        parts: dict[str, object] = {}
        if kms or owner == ABROAD or self.chance(0.6):
            parts["ResourcePolicy"] = "none" if self.chance(0.05) else self.policy(True, 0.75)
        parts["PolicyInputList"] = [self.policy(False, 0.75) for _ in range(self.random.choice([1, 1, 1, 2]))]
        if self.chance(0.3):
            parts["PermissionsBoundaryPolicyInputList"] = [self.policy(False, 0.8)]
        if self.caller == SESSION and self.chance(0.4):
            parts["SessionPolicyInputList"] = [self.policy(False, 0.8)]
        if self.chance(0.3):
            parts["ServiceControlPolicyInputList"] = [
                [self.policy(False, 0.8) for _ in range(self.random.choice([1, 1, 2]))]
                for _ in range(self.random.choice([1, 1, 2]))
            ]
        if self.chance(0.15):
            parts["ResourceControlPolicyInputList"] = [[self.guardrail()]]
        return {
            "Id": f"case {at}",
            "CallerArn": self.caller,
            "ActionNames": ["kms:Decrypt" if kms else "s3:GetObject"],
            "ResourceArns": [f"arn:aws:kms:us-east-1:{owner}:key/k" if kms else "arn:aws:s3:::data/x"],
            "ResourceOwner": f"arn:aws:iam::{owner}:root",
            "ContextMode": "open",
            "ContextEntries": self.entries(),
            **parts,
        }

    def entries(self) -> list[Json]:
        """Some of the keys are given."""
        entries = []
        for key in self.keys:
            if not self.chance(0.2):
                continue
            values = GIVEN[KINDS[key]]
            count = self.random.choice([1, 2]) if key in SETS else 1
            entry: Json = {"ContextKeyName": key, "ContextKeyValues": self.random.sample(values, count)}
            if key in SETS:
                entry["ContextKeyType"] = "stringList"
            entries.append(entry)
        return entries

    def policy(self, principals: bool, allow: float) -> Json:
        """A policy of one to four statements, most of them about the question."""
        count = self.random.choice([1, 1, 2, 2, 3, 4])
        statements = [self.statement(principals, allow) for _ in range(count)]
        return {"Version": "2012-10-17", "Statement": statements}

    def statement(self, principals: bool, allow: float) -> Json:
        effect = "Allow" if self.chance(allow) else "Deny"
        statement: Json = {"Effect": effect}
        if principals:
            names = ["*", {"AWS": "*"}, {"AWS": ROLE}, {"AWS": HOME}, {"AWS": f"arn:aws:iam::{HOME}:root"}]
            if self.caller == SESSION:
                names.append({"AWS": [SESSION, ABROAD]})
            statement["Principal"] = self.random.choice(names + [{"AWS": ABROAD}] * self.chance(0.2))
        other = "s3" if self.service == "kms" else "kms"
        if self.chance(0.1):
            statement["NotAction"] = self.random.choice([f"{self.service}:*", f"{other}:*"])
        else:
            covering = {"s3": ["s3:GetObject", "S3:get*", "s3:Get?bject"], "kms": ["kms:Decrypt", "KMS:dec*"]}
            actions = [f"{self.service}:*", *covering[self.service]]
            statement["Action"] = self.some(actions + [f"{other}:*"] * self.chance(0.2), 2)
        resources = {
            "s3": ["arn:aws:s3:::data/*", "arn:aws:s3:::da*", "arn:aws:s3:::data/?"],
            "kms": ["arn:aws:kms:*:*:*", "arn:aws:kms:us-east-1:*:key/k"],
        }
        if self.service == "kms" and principals:
            statement["Resource"] = "*"
        elif self.chance(0.1):
            statement["NotResource"] = self.random.choice(resources[other])
        else:
            statement["Resource"] = self.random.choice(["*", "*", *resources[self.service]])
        block = self.block(effect == "Deny")
        if block:
            statement["Condition"] = block
        return statement

    def guardrail(self) -> Json:
        """A resource control policy: it can only deny, and everyone."""
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": f"{self.service}:*",
            "Resource": "*",
            "Condition": self.block(True),
        }
        return {"Version": "2012-10-17", "Statement": [deny] if deny["Condition"] else []}

    def block(self, wanted: bool) -> Json:
        """Up to two lines. A denial without one decides everything, so it nearly always gets one."""
        block: Json = {}
        count = self.random.choice([1, 1, 1, 2]) if wanted else self.random.choice([0, 0, 1, 1, 2])
        for _ in range(count if wanted else min(count, self.budget)):
            self.budget -= 1
            operator, key, values = self.line()
            # Nothing in IAM's language is true of a set that holds only an empty string and false of no set, so the
            # denial of this one could not be written as a condition.
            if wanted and key.lower() in map(str.lower, SETS) and operator.startswith("ForAnyValue:"):
                operator = operator.removesuffix("IfExists")
            block.setdefault(operator, {}).setdefault(key, values)
        return block

    def line(self) -> tuple[str, str, list[str]]:
        key = self.random.choice(self.keys)
        name = key.upper() if self.chance(0.05) else key
        if self.chance(0.12):
            return "Null", name, [self.random.choice(["true", "false"])]
        operators, values = self.random.choice(TESTS[KINDS[key]])
        operator = self.random.choice(operators)
        if self.chance(0.2):
            operator += "IfExists"
        if key in SETS or self.chance(0.05):
            operator = f"{self.random.choice(['ForAllValues', 'ForAnyValue'])}:{operator}"
        return operator, name, self.some(values, 3)
