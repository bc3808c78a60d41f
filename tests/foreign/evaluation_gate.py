#!/usr/bin/env python3
"""Holds the result of `smile-lab eval verification --json` against what the face path must reach.

usage: evaluation_gate.py OUTPUT    (the program's output; its last line is one JSON object)
"""
import json
import sys

# All pairs of the development folds: an evaluation of fewer is another measurement.
PAIRS = 3600

# The reference pipeline (SFace behind YuNet's five points) reaches 0.83 % and 98.75 % on the same pictures.
MOST_EER = 0.0095
LEAST_TAR_AT_1E_4 = 0.984
MOST_MS_PER_IMAGE = 100.0


def misses(report):
    """What the report does not reach, one line each."""
    pairs = report["n"]["pairs"]
    eer = report["eer"]["value"]
    tar = report["tar"]["1e-4"]["value"]
    milliseconds = report["ms_per_image"]["detect"] + report["ms_per_image"]["embed"]
    if pairs != PAIRS:
        yield f"{pairs} pairs were measured, not {PAIRS}"
    if eer > MOST_EER:
        yield f"EER {eer:.4f} is more than {MOST_EER}"
    if tar < LEAST_TAR_AT_1E_4:
        yield f"TAR at FAR 1e-4, all against all, {tar:.4f} is less than {LEAST_TAR_AT_1E_4}"
    if milliseconds > MOST_MS_PER_IMAGE:
        yield f"{milliseconds:.0f} ms to detect and embed a picture is more than {MOST_MS_PER_IMAGE:.0f}"


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as output:
        report = json.loads(output.read().rstrip().rsplit("\n", 1)[-1])
    found = list(misses(report))
    for miss in found:
        print(miss)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
