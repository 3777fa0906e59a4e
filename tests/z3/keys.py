"""Context keys as z3 variables, one type a key, and what a condition operator makes of them.

A key is present or absent, and both are asked for separately, since the operators of IAM treat a missing key in ways
of their own. Nothing here is taken from the program under test: the rules are those of the AWS documentation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache

import z3

STRING, ARN, NUMBER, DATE, BOOL, IP = "string", "arn", "number", "date", "bool", "ip"

KINDS: dict[str, str] = {
    "aws:SourceVpce": STRING,
    "aws:SourceVpc": STRING,
    "aws:PrincipalTag/team": STRING,
    "aws:PrincipalOrgID": STRING,
    "aws:UserAgent": STRING,
    "s3:prefix": STRING,
    "aws:TagKeys": STRING,
    "ec2:SourceInstanceArn": ARN,
    "aws:MultiFactorAuthAge": NUMBER,
    "s3:max-keys": NUMBER,
    "aws:CurrentTime": DATE,
    "aws:SecureTransport": BOOL,
    "aws:SourceIp": IP,
    "aws:VpcSourceIp": IP,
}
SETS = frozenset({"aws:TagKeys"})
BY_LOWER_CASE = {name.lower(): name for name in KINDS}


class Unreadable(ValueError):
    """An operator, key or value that the judge's grammar does not have: the program should not have printed it."""


def canonical(name: str) -> str:
    """A key as AWS writes it: its case does not matter (R34)."""
    known = BY_LOWER_CASE.get(name.lower())
    if known is None:
        raise Unreadable(f"key {name}")
    return known


@dataclass(frozen=True)
class Operator:
    """`ForAnyValue:StringNotLikeIfExists`, taken apart."""

    base: str
    negated: bool
    quantifier: str
    if_exists: bool

    @staticmethod
    def parse(text: str) -> Operator:
        quantifier, _, rest = text.rpartition(":")
        if quantifier not in ("", "ForAllValues", "ForAnyValue"):
            raise Unreadable(f"quantifier of {text}")
        base = rest.removesuffix("IfExists")
        if_exists = base != rest
        negated = base not in FAMILIES and base.replace("Not", "", 1) in FAMILIES
        if negated:
            base = base.replace("Not", "", 1)
        if base not in FAMILIES and base != "Null" or base == "Null" and (if_exists or quantifier):
            raise Unreadable(f"operator {text}")
        return Operator(base, negated, quantifier, if_exists)


# The positive operators and the types of key they read. `Not` in front of the comparison negates. ARNs are strings.
FAMILIES: dict[str, frozenset[str]] = {
    "StringEquals": frozenset({STRING, ARN}),
    "StringEqualsIgnoreCase": frozenset({STRING, ARN}),
    "StringLike": frozenset({STRING, ARN}),
    "ArnEquals": frozenset({ARN}),
    "ArnLike": frozenset({ARN}),
    **{
        f"{prefix}{name}": frozenset({kind})
        for prefix, kind in (("Numeric", NUMBER), ("Date", DATE))
        for name in ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    },
    "Bool": frozenset({BOOL}),
    "IpAddress": frozenset({IP}),
}

ANY_CHARACTER = z3.AllChar(z3.ReSort(z3.StringSort()))
ANY_TEXT = z3.Full(z3.ReSort(z3.StringSort()))
NO_COLON = z3.Union(z3.Range("\0", "9"), z3.Range(";", chr(0x2FFFF)))


def concat(parts: Sequence[z3.ReRef]) -> z3.ReRef:
    """z3 refuses a concatenation of fewer than two."""
    if not parts:
        return z3.Re("")
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def characters(text: str) -> list[tuple[str, bool]]:
    """The characters of a policy value, each with whether it may be a wildcard: `${*}` is a star and no wildcard."""
    out: list[tuple[str, bool]] = []
    at = 0
    while at < len(text):
        if text[at : at + 4] in ("${*}", "${?}", "${$}"):
            out.append((text[at + 2], False))
            at += 4
        elif text[at : at + 2] == "${":
            raise Unreadable(f"a policy variable: {text}")
        else:
            out.append((text[at], True))
            at += 1
    return out


def plain(text: str) -> str:
    """A value without wildcards."""
    return "".join(character for character, _ in characters(text))


