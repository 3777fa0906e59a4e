"""AWS's evaluation order for a role, as a formula over the keys of the request.

Action, resource and principal of a question are known, so whether a statement is about it is a plain bool; only its
conditions are formulas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import z3

from keys import Key, Unreadable, canonical

Json = dict[str, Any]


def listed(value: Any) -> list[Any]:
    """A scalar is a list of one, as in every policy."""
    return value if isinstance(value, list) else [value]


def wild(pattern: str, text: str) -> bool:
    """`*` and `?` over known text."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def conditions(statement: Json) -> list[tuple[str, str, list[str]]]:
    """The lines of a Condition block: operator, key as AWS writes it, values."""
    lines = []
    for operator, keys in statement.get("Condition", {}).items():
        for name, values in keys.items():
            lines.append((operator, canonical(name), [str(v) for v in listed(values)]))
    return lines


@dataclass
class Request:
    """Who asks for what, and every policy that has a say."""

    caller: str
    action: str
    resource: str
    owner: str
    identity: list[Json]
    boundary: list[Json] | None
    session: list[Json] | None
    scps: list[list[Json]]
    rcps: list[list[Json]]
    # None: not applied. A policy without statements: "there is none".
    resource_policy: Json | None

    @staticmethod
    def read(line: Json) -> Request:
        """From a line of `simulate`."""
        written = line.get("ResourcePolicy")
        return Request(
            caller=line["CallerArn"],
            action=line["ActionNames"][0],
            resource=line["ResourceArns"][0],
            owner=line["ResourceOwner"].split(":")[4],
            identity=line["PolicyInputList"],
            boundary=line.get("PermissionsBoundaryPolicyInputList"),
            session=line.get("SessionPolicyInputList"),
            scps=line.get("ServiceControlPolicyInputList", []),
            rcps=line.get("ResourceControlPolicyInputList", []),
            resource_policy={"Statement": []} if written == "none" else written,
        )

    def account(self) -> str:
        return self.caller.split(":")[4]

    def everywhere(self) -> list[Json]:
        """All policies, for their denials and for the keys they name."""
        lists = [self.identity, self.boundary or [], self.session or [], *self.scps, *self.rcps]
        policies = [policy for each in lists for policy in each]
        return policies + ([self.resource_policy] if self.resource_policy else [])

    def lines(self) -> list[tuple[str, str, list[str]]]:
        return [c for policy in self.everywhere() for s in policy["Statement"] for c in conditions(s)]


def forces(statement: Json, request: Request) -> set[str]:
    """How a statement names the caller, which decides what else limits it (R65): everyone, account, role, session.

    Empty when it is about somebody else. Policies that have no principals are about everyone.
    """
    principal = statement.get("Principal")
    if principal is None or principal == "*":
        return {"everyone"}
    account = request.account()
    role = request.caller
    if ":assumed-role/" in role:
        role = f"arn:aws:iam::{account}:role/{role.split('/')[1]}"
    names = {
        "*": "everyone",
        account: "account",
        f"arn:aws:iam::{account}:root": "account",
        role: "role",
    }
    if role != request.caller:
        names[request.caller] = "session"
    return {names[p] for p in listed(principal["AWS"]) if p in names}


def about(statement: Json, request: Request) -> bool:
    """Whether action and resource are covered."""
    action = request.action.lower()
    if "Action" in statement:
        acts = any(wild(p.lower(), action) for p in listed(statement["Action"]))
    else:
        acts = not any(wild(p.lower(), action) for p in listed(statement["NotAction"]))
    if "Resource" in statement:
        return acts and any(wild(p, request.resource) for p in listed(statement["Resource"]))
    return acts and not any(wild(p, request.resource) for p in listed(statement["NotResource"]))


class Formula:
    """The decision over symbolic keys."""

    def __init__(self, request: Request, more: list[tuple[str, str, list[str]]]) -> None:
        """`more` are tests that will be compared with the decision: they count for the size of a set (see Key)."""
        tests = request.lines() + more
        self.keys: dict[str, Key] = {}
        for name in sorted({key for _, key, _ in tests}):
            different = {(operator, tuple(values)) for operator, key, values in tests if key == name}
            self.keys[name] = Key.named(name, sorted(operator for operator, _ in different))
        self.request = request
        self.denied = z3.Or([self.speaks(p, "Deny", None) for p in request.everywhere()])
        self.allowed = z3.And(z3.Not(self.denied), self.granted())

    def domain(self) -> list[z3.BoolRef]:
        return [key.domain() for key in self.keys.values()]

    def line(self, operator: str, key: str, values: list[str]) -> z3.BoolRef:
        name = canonical(key)
        if name not in self.keys:
            raise Unreadable(f"key {key} is in no policy")
        return self.keys[name].test(operator, values)

    def speaks(self, policy: Json, effect: str, named: set[str] | None) -> z3.BoolRef:
        """That some statement of the policy matches that names the caller in one of these ways; None takes any."""
        found = []
        for statement in policy["Statement"]:
            if statement["Effect"] != effect or not about(statement, self.request):
                continue
            ways = forces(statement, self.request)
            if ways and (named is None or ways & named):
                found.append(z3.And([self.line(*c) for c in conditions(statement)]))
        return z3.Or(found)

    def allows(self, policies: list[Json] | None) -> z3.BoolRef:
        """That one of a list of policies allows; a list that was left out limits nothing."""
        if policies is None:
            return z3.BoolVal(True)
        return z3.Or([self.speaks(policy, "Allow", None) for policy in policies])

    def granted(self) -> z3.BoolRef:
        """Everything but the denials: R62 to R75. Resource control policies only deny."""
        request = self.request
        limits = z3.And(self.allows(request.boundary), self.allows(request.session))
        own = z3.And(self.allows(request.identity), limits)
        levels = z3.And([self.allows(level) for level in request.scps])
        policy = request.resource_policy
        if policy is None:
            return z3.And(levels, own)
        if request.account() != request.owner:
            return z3.And(levels, own, self.speaks(policy, "Allow", None))
        direct = z3.Or(
            self.speaks(policy, "Allow", {"everyone", "session"}),
            z3.And(self.speaks(policy, "Allow", {"role"}), limits),
        )
        if request.action.startswith("kms:"):
            own = z3.And(own, self.speaks(policy, "Allow", {"account"}))
        return z3.And(levels, z3.Or(own, direct))
