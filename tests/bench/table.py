#!/usr/bin/env python3
"""What lines of “qlens-cli bench --json” say, as one table: table.py FILE.jsonl

A column for each line, named by the model's file; in each cell the median time and the share of the peak that limits it: of
arithmetic or, marked M, of memory, whichever is more.
"""

import json
import sys
from pathlib import Path

ROWS = [
    ("open", "opening"), ("preprocess", "picture"), ("vision", "image encoder"), ("qformer", "Q-Former"),
    ("prefill", "prompt and first token"), ("greedy_token", "a token, greedy"), ("token", "a token, {beams} beams"),
    ("follow_up", "first token of a next question"), ("total", "{tokens} tokens, {beams} beams, all of it"),
    ("stop", "longest stop"),
]


def cell(phase):
    if phase is None:
        return ""
    text = f"{phase['ms']:.0f}" if phase["ms"] >= 100 else f"{phase['ms']:.1f}"
    if "gflops_share" not in phase:
        return text
    if phase["gbps_share"] > phase["gflops_share"]:
        return f"{text} ({100 * phase['gbps_share']:.0f} % M)"
    return f"{text} ({100 * phase['gflops_share']:.0f} %)"


def main():
    lines = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines() if line]
    first = lines[0]
    names = [Path(line["model"]).name.removesuffix(".gguf") for line in lines]  # a q4_0 file's image encoder is Q8_0
    print("| ms | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(lines))
    for key, label in ROWS:
        if not any(key in line["phases"] for line in lines):
            continue
        label = label.format(beams=first["beams"], tokens=first["new_tokens"])
        print(f"| {label} | " + " | ".join(cell(line["phases"].get(key)) for line in lines) + " |")
    memory = [(line["memory"]["resident_bytes"] or 0) / 1e9 for line in lines]
    print("| resident memory, GB | " + " | ".join(f"{value:.2f}" for value in memory) + " |")
    estimates = [line["memory"]["estimate_bytes"] / 1e9 for line in lines]
    print("| estimated before, GB | " + " | ".join(f"{value:.2f}" for value in estimates) + " |")
    peaks = {key: max(line["peak"][key] for line in lines) for key in ("gflops_f32", "gflops_bf16", "gops_int8", "gops_int4")}
    rates = ", ".join(f"{line['peak']['gbps']:.1f}" for line in lines)
    print(f"\n{first['peak']['kernels']}, {first['peak']['threads']} threads; at best f32 {peaks['gflops_f32']:.0f} GFLOP/s, bf16 "
          f"{peaks['gflops_bf16']:.0f} GFLOP/s, int8 {peaks['gops_int8']:.0f} GOP/s, int4 {peaks['gops_int4']:.0f} GOP/s; memory, beside each, {rates} GB/s")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