@cache
def glob(text: str, character: z3.ReRef = ANY_CHARACTER) -> z3.ReRef:
    """`*` is any run of `character`, `?` one of them."""
    parts = []
    for letter, wild in characters(text):
        if wild and letter == "*":
            parts.append(ANY_TEXT if character is ANY_CHARACTER else z3.Star(character))
        elif wild and letter == "?":
            parts.append(character)
        else:
            parts.append(z3.Re(letter))
    return concat(parts)


@cache
def any_case(text: str) -> z3.ReRef:
    """ASCII only, as are the letters the generator uses: those that nothing outside ASCII folds to."""
    parts = []
    for letter in plain(text):
        both = {letter.lower(), letter.upper()}
        parts.append(z3.Re(letter) if len(both) == 1 else z3.Union(*(z3.Re(one) for one in sorted(both))))
    return concat(parts)


@cache
def arn_glob(text: str) -> z3.ReRef | None:
    """Six parts, each a pattern of its own: only the last may hold colons. None for a pattern of fewer parts."""
    parts = text.split(":", 5)
    if len(parts) < 6:
        return None
    pieces: list[z3.ReRef] = []
    for part in parts[:5]:
        pieces += [glob(part, NO_COLON), z3.Re(":")]
    return concat([*pieces, glob(parts[5])])


def number(text: str) -> z3.ArithRef:
    try:
        return z3.RealVal(str(Fraction(Decimal(text))))
    except InvalidOperation as error:
        raise Unreadable(f"number {text}") from error


def date(text: str) -> z3.ArithRef:
    """Seconds since 1970; a date without a time is its midnight in UTC."""
    try:
        if text.isdigit() and len(text) > 4:
            return z3.RealVal(text)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return z3.RealVal(str(Fraction(str(moment.timestamp()))))
    except ValueError as error:
        raise Unreadable(f"date {text}") from error


def truth(text: str) -> z3.BoolRef:
    if text.lower() not in ("true", "false"):
        raise Unreadable(f"bool {text}")
    return z3.BoolVal(text.lower() == "true")


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Unreadable(f"address {text}") from error


@dataclass
class Value:
    """One value of a request, of one type. An address is its family and 128 bits, of which IPv4 uses the low 32."""

    kind: str
    term: z3.ExprRef
    is_v6: z3.BoolRef | None = None

    @staticmethod
    def named(name: str, kind: str) -> Value:
        match kind:
            case "string" | "arn":
                return Value(kind, z3.String(name))
            case "number" | "date":
                return Value(kind, z3.Real(name))
            case "bool":
                return Value(kind, z3.Bool(name))
            case _:
                return Value(kind, z3.BitVec(name, 128), z3.Bool(f"{name}.v6"))

    def domain(self) -> z3.BoolRef:
        """What every value of the type fulfils. What an ARN operator makes of a text that is no ARN is undocumented."""
        if self.kind == ARN:
            return z3.InRe(self.term, arn_glob("*:*:*:*:*:*"))
        if self.is_v6 is not None:
            return z3.Or(self.is_v6, z3.ULT(self.term, z3.BitVecVal(1 << 32, 128)))
        return z3.BoolVal(True)

    def equals(self, text: str) -> z3.BoolRef:
        """That the value is the one a request writes so."""
        match self.kind:
            case "string":
                return self.term == z3.StringVal(text)
            case "arn":
                if text.count(":") < 5:
                    raise Unreadable(f"ARN {text}")
                return self.term == z3.StringVal(text)
            case "number":
                return self.term == number(text)
            case "date":
                return self.term == date(text)
            case "bool":
                return self.term == truth(text)
            case _:
                try:
                    address = ipaddress.ip_address(text)
                except ValueError as error:
                    raise Unreadable(f"address {text}") from error
                return z3.And(self.is_v6 == (address.version == 6), self.term == z3.BitVecVal(int(address), 128))

    def is_null(self) -> z3.BoolRef:
        """An empty string is a value that is there and null (R41)."""
        return self.term == z3.StringVal("") if self.kind == STRING else z3.BoolVal(False)

    def matches(self, base: str, text: str) -> z3.BoolRef:
        """One positive comparison with one value of a policy."""
        if base in ("StringEquals", "StringEqualsIgnoreCase"):
            if base == "StringEquals":
                return self.term == z3.StringVal(plain(text))
            return z3.InRe(self.term, any_case(text))
        if base == "StringLike":
            return z3.InRe(self.term, glob(text))
        if base in ("ArnEquals", "ArnLike"):
            pattern = arn_glob(text)
            return z3.BoolVal(False) if pattern is None else z3.InRe(self.term, pattern)
        if base == "Bool":
            return self.term == truth(text)
        if base == "IpAddress":
            block = network(text)
            free = block.max_prefixlen - block.prefixlen
            lowest = int(block.network_address)
            within = z3.LShR(self.term, free) == z3.BitVecVal(lowest >> free, 128)
            return z3.And(self.is_v6 == (block.version == 6), within)
        bound = number(text) if base.startswith("Numeric") else date(text)
        return COMPARE[base.removeprefix("Numeric").removeprefix("Date")](self.term, bound)


