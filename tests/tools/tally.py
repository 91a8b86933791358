"""Adds up what meson's test logs say: one line, "N passed, N failed".

usage: tally.py LOG…     each a meson-logs/testlog.json

A TAP test counts with its subtests, any other as one. A test that ends badly although
none of its subtests failed (a sanitizer's report, a leak, a timeout) counts as one failure.
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


def main(logs):
    totals = [0, 0, 0]
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
    if totals[2]:
        print(f"{totals[2]} skipped")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] or not totals[0] else 0


sys.exit(main(sys.argv[1:]))
