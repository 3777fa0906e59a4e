"""z3 judges the open decisions of `decryptable simulate`.

    python3 tests/z3/judge.py --binary target/debug/decryptable

Random small policy sets are decided twice: by the program, whose answers are read through its public contract alone,
and by a formula of our own over z3's strings, numbers and bit vectors. For every case:

- the decision is firm exactly when z3 finds no request of the other kind;
- the printed conditions hold exactly when the request is allowed, and no part of them can be left out;
- each witness is a request of its kind.

Ends with 1 when one of these fails, or when z3 gave up on too many questions. DECRYPTABLE_Z3_LENIENT=1 counts and
prints a decision that is conditional although it could be firm, and does not fail for it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

sys.dont_write_bytecode = True

import z3  # noqa: E402

from evaluate import Formula, Json, Request  # noqa: E402
from generate import Generator  # noqa: E402
from keys import SETS, Key, Unreadable, canonical  # noqa: E402

# What z3 may spend on a question, in steps of its own: unlike seconds, the same on every machine. The seconds are there
# should it not count them.
STEPS = 4_000_000
TIMEOUT_MS = 10_000
MOST_SKIPPED = 0.05


class Skipped(Exception):
    """z3 does not know."""


class Case:
    """One request, what the program answered, and what is wrong with it."""

    def __init__(self, request: Json, answer: Json) -> None:
        self.request = request
        self.answer = answer["EvaluationResults"][0] if "EvaluationResults" in answer else {"Error": answer}
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.queries = 0
        self.skipped = 0

    def judge(self) -> None:
        """Everything there is to check; the findings are in `wrong`."""
        if "Error" in self.answer:
            self.wrong.append("no decision")
            return
        printed = self.answer["Conditions"] or []
        try:
            lines = [line for conjunction in printed for line in conjunction]
            more = [(line["operator"], canonical(line["key"]), line["values"]) for line in lines]
            self.formula = Formula(Request.read(self.request), more)
            given = self.given()
            self.cubes = [[self.formula.line(c["operator"], c["key"], c["values"]) for c in every] for every in printed]
        except Unreadable as error:
            self.wrong.append(f"not in the language of conditions: {error}")
            return
        self.solver = z3.Solver()
        self.solver.set("rlimit", STEPS)
        self.solver.set("timeout", TIMEOUT_MS)
        self.solver.set("random_seed", 1)
        self.solver.add(*self.formula.domain(), *given)
        for check in (self.decision, self.conditions, self.witnesses):
            try:
                check()
            except Skipped:
                self.skipped += 1

    def given(self) -> list[z3.BoolRef]:
        """What the request says of its keys. A key that no policy names does not matter."""
        facts = []
        for entry in self.request["ContextEntries"]:
            key = self.formula.keys.get(entry["ContextKeyName"])
            if key is not None:
                facts.append(key.equals(entry["ContextKeyValues"]))
        return facts

    def find(self, *wanted: z3.BoolRef) -> z3.ModelRef | None:
        """A request that fulfils all of it."""
        self.queries += 1
        self.solver.push()
        self.solver.add(*wanted)
        result = self.solver.check()
        model = self.solver.model() if result == z3.sat else None
        self.solver.pop()
        if result == z3.unknown:
            raise Skipped
        return model

    def decision(self) -> None:
        allowed, denied = self.formula.allowed, self.formula.denied
        said = self.answer["EvalDecision"]
        yes, no = self.find(allowed), self.find(z3.Not(allowed))
        if yes is not None and no is not None:
            expected = "conditional"
        elif yes is not None:
            expected = "allowed"
        else:
            expected = "implicitDeny" if self.find(z3.Not(denied)) is not None else "explicitDeny"
        self.expected = expected
        if said == expected:
            return
        text = f"{said}, and is {expected}"
        if expected == "conditional":
            text += f"; allowed for {self.show(yes)}, not for {self.show(no)}"
        firmer = said == "conditional"
        (self.notes if firmer and os.environ.get("DECRYPTABLE_Z3_LENIENT") else self.wrong).append(text)

    def conditions(self) -> None:
        if self.answer["EvalDecision"] != "conditional":
            if self.answer["Conditions"] is not None:
                self.wrong.append("conditions of a firm decision")
            return
        if self.answer["Conditions"] is None:
            kinds = self.depends_on()
            if "too_complex" in kinds:
                self.notes.append("too complex")
            elif "undocumented" not in kinds:
                self.wrong.append(f"no conditions, though it depends on {sorted(kinds)}")
            return
        allowed = self.formula.allowed
        whole = [z3.And(cube) for cube in self.cubes]
        for wanted, text in (
            ((allowed, z3.Not(z3.Or(whole))), "the conditions leave out the allowed"),
            ((z3.Not(allowed), z3.Or(whole)), "the conditions let in the denied"),
        ):
            model = self.find(*wanted)
            if model is not None:
                self.wrong.append(f"{text} {self.show(model)}")
        for at, cube in enumerate(self.cubes):
            if self.find(whole[at], z3.Not(z3.Or(whole[:at] + whole[at + 1 :]))) is None:
                self.wrong.append(f"conjunction {at} can be left out")
            for line in range(len(cube)):
                if self.find(z3.And(cube[:line] + cube[line + 1 :]), z3.Not(allowed)) is None:
                    self.wrong.append(f"line {line} of conjunction {at} can be left out")

    def witnesses(self) -> None:
        if self.answer["EvalDecision"] != "conditional":
            return
        witness = self.answer["Witness"] or {}
        for name, wanted in (("allowed", self.formula.allowed), ("denied", z3.Not(self.formula.allowed))):
            held = witness.get(name)
            if held is None:
                # A decision that should have been firm has one kind of request only, and one that hangs on what is not
                # documented may have none.
                if "undocumented" not in self.depends_on() and self.find(wanted) is not None:
                    self.wrong.append(f"no witness of {name}")
                continue
            try:
                facts = self.assigned(held)
                if self.find(wanted, *facts) is None or self.find(z3.Not(wanted), *facts) is not None:
                    self.wrong.append(f"the witness of {name} is none: {held}")
            except Unreadable as error:
                self.wrong.append(f"the witness of {name} is not a request: {error}")

    def depends_on(self) -> set[str]:
        """The kinds of what is open."""
        return {reason["kind"] for reason in self.answer.get("DependsOn") or []}

    def assigned(self, witness: dict[str, list[str] | None]) -> list[z3.BoolRef]:
        """A witness as a request in closed mode: what it does not name and the case does not give is absent."""
        named = {canonical(key): values for key, values in witness.items()}
        given = {entry["ContextKeyName"] for entry in self.request["ContextEntries"]}
        keys = self.formula.keys
        return [key.equals(named.get(name)) for name, key in keys.items() if name in named or name not in given]

    def show(self, model: z3.ModelRef | None) -> str:
        """A request that z3 found, as a context."""
        if model is None:
            return "nothing"
        return json.dumps({name: shown(model, key) for name, key in self.formula.keys.items()})


def shown(model: z3.ModelRef, key: Key) -> Any:
    """The value of a key in a model: None when absent, a list for a set."""
    values = []
    for there, value in key.members:
        if not z3.is_true(model.eval(there, model_completion=True)):
            continue
        term = model.eval(value.term, model_completion=True)
        if z3.is_string_value(term):
            values.append(term.as_string())
        elif z3.is_rational_value(term):
            values.append(str(Fraction(term.numerator_as_long(), term.denominator_as_long())))
        elif z3.is_bv_value(term):
            is_v6 = z3.is_true(model.eval(value.is_v6, model_completion=True))
            values.append(f"{'v6' if is_v6 else 'v4'} {term.as_long():#x}")
        else:
            values.append(str(term))
    return values if key.name in SETS else (values[0] if values else None)


def ask(binary: str, requests: Sequence[Json]) -> list[Json]:
    """One process for all of them: JSON Lines in, JSON Lines out, in order."""
    text = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([binary, "simulate", "-"], input=text, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(requests):
        raise SystemExit(f"{len(answers)} answers to {len(requests)} requests\n{done.stderr}")
    return answers


def main() -> int:
    parser = argparse.ArgumentParser(description="z3 judges the open decisions of `decryptable simulate`")
    parser.add_argument("--binary", required=True, help="the decryptable to judge")
    parser.add_argument("--cases", type=int, default=500, help="how many policy sets (500)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--only", type=int, help="one case alone, with its request and answer in full")
    arguments = parser.parse_args()

    generator = Generator(arguments.seed)
    requests = [generator.case(at) for at in range(arguments.cases)]
    if arguments.only is not None:
        requests = [requests[arguments.only]]
    cases = [Case(*pair) for pair in zip(requests, ask(arguments.binary, requests))]
    for case in cases:
        case.judge()
        if case.wrong or arguments.only is not None:
            print(f"{case.request['Id']}:", *case.wrong, sep="\n  ")
            print(f"  request {json.dumps(case.request)}\n  answer {json.dumps(case.answer)}\n")
        elif case.notes:
            print(f"{case.request['Id']}:", *case.notes)
    decisions = Counter(case.answer.get("EvalDecision") for case in cases)
    queries, skipped = sum(case.queries for case in cases), sum(case.skipped for case in cases)
    failed = sum(1 for case in cases if case.wrong)
    noted = sum(1 for case in cases if case.notes)
    print(", ".join(f"{count} {name}" for name, count in sorted(decisions.items(), key=str)))
    print(f"{len(cases)} cases, {failed} wrong, {noted} noted; {queries} questions to z3, {skipped} without an answer")
    # Each case has three things to check, and gives up on one at a time.
    if skipped > MOST_SKIPPED * 3 * len(cases):
        print("z3 gave up too often for this to mean anything")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
