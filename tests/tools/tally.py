"""Adds up what meson's test logs say: one line, "N passed, N failed".

usage: tally.py LOG…     each a meson-logs/testlog.json

A TAP test counts with its subtests, any other as one. A test that ends badly although
none of its subtests failed (a sanitizer's report, a leak, a timeout) counts as one failure.
The last words of what failed are repeated here, at the end, where a long log is read first.
"""

import json
import re
import sys

POINT = re.compile(r"^(not )?ok\b[^#]*(#\s*(SKIP|TODO))?", re.IGNORECASE)


def count(test):
    passed = failed = skipped = 0
    for line in test.get("stdout", "").splitlines():
        point = POINT.match(line)
        if not point:
            continue
        directive = (point.group(3) or "").upper()
        if directive == "SKIP":
            skipped += 1
        elif point.group(1) and directive != "TODO":
            failed += 1
        else:
            passed += 1
    if test["result"] == "SKIP":
        return 0, 0, max(skipped, 1)
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return passed if passed + skipped else 1, failed, skipped
    return passed, max(failed, 1), skipped


LAST_LINES = 40
N_QUOTED = 8  # of tests that failed: when all do, one look at the first tells why


def quote(test):
    """What to look at: the failed points, and the last lines of each stream."""
    for stream in "stdout", "stderr":
        lines = test.get(stream, "").splitlines()
        first = max(len(lines) - LAST_LINES, 0)
        points = [line for line in lines[:first] if line.startswith(("not ok", "Bail out!"))]
        for line in points[-LAST_LINES:] + lines[first:]:
            print(f"  {stream}: {line[:400]}")


def main(logs):
    totals = [0, 0, 0]
    n_failed = 0
    for log in logs:
        if not log:
            continue
        try:
            with open(log, encoding="utf-8", errors="replace") as lines:
                tests = [json.loads(line) for line in lines if line.strip()]
        except OSError as error:
            print(f"failed: {log}" if " " in log else f"failed: {error}")
            totals[1] += 1
            continue
        for test in tests:
            result = count(test)
            totals = [a + b for a, b in zip(totals, result)]
            if result[1]:
                print(f"failed: {log.split('/')[0]}: {test['name']} ({test['result']})")
                n_failed += 1
                if n_failed <= N_QUOTED:
                    quote(test)
    if totals[2]:
        print(f"{totals[2]} skipped")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] or not totals[0] else 0


sys.exit(main(sys.argv[1:]))
