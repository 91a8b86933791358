"""From the start of the program to its first frame: how long, and of that the processor's time.

usage: bench-start.py QLENS [ARGUMENT…]

The program says in its debug log when its window has been drawn, by the clock that this reads, too.
"""

import os
import re
import subprocess
import sys
import time

N_RUNS = 15
FRAME = re.compile(r"first frame at (\d+) µs")


def processor_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def spread(what, values):
    values = sorted(values)
    middle = values[len(values) // 2]
    print(f"{what:<28} {middle:8.1f} ms median, {values[0]:.1f} to {values[-1]:.1f}, of {len(values)}")


def start(command):
    begin = time.monotonic_ns()
    environment = {**os.environ, "G_MESSAGES_DEBUG": "qlens-ui"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            found = FRAME.search(line.decode("utf-8", "replace"))
            if found:
                work = processor_ms(process.pid)
                process.terminate()
                return (int(found[1]) - begin / 1e3) / 1e3, work
    sys.exit(f"{command[0]} ended without a frame")


def main(command):
    start(command)  # into the page cache
    times = [start(command) for _ in range(N_RUNS)]
    spread("start to first frame", [wall for wall, _ in times])
    spread("  of it processor time", [work for _, work in times])


main(sys.argv[1:])
