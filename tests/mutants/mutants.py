#!/usr/bin/env python3
"""Mutants of what decides, many in one build.

cargo-mutants builds the program anew for each mutant, which takes most of the time. Here it only names them. A copy of the
repository is made in which each function holds its mutants as further bodies, and the environment variable MUTANT says
which of them is awake; the copy is built once. Each test is then run by itself to learn which functions it reaches and
how long it takes, and each mutant is given the tests that reach its function, the shortest first, until one fails.

    plant DIR [--sample N] [--seed S]   copy, sample, drop what does not compile, build
    trace DIR                           which test reaches which function
    run DIR [--jobs N] [--most S]       the mutants, in the order of the sample; resumes where it was stopped
    report DIR                          how many were caught, and which were not

A mutant is caught when a test fails, when it takes five times the processor time that it usually takes, or when it takes
more memory than a test may. Standard library only, for machines with Linux.
"""

import argparse
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["eval", "operator", "logic", "request"]
# With how many tests are traced together: the cases take half a second to be listed, whichever of them are run.
BINARIES = {"lib": 1, "cases": 30, "properties": 1, "ordinary": 10}
MEMORY = 6 << 30

# The value of MUTANT with which nothing is changed, and each function that is reached is written down.
TRACE = 2**32 - 1

SWITCH = """\
//! Which mutant is awake.

use std::io::Write;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static AWAKE: LazyLock<u32> =
    LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(0));
static REACHED: [AtomicBool; %(functions)d] = [const { AtomicBool::new(false) }; %(functions)d];

/// The number of the mutant that is awake.
#[inline]
pub(crate) fn awake(function: usize) -> u32 {
    let awake = *AWAKE;
    if awake == u32::MAX {
        reach(function);
    }
    awake
}

#[cold]
fn reach(function: usize) {
    if !REACHED[function].swap(true, Ordering::Relaxed)
        && let Ok(path) = std::env::var("MUTANT_REACHED")
    {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(format!("{function}\\n").as_bytes()).unwrap();
    }
}
"""

# Tests that begin the program without the variables of the environment hand it these.
HAND_ON = '.envs(std::env::vars().filter(|(name, _)| name.starts_with("MUTANT")))'

# libtest takes many names, libtest-mimic takes one: the others are left out here.
ONLY = """\
    if let Ok(names) = std::env::var("MUTANT_TESTS") {
        let names: std::collections::BTreeSet<&str> = names.lines().collect();
        trials.retain(|trial| names.contains(trial.name()));
    }
    libtest_mimic::run"""

# Listing the cases reads all of their files: those of a module are listed where one of them is run.
EXTEND = re.compile(r"^( *)(trials\.extend\((\w+)::trials\(\)\);)$", re.MULTILINE)
WANTED = r'\1if std::env::var("MUTANT_TESTS").map_or(true, |names| names.contains("\3::")) {\n\1    \2\n\1}'


# What is mutated -----------------------------------------------------------------------------------------------------


def listed(root):
    """What cargo-mutants would do, in an order that does not depend on the machine."""
    files = [argument for part in PARTS for argument in ("--file", f"src/{part}/**", "--file", f"src/{part}.rs")]
    text = subprocess.run(
        ["cargo", "mutants", "--list", "--json", "--no-config", *files], cwd=root, check=True, capture_output=True
    ).stdout
    mutants = [mutant for mutant in json.loads(text) if mutant["function"]]
    return sorted(mutants, key=lambda mutant: (mutant["file"], position(mutant["span"]["start"]), mutant["name"]))


def position(place):
    return (place["line"], place["column"])


class Text:
    """The text of a file, by lines and columns as cargo-mutants counts them: characters, from one."""

    def __init__(self, text):
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, place):
        return self.starts[place["line"] - 1] + place["column"] - 1

    def span(self, span):
        return self.offset(span["start"]), self.offset(span["end"])


TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])'|.""",
    re.DOTALL,
)


def opening(text, start, end):
    """Where the body of the function begins: the first brace outside of comments, literals and brackets."""
    depth = 0
    for token in TOKEN.finditer(text, start, end):
        match token.group():
            case "(" | "[":
                depth += 1
            case ")" | "]":
                depth -= 1
            case "{" if depth == 0:
                return token.start()
    raise ValueError(f"there is no body in {text[start:end]!r}")


