#!/usr/bin/env python3
"""Disables each check of the server in turn, and demands that a test misses it.

A rule that no test notices is a rule that the next change may drop. This script finds the checks of the rooms below,
copies the tree into a temporary folder, and gives every check a switch there; the copy is built once, and the tests
run once for each check with that one switched off. A check that nobody misses is a SURVIVOR and fails the run, unless
`tests/disable_each_check.toml` says why nothing could miss it (and such a reason for a check that is missed, or that is
not there any more, fails the run as well).

What counts as a check:
  refuse   if CONDITION { return Err(..) }            each side of an `||` by itself; also with `else`
  pass     if CONDITION { Ok(..) } else { Err(..) }   each side of an `&&` by itself; also with Err(..) behind the block
  guard    PATTERN if CONDITION => Err(..)            and PATTERN if CONDITION => Ok(..)
  call     must_hold(..)?;                            any call whose value nobody takes
  filter   .filter(|one| CONDITION)                   each side of an `&&` by itself
  all of   CONDITION && CONDITION && ..               anywhere else, each side by itself
Where a value is made and refused in one (`let x = f()?`, `.ok_or(E)?`, `let .. else`, an arm without a guard), there is
nothing to switch off: without the check there is no value. `--list` shows these as `bound`.

  tests/disable_each_check.py                    all checks
  tests/disable_each_check.py --list             finds and prints them; builds nothing
  tests/disable_each_check.py --only PATTERN     those whose `file:line function: check` matches the regular expression
  tests/disable_each_check.py --keep             leaves the copied tree behind and says where

CARGO names another cargo. The build goes to target/disable-each-check. Needs Python 3.11 and nothing else.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from checks_in_rust import SWITCH, Source, find

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = ROOT / "tests/disable_each_check.toml"

# The rooms whose checks are switched off: files, or folders with all Rust in them.
SCOPE = [
    "protocol/src/base64url.rs",
    "protocol/src/json.rs",
    "protocol/src/key.rs",
    "protocol/src/key",
    "protocol/src/uaf",
    "relying-party/ceremony/src/facets.rs",
    "relying-party/ceremony/src/metadata.rs",
    "relying-party/ceremony/src/metadata",
    "relying-party/ceremony/src/payment.rs",
    "relying-party/ceremony/src/payment",
    "relying-party/ceremony/src/policy.rs",
    "relying-party/ceremony/src/record",
    "relying-party/ceremony/src/server_data.rs",
    "relying-party/ceremony/src/signature.rs",
    "relying-party/ceremony/src/signature",
    "relying-party/ceremony/src/transition.rs",
    "relying-party/ceremony/src/transition",
    "relying-party/ceremony/src/trust.rs",
    "relying-party/ceremony/src/trust",
    "relying-party/ceremony/src/uaf",
    "relying-party/src/service/tls.rs",
    "relying-party/src/service/uaf_context.rs",
    "relying-party/src/service/uaf_request.rs",
    "relying-party/src/service/uaf_response.rs",
]
# Fewer checks than this are a sign that the finder went blind, not that the server has no rules.
CHECKS_MIN = 150
PACKAGES = ["smile-protocol", "smile-ceremony", "smile-relying-party"]
TARGETS = ["--test", "conformance", "--test", "rules", "--test", "requests", "--test", "pure_functions", "--lib"]
# The order in which tests are asked; the first that fails has missed the check.
ORDER = ["conformance", "rules", "requests", "pure_functions", "smile_protocol", "smile_ceremony", "smile_relying_party"]
# A run of the tests without their check may hang instead of failing.
TEST_LIMIT_S = 300

SWITCH_SOURCE = """
#[doc(hidden)]
#[allow(missing_docs)]
pub fn check_is_off(number: u32) -> bool {
    static OFF: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    let off = OFF.get_or_init(|| std::env::var("SMILE_CHECK_OFF").ok().and_then(|text| text.parse().ok()));
    *off == Some(number)
}
"""


# The copy, its switches, and the tests.


def rust_files():
    for entry in SCOPE:
        path = ROOT / entry
        if not path.exists():
            sys.exit(f"disable_each_check: {entry} is not there; SCOPE names rooms that were moved")
        files = [path] if path.is_file() else sorted(path.rglob("*.rs"))
        for file in files:
            relative = file.relative_to(ROOT).as_posix()
            if file.name != "tests.rs" and "/tests/" not in relative:
                yield relative


def find_all():
    sources = {}
    for path in rust_files():
        if path not in sources:
            sources[path] = find(Source(path, (ROOT / path).read_text()))
    checks = sorted((check for one in sources.values() for check in one.checks), key=lambda c: (c.path, c.line))
    for number, check in enumerate(checks, 1):
        check.number = number
    seen = {}
    for check in checks:
        # The same words twice in one function: told apart by their order.
        seen[check.key()] = seen.get(check.key(), 0) + 1
        if seen[check.key()] > 1:
            check.text += f" ({seen[check.key()]})"
    return sources, checks


def copy_tree(folder):
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def switched(source, checks):
    """The file's text with a switch for each of the checks; the line of every check is kept."""
    edits = [edit + (check.number,) for check in checks for edit in check.edits]
    # From the end, so that offsets stay true; what closes goes in before what opens at the same place.
    edits.sort(key=lambda edit: (edit[0], edit[2].startswith(")")), reverse=True)
    text = source.text
    for offset, length, replacement, number in edits:
        text = text[:offset] + replacement.replace("{n}", str(number)) + text[offset + length :]
    return text