COMPARE: dict[str, Callable[[z3.ArithRef, z3.ArithRef], z3.BoolRef]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


@dataclass
class Key:
    """A context key of an unknown request.

    A multivalued key is a handful of members, each there or not. That is exact when there is a member for every test
    of the key and one more: a test asks whether some member fulfils a predicate (`ForAllValues:X` whether none fulfils
    the opposite), and so do "some member is not the empty string" and "there is a member". Of any set, however large,
    keep one member for each of these that holds; a subset cannot fulfil more of them, so every test answers as before.
    "There is a member" needs one of its own only when no other test found one.
    """

    name: str
    kind: str
    present: z3.BoolRef
    members: list[tuple[z3.BoolRef, Value]] = field(default_factory=list)

    @staticmethod
    def named(name: str, operators: Sequence[str]) -> Key:
        """`operators` are those of the different tests of the key."""
        kind = KINDS[name]
        if kind == ARN and not any("Arn" in operator for operator in operators):
            # Where it is only compared as a text, it may be any text.
            kind = STRING
        if name not in SETS:
            present = z3.Bool(f"{name}?")
            return Key(name, kind, present, [(present, Value.named(name, kind))])
        names = [f"{name}[{at}]" for at in range(len(operators) + 1)]
        members = [(z3.Bool(f"{member}?"), Value.named(member, kind)) for member in names]
        return Key(name, kind, z3.Or([there for there, _ in members]), members)

    def domain(self) -> z3.BoolRef:
        """Members of a set are in order of presence: the same set in fewer ways."""
        packed = [z3.Implies(after, before) for (before, _), (after, _) in zip(self.members, self.members[1:])]
        return z3.And([value.domain() for _, value in self.members] + packed)

    def is_null(self) -> z3.BoolRef:
        """Absent, or nothing but an empty string."""
        return z3.And([z3.Implies(there, value.is_null()) for there, value in self.members])

    def equals(self, values: Sequence[str] | None) -> z3.BoolRef:
        """That a request gives exactly these values; None and an empty list mean that the key is absent."""
        if not values:
            return z3.Not(self.present)
        if len(values) > len(self.members):
            raise Unreadable(f"{self.name} has {len(values)} values")
        parts = [z3.And(there, value.equals(text)) for (there, value), text in zip(self.members, values)]
        return z3.And(parts + [z3.Not(there) for there, _ in self.members[len(values) :]])

    def test(self, written: str, values: Sequence[str]) -> z3.BoolRef:
        """One line of a Condition block: R33, R35, R40 to R42."""
        operator = Operator.parse(written)
        if operator.base == "Null":
            return z3.Or([self.is_null() == truth(text) for text in values])
        if self.kind not in FAMILIES[operator.base]:
            raise Unreadable(f"{written} on {self.name}")

        def one(value: Value) -> z3.BoolRef:
            found = z3.Or([value.matches(operator.base, text) for text in values])
            return z3.Not(found) if operator.negated else found

        if operator.quantifier == "ForAllValues":
            every = z3.Or(self.is_null(), z3.And([z3.Implies(there, one(v)) for there, v in self.members]))
            if not operator.negated or operator.if_exists:
                return every
            # What it makes of a missing key is undocumented (R42): it may be either.
            return z3.If(self.present, every, z3.Bool(f"{written} without {self.name}"))
        if operator.quantifier == "ForAnyValue":
            some = z3.And(z3.Not(self.is_null()), z3.Or([z3.And(there, one(v)) for there, v in self.members]))
            return z3.Or(z3.Not(self.present), some) if operator.if_exists else some
        if self.name in SETS:
            raise Unreadable(f"{written} without a set operator on {self.name}")
        compared = one(self.members[0][1])
        if operator.if_exists or operator.negated:
            return z3.Implies(self.present, compared)
        return z3.And(self.present, compared)