def planted(text, mutants, number_of):
    """The text with the mutants in it, and where each of them is: (start, end, number), in characters."""
    source = Text(text)
    functions = defaultdict(list)
    for mutant in mutants:
        functions[source.span(mutant["function"]["span"])].append(mutant)
    bodies = []
    for (start, end), held in functions.items():
        bodies.append((opening(text, start, end), end, held))
    # Functions inside of functions: the inner one is planted where nothing of the outer one is changed.
    out, regions = [], []
    length = 0

    def write(piece):
        nonlocal length
        out.append(piece)
        length += len(piece)

    def emit(start, end, inside):
        at = start
        for opened, closed, held in inside:
            if opened < at:
                continue
            write(text[at:opened])
            function = number_of(held[0])
            head = length
            write(f"{{ match crate::mutant::awake({function}) {{")
            regions.append((head, length, [mutant["number"] for mutant in held]))
            for mutant in held:
                first, last = source.span(mutant["span"])
                begin = length
                write(f" {mutant['number']} => ")
                write(text[opened:first] + mutant["replacement"] + text[last:closed])
                regions.append((begin, length, [mutant["number"]]))
            write(" _ => ")
            emit(opened, closed, [body for body in inside if opened < body[0] and body[1] <= closed])
            write(" } }")
            at = closed
        write(text[at:end])

    emit(0, len(text), sorted(bodies, key=lambda body: (body[0], -body[1])))
    return "".join(out), regions


# Planting ------------------------------------------------------------------------------------------------------------