def write_switches(folder, sources, checks):
    for crate in ("protocol", "relying-party/ceremony", "relying-party"):
        lib = folder / crate / "src/lib.rs"
        lib.write_text((ROOT / crate / "src/lib.rs").read_text() + SWITCH_SOURCE)
    for path, source in sources.items():
        mine = [check for check in checks if check.path == path and check.verdict != "does not compile"]
        (folder / path).write_text(switched(source, mine))


def build(folder):
    """Builds the tests: their executables by name, or the places of the errors."""
    command = [os.environ.get("CARGO", "cargo"), "test", "--no-run", "--locked", "--message-format=json"]
    command += [part for package in PACKAGES for part in ("-p", package)] + TARGETS
    command += ["--target-dir", str(ROOT / "target/disable-each-check")]
    # One build and many runs: worth a little optimisation, and no debug information.
    command += ["--config", "profile.dev.opt-level=1", "--config", "profile.dev.debug=false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    programs, errors = {}, []
    for line in done.stdout.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            if message["profile"]["test"]:
                programs[message["target"]["name"]] = message["executable"]
        if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
            spans = [span for span in message["message"]["spans"] if span["is_primary"]]
            errors.append((message["message"]["rendered"], spans))
    if done.returncode != 0 and not errors:
        sys.exit(done.stderr)
    return programs, errors if done.returncode != 0 else []


def build_what_compiles(folder, sources, checks):
    """Takes out the switches that do not compile until the rest does."""
    for _ in range(8):
        write_switches(folder, sources, checks)
        programs, errors = build(folder)
        if not errors:
            return programs
        blamed = 0
        for rendered, spans in errors:
            places = [(span["file_name"], span["line_start"], span["line_end"]) for span in spans]
            for check in checks:
                last = check.line + check.text.count("\n") + 3
                hit = any(check.path == f and check.line <= b and a <= last for f, a, b in places)
                if hit and check.verdict == "":
                    check.verdict = "does not compile"
                    blamed += 1
        if not blamed:
            sys.exit("the copy does not compile, and no switch is to blame:\n" + "\n".join(r for r, _ in errors))
    sys.exit("switches that do not compile were taken out eight times, and it still does not")


def run(program, crate_folder, number):
    """Whether the tests pass with a check off, and the first that does not."""
    environment = {**os.environ, "SMILE_CHECK_OFF": str(number), "RUST_BACKTRACE": "0"}
    try:
        done = subprocess.run(
            [program], cwd=crate_folder, env=environment, capture_output=True, text=True, timeout=TEST_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return f"ran longer than {TEST_LIMIT_S} s"
    if done.returncode == 0:
        return None
    failed = re.search(r"^test (\S+) \.\.\. FAILED", done.stdout, re.MULTILINE)
    case = re.search(r"^(\S+/\S+) \([^)]*\): ", done.stdout, re.MULTILINE)
    name = failed.group(1) if failed else "it ended without a verdict"
    return f"{name} ({case.group(1)})" if case else name


def crate_folder(folder, name):
    if name in ("rules", "smile_ceremony"):
        return folder / "relying-party/ceremony"
    return folder / ("relying-party" if name in ("conformance", "smile_relying_party") else "protocol")


def missed_by(programs, folder, number):
    for name in ORDER:
        failure = run(programs[name], crate_folder(folder, name), number)
        if failure:
            return f"{name}: {failure}"
    return None


def allowed():
    if not ALLOWED.exists():
        return {}
    entries = tomllib.loads(ALLOWED.read_text()).get("equivalent", [])
    return {(one["file"], one["function"], one["check"]): one["reason"] for one in entries}


def judge(checks, reasons, programs, folder):
    survivors = needless = 0
    for index, check in enumerate(checks, 1):
        if check.verdict == "":
            killer = missed_by(programs, folder, check.number)
            reason = reasons.get(check.key())
            if killer:
                check.verdict = killer if reason is None else f"{killer}; NEEDLESSLY ALLOWED"
                needless += reason is not None
            elif reason is not None:
                check.verdict = f"allowed: {reason}"
            else:
                check.verdict = "SURVIVOR"
                survivors += 1
        print(f"{index}/{len(checks)} {check.shown()}\n    {check.verdict}", flush=True)
    return survivors, needless


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="find and print the checks; build nothing")
    parser.add_argument("--only", metavar="PATTERN", help="only checks that match")
    parser.add_argument("--keep", action="store_true", help="leave the copied tree behind")
    arguments = parser.parse_args()
    sources, checks = find_all()
    if len(checks) < CHECKS_MIN:
        sys.exit(f"only {len(checks)} checks were found, of {CHECKS_MIN} at least: the finder is blind")
    chosen = [one for one in checks if not arguments.only or re.search(arguments.only, one.shown())]
    if arguments.list:
        bound = [one for source in sources.values() for one in source.bound]
        for one in chosen + [b for b in bound if not arguments.only or re.search(arguments.only, b.shown())]:
            print(f"{one.kind:8}{one.shown()}")
        print(f"{len(chosen)} checks, {len(bound)} that are bound to a value")
        return 0
    reasons = allowed()
    known = {check.key() for check in checks}
    stale = [key for key in reasons if key not in known]
    for key in stale:
        print(f"{ALLOWED.name} allows a check that is not there: {' '.join(key)}")
    folder = Path(tempfile.mkdtemp(prefix="disable-each-check-"))
    try:
        copy_tree(folder)
        programs = build_what_compiles(folder, sources, checks)
        without = missed_by(programs, folder, 0)
        if without:
            sys.exit(f"the tests do not pass with every check on: {without}")
        survivors, needless = judge(chosen, reasons, programs, folder)
    finally:
        if arguments.keep:
            print(f"the tree is in {folder}")
        else:
            shutil.rmtree(folder)
    skipped = sum(check.verdict == "does not compile" for check in chosen)
    excused = sum(check.verdict.startswith("allowed") for check in chosen)
    missed = len(chosen) - survivors - skipped - excused
    print(f"{len(chosen)} checks: {missed} missed, {excused} allowed, {skipped} not compiling, {survivors} survivors")
    return 1 if survivors or needless or stale or skipped else 0


if __name__ == "__main__":
    sys.exit(main())