def copy(tree):
    """The files of the repository, as they are, without those that git ignores."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    ).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        source, target = ROOT / name, tree / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            keep(target, source.read_bytes())


def keep(path, data):
    """Written where it differs, so that nothing is built again for nothing."""
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)


def adapt(tree):
    main = tree / "tests/cases/main.rs"
    text = main.read_text()
    assert text.count("    libtest_mimic::run") == 1, "tests/cases/main.rs does not run its trials in one place"
    main.write_text(EXTEND.sub(WANTED, text.replace("    libtest_mimic::run", ONLY)))
    for path in tree.glob("tests/**/*.rs"):
        text = path.read_text()
        if ".env_clear()" in text:
            path.write_text(text.replace(".env_clear()", ".env_clear()" + HAND_ON))
    # What the package is built from need not be optimized.
    manifest = tree / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[profile.test.package."*"]\nopt-level = 0\n')
    library = tree / "src/lib.rs"
    library.write_text(library.read_text() + "\nmod mutant;\n")


def plant(directory, sample, seed):
    tree = directory / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    copy(tree)
    adapt(tree)
    mutants = listed(ROOT)
    total = len(mutants)
    random.Random(seed).shuffle(mutants)
    mutants = mutants[:sample] if sample else mutants
    for number, mutant in enumerate(mutants, start=1):
        mutant["number"] = number
    functions = {}

    def number_of(mutant):
        place = (mutant["file"], position(mutant["function"]["span"]["start"]))
        return functions.setdefault(place, len(functions))

    for mutant in mutants:
        mutant["reach"] = number_of(mutant)
    keep(tree / "src/mutant.rs", (SWITCH % {"functions": len(functions)}).encode())

    dropped = {}
    for attempt in range(30):
        alive = [mutant for mutant in mutants if mutant["number"] not in dropped]
        regions = {}
        for file in sorted({mutant["file"] for mutant in mutants}):
            held = [mutant for mutant in alive if mutant["file"] == file]
            text, regions[file] = planted((ROOT / file).read_text(), held, number_of)
            keep(tree / file, text.encode())
            regions[file] = [(len(text[:a].encode()), len(text[:b].encode()), n) for a, b, n in regions[file]]
        wrong = refused(tree, regions)
        print(f"attempt {attempt + 1}: {len(alive)} mutants, {len(wrong)} of them do not compile", flush=True)
        if not wrong:
            break
        dropped.update(wrong)
    else:
        sys.exit("it does not come to an end")
    state = {
        "date": time.strftime("%Y-%m-%d"),
        "seed": seed,
        "total": total,
        "sampled": len(mutants),
        "mutants": [mutant for mutant in mutants if mutant["number"] not in dropped],
        "dropped": [{**mutant, "why": dropped[mutant["number"]]} for mutant in mutants if mutant["number"] in dropped],
    }
    for mutant in state["mutants"] + state["dropped"]:
        del mutant["diff"]
    (directory / "mutants.json").write_text(json.dumps(state, indent=1))


def refused(tree, regions):
    """The mutants that rustc does not accept, with what it says of them."""
    done = subprocess.run(
        ["cargo", "check", "--locked", "--lib", "--message-format=json"],
        cwd=tree, capture_output=True, text=True,
    )
    wrong, errors = {}, []
    for line in done.stdout.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") != "error" or not message.get("spans"):
            continue
        found = set()
        spans = sorted(message["spans"], key=lambda span: not span["is_primary"])
        for span in spans:
            for start, end, numbers in regions.get(span["file_name"], []):
                if start <= span["byte_start"] and span["byte_end"] <= end:
                    found.update(numbers)
            if found:
                break
        if not found:
            errors.append(message["rendered"])
        for number in found:
            wrong.setdefault(number, message["message"])
    if done.returncode != 0 and not wrong:
        sys.exit("\n".join(errors[:5]) or done.stderr)
    return wrong


def build(directory):
    """The test binaries, by name."""
    arguments = [argument for name in list(BINARIES)[1:] for argument in ("--test", name)]
    done = subprocess.run(
        ["cargo", "test", "--locked", "--no-run", "--message-format=json", "--lib", *arguments],
        cwd=directory / "tree", stdout=subprocess.PIPE, text=True, check=True,
    )
    binaries = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            name = "lib" if "lib" in message["target"]["kind"] else message["target"]["name"]
            binaries[name] = message["executable"]
    (directory / "binaries.json").write_text(json.dumps(binaries, indent=1))


# Running -------------------------------------------------------------------------------------------------------------


def limits(seconds):
    def set_them():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return set_them


def environment(mutant, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MUTANT", "DECRYPTABLE"))}
    return {**kept, "MUTANT": str(mutant), "RUST_BACKTRACE": "0", "INSTA_UPDATE": "no", "INSTA_FORCE_PASS": "0", **more}


def command(binary, name, tests):
    """What runs these tests of a binary, and the variables for it."""
    if name == "cases":
        return [binary], {"MUTANT_TESTS": "\n".join(tests)}
    return [binary, "--exact", *tests], {}


FAILED = re.compile(r"^test (\S+).* \.\.\. FAILED$")


def outcome(directory, binaries, name, tests, mutant, seconds):
    """What becomes of these tests with the mutant awake: None when all pass, otherwise what went wrong."""
    line, more = command(binaries[name], name, tests)
    process = subprocess.Popen(
        [*line, "--test-threads=1"], cwd=directory / "tree", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, errors="replace", preexec_fn=limits(5 * seconds + 5),
        env=environment(mutant, **more),
    )
    # Processor time is limited; a test that waits for something that never comes is ended here.
    timer = threading.Timer(40 * seconds + 120, lambda: end(process))
    timer.start()
    failed = last = None
    try:
        for text in process.stdout:
            if found := FAILED.match(text.strip()):
                failed = found.group(1)
                end(process)
                break
            if text.startswith("test "):
                last = text.split()[1]
    finally:
        timer.cancel()
        end(process)
        code = process.wait()
        process.stdout.close()
    if failed:
        return {"binary": name, "by": failed, "how": "failed"}
    if code != 0:
        slow = code in (-signal.SIGXCPU, -signal.SIGKILL)
        return {"binary": name, "by": last, "how": "slow" if slow else f"ended with {code}"}
    return None


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def names(binary, directory):
    text = subprocess.run(
        [binary, "--list", "--format", "terse"], cwd=directory / "tree", env=environment(0), check=True,
        capture_output=True, text=True,
    ).stdout
    ignored = subprocess.run(
        [binary, "--list", "--format", "terse", "--ignored"], cwd=directory / "tree", env=environment(0), check=True,
        capture_output=True, text=True,
    ).stdout
    tests = re.findall(r"^(.*): test$", text, re.MULTILINE)
    return [test for test in tests if test not in set(re.findall(r"^(.*): test$", ignored, re.MULTILINE))]


def trace(directory, jobs):
    binaries = json.loads((directory / "binaries.json").read_text())
    path = directory / "tests.jsonl"
    known = {(row["binary"], row["tests"][0]) for row in rows(path)}
    todo = []
    for name, together in BINARIES.items():
        tests = names(binaries[name], directory) if name in binaries else []
        todo += [(name, tests[at : at + together]) for at in range(0, len(tests), together)]
    todo = [(name, tests) for name, tests in todo if (name, tests[0]) not in known]
    lock = threading.Lock()

    def one(pair):
        name, tests = pair
        reached = directory / f"reached-{threading.get_ident()}"
        reached.unlink(missing_ok=True)
        line, more = command(binaries[name], name, tests)
        process = subprocess.Popen(
            line, cwd=directory / "tree", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(TRACE, MUTANT_REACHED=str(reached), **more),
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        functions = sorted({int(text) for text in reached.read_text().split()}) if reached.exists() else []
        row = {
            "binary": name, "tests": tests, "passes": status == 0,
            "seconds": round(usage.ru_utime + usage.ru_stime, 3), "reached": functions,
        }
        with lock, path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    with ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(one, todo):
            pass
    traced = list(rows(path))
    for row in traced:
        if not row["passes"]:
            print(f"left out, for it fails unchanged: {row['binary']} {row['tests']}")
    print(f"{sum(len(row['tests']) for row in traced)} tests, {sum(row['seconds'] for row in traced):.0f} s")


def rows(path):
    if path.exists():
        for line in path.read_text().splitlines():
            yield json.loads(line)


# Seconds of tests in one go: the shortest find most mutants.
STEPS = (1, 4, 15, 60)


def gos(held, most):
    """The tests in goes that become longer, without those that would take more than this in all."""
    steps = iter(STEPS)
    step, spent, cost, go = next(steps), 0.0, 0.0, []
    for row in held:
        if spent + row["seconds"] > most:
            continue
        spent += row["seconds"]
        go.append(row)
        cost += row["seconds"]
        if cost >= step:
            yield go
            step, cost, go = next(steps, STEPS[-1]), 0.0, []
    if go:
        yield go


def run(directory, jobs, budget, most):
    state = json.loads((directory / "mutants.json").read_text())
    binaries = json.loads((directory / "binaries.json").read_text())
    reaching = defaultdict(list)
    for row in rows(directory / "tests.jsonl"):
        if row["passes"]:
            for function in row["reached"]:
                reaching[function].append(row)
    path = directory / "outcomes.jsonl"
    done = {row["number"]: row for row in rows(path)}
    # Tests that found other mutants come first, those of the same function above all, and short ones before long ones.
    kills = defaultdict(int)
    files = {mutant["number"]: (mutant["file"], mutant["reach"]) for mutant in state["mutants"]}

    def credit(row):
        for where in (None, *files[row["number"]]):
            kills[row.get("by"), where] += 1

    def telling(row, mutant):
        # Each property is many tests.
        found = 3 if row["binary"] == "properties" else 0.5
        for test in row["tests"]:
            found += kills[test, None] + 5 * kills[test, mutant["file"]] + 25 * kills[test, mutant["reach"]]
        return (row["seconds"] + 0.02) / found

    for row in done.values():
        credit(row)
    lock = threading.Lock()
    until = time.monotonic() + budget if budget else float("inf")

    def one(mutant):
        before = done.get(mutant["number"])
        if time.monotonic() > until or before and (before["caught"] or before["most"] >= most):
            return
        held = sorted(reaching[mutant["reach"]], key=lambda row: telling(row, mutant))
        found = None
        for go in gos(held, most):
            for name in BINARIES:
                these = [row for row in go if row["binary"] == name]
                if these and not found:
                    seconds = sum(row["seconds"] for row in these)
                    tests = [test for row in these for test in row["tests"]]
                    found = outcome(directory, binaries, name, tests, mutant["number"], seconds)
            if found:
                break
        row = {
            "number": mutant["number"], "caught": found is not None, "most": most,
            "tests": sum(len(row["tests"]) for row in held), "seconds": round(sum(row["seconds"] for row in held), 1), **(found or {}),
        }
        with lock:
            done[mutant["number"]] = row
            credit(row)
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")

    with ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(one, state["mutants"]):
            pass


def report(directory):
    state = json.loads((directory / "mutants.json").read_text())
    done = {row["number"]: row for row in rows(directory / "outcomes.jsonl")}
    tried = [mutant for mutant in state["mutants"] if mutant["number"] in done]
    caught = [mutant for mutant in tried if done[mutant["number"]]["caught"]]
    print(
        f"{state['date']}, seed {state['seed']}: {state['sampled']} of {state['total']} sampled, "
        f"{len(state['mutants'])} compile, {len(tried)} tried, {len(caught)} caught"
        f" ({100 * len(caught) / max(len(tried), 1):.1f} %)"
    )
    for mutant in tried:
        row = done[mutant["number"]]
        if not row["caught"]:
            tests = f"{row['tests']} tests, {row['seconds']} s, of which none takes it over {row['most']} s"
            print(f"{mutant['number']:5} {mutant['name']}  [{tests}]")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["plant", "build", "trace", "run", "report"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, taken at random; all of them without it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=int, default=0, help="seconds, after which no mutant is begun")
    parser.add_argument("--most", type=float, default=1e9, help="seconds of tests for each mutant")
    given = parser.parse_args()
    directory = given.directory.resolve()
    match given.what:
        case "plant":
            plant(directory, given.sample, given.seed)
            build(directory)
        case "build":
            build(directory)
        case "trace":
            trace(directory, given.jobs)
        case "run":
            run(directory, given.jobs, given.budget, given.most)
        case "report":
            report(directory)


if __name__ == "__main__":
    main()
