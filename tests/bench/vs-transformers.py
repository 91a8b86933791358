#!/usr/bin/env python3
"""Qlens beside transformers: one model's weights, one picture, the same phases, taking turns.

  vs-transformers.py --make-venv DIR
  vs-transformers.py --venv DIR --folder FOLDER [--dtypes f32,bf16] [--qlens NAME=PATH…]

FOLDER is what transformers reads: a model folder, such as tests/tools/synth-model writes (random bfloat16 weights). Each
NAME=PATH is a folder or a GGUF file of the same model for qlens-cli, NAME what the table calls it. Where transformers'
process and qlens-cli's fit into memory together they take turns run by run; else transformers is loaded anew for each turn.

What is timed, on both sides: the image encoder; the Q-Former with the projection; the prompt of the picture's rows and one
token up to the first new token, greedily and with beams; each further token; and all of it for --tokens tokens with beams.
No end token ends a text. transformers' first token is a generate() of one token, a further one the difference from one of
--tokens divided by the others. Medians of --rounds turns, after one that warms up.

On a machine with other things to do the medians are unfair to torch, whose threads wait for each other by spinning: --least.

Needed by neither build nor tests.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["torch==2.13.0", "transformers==4.57.1"]
DTYPES = {"f32": ("float32", 4), "bf16": ("bfloat16", 2)}
SPARE_BYTES = 1_500_000_000
ROWS = [
    ("vision", "image encoder"),
    ("qformer", "Q-Former"),
    ("greedy_first", "prompt and first token, greedy"),
    ("first", "prompt and first token, {beams} beams"),
    ("greedy_token", "further token, greedy"),
    ("token", "further token, {beams} beams"),
    ("greedy_total", "{tokens} tokens, greedy, all of it"),
    ("total", "{tokens} tokens, {beams} beams, all of it"),
    ("follow_up", "first token of a next question"),
]


def say(*words):
    print("vs-transformers:", *words, file=sys.stderr, flush=True)


def kilobytes(path, key):
    """A line "KEY:  1234 kB" of a file of the kernel's, in bytes."""
    for line in Path(path).read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


# ---- the process that runs transformers ------------------------------------------------


class Transformers:
    """One model in one type. Lives in the worker's process."""

    def __init__(self, folder, dtype, threads):
        import torch
        from transformers import Blip2ForConditionalGeneration

        self.torch = torch
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        start = time.perf_counter()
        self.model = Blip2ForConditionalGeneration.from_pretrained(
            folder, dtype=getattr(torch, DTYPES[dtype][0]), local_files_only=True
        ).eval()
        self.load_s = time.perf_counter() - start
        size = self.model.config.vision_config.image_size
        self.pixels = torch.randn(1, 3, size, size).to(self.model.dtype)
        config = self.model.language_model.generation_config
        config.eos_token_id = None  # no text ends early
        config.pad_token_id = 1 if self.model.config.use_decoder_only_language_model else 0
        text = self.model.config.text_config
        self.prompt_id = (text.bos_token_id if self.model.config.use_decoder_only_language_model
                          else text.eos_token_id)

    def about(self):
        torch = self.torch
        return {
            "torch": torch.__version__,
            "capability": torch.backends.cpu.get_cpu_capability(),
            "mkl": torch.backends.mkl.is_available(),
            "onednn": torch.backends.mkldnn.is_available(),
            "onednn_bf16": bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()),
            "threads": torch.get_num_threads(),
            "attention": self.model.config._attn_implementation,
            "load_s": self.load_s,
        }

    def encode(self, times):
        model, torch = self.model, self.torch
        start = time.perf_counter()
        image = model.vision_model(pixel_values=self.pixels).last_hidden_state
        middle = time.perf_counter()
        queries = model.query_tokens.expand(1, -1, -1).to(image.dtype)
        mask = torch.ones(image.shape[:-1], dtype=torch.long)
        rows = model.qformer(query_embeds=queries, encoder_hidden_states=image,
                             encoder_attention_mask=mask).last_hidden_state
        soft = model.language_projection(rows.to(image.dtype))
        times["vision"] = middle - start
        times["qformer"] = time.perf_counter() - middle
        return soft

    def write(self, soft, n_tokens, n_beams):
        model, torch = self.model, self.torch
        start = time.perf_counter()
        prompt = model.get_input_embeddings()(torch.tensor([[self.prompt_id]]))
        embeds = torch.cat([soft, prompt.to(soft.dtype)], dim=1)
        out = model.language_model.generate(
            inputs_embeds=embeds, attention_mask=torch.ones(embeds.shape[:2], dtype=torch.long),
            max_new_tokens=n_tokens, num_beams=n_beams, do_sample=False)
        elapsed = time.perf_counter() - start
        start_tokens = 0 if model.config.use_decoder_only_language_model else 1
        if out.shape[1] - start_tokens != n_tokens:
            raise SystemExit(f"generate() wrote {out.shape[1] - start_tokens} tokens in place of {n_tokens}")
        return elapsed

    def run(self, n_tokens, n_beams):
        times = {}
        with self.torch.inference_mode():
            soft = self.encode(times)
            for prefix, beams in (("greedy_", 1), ("", n_beams)):
                first = self.write(soft, 1, beams)
                whole = self.write(soft, n_tokens, beams)
                times[prefix + "first"] = first
                if n_tokens > 1:
                    times[prefix + "token"] = (whole - first) / (n_tokens - 1)
                times[prefix + "total"] = times["vision"] + times["qformer"] + whole
        return {key: 1e3 * value for key, value in times.items()}


def worker(folder, dtype, threads, n_tokens, n_beams):
    """Answers each line of stdin with a line of JSON."""
    side = Transformers(folder, dtype, threads)
    side.run(2, n_beams)
    print(json.dumps(side.about()), flush=True)
    for _ in sys.stdin:
        times = side.run(n_tokens, n_beams)
        times["resident_bytes"] = kilobytes("/proc/self/status", "VmRSS")
        times["most_bytes"] = kilobytes("/proc/self/status", "VmHWM")
        print(json.dumps(times), flush=True)


# ---- the sides -----------------------------------------------------------------------------


class TransformersSide:
    def __init__(self, options, dtype):
        self.name = "transformers " + dtype
        self.dtype, self.options, self.process, self.about, self.results = dtype, options, None, None, []
        files = Path(options.folder).glob("*.safetensors")
        self.need_bytes = sum(f.stat().st_size for f in files) * DTYPES[dtype][1] // options.stored_bytes

    def environment(self):
        env = dict(os.environ, OMP_NUM_THREADS=str(self.options.threads), TOKENIZERS_PARALLELISM="false",
                   HF_HUB_OFFLINE="1")
        # settings of another library, which slow numpy's down
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            env.pop(name, None)
        if self.options.avx2:
            env.update(ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2",
                       MKL_ENABLE_INSTRUCTIONS="AVX2")
        return env

    def start(self):
        o = self.options
        say(f"loading {self.name}")
        python = str(Path(o.venv) / "bin" / "python") if o.venv else sys.executable
        self.process = subprocess.Popen(
            [python, __file__, "--worker", self.dtype, "--folder", o.folder, "--threads", str(o.threads),
             "--tokens", str(o.tokens), "--beams", str(o.beams)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment())
        self.about = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: its process ended with {self.process.wait()}")
        return json.loads(line)

    def run(self):
        if self.process is None:
            self.start()
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        return self.read()

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None

    def needs(self):
        return 0 if self.process is not None else self.need_bytes


class QlensSide:
    def __init__(self, options, name, path):
        self.name, self.path, self.options, self.results = "qlens " + name, Path(path), options, []
        self.about = None
        files = self.path.glob("*.safetensors") if self.path.is_dir() else [self.path]
        self.need_bytes = sum(f.stat().st_size for f in files)

    def run(self):
        o = self.options
        env = dict(os.environ)
        if o.avx2:
            env["B2_CPU"] = "avx2"
        out = subprocess.run(
            [o.cli, "bench", "--json", "--no-stop", "--runs", "1", "--tokens", str(o.tokens), "--beams",
             str(o.beams), "--threads", str(o.threads), "--model", str(self.path)],
            stdout=subprocess.PIPE, check=True, text=True, env=env).stdout
        result = json.loads(out)
        ms = {key: phase["ms"] for key, phase in result["phases"].items()}
        encode = ms["preprocess"] + ms["vision"] + ms["qformer"] + ms["prefill"]
        self.about = result["peak"]
        times = {"vision": ms["vision"], "qformer": ms["qformer"], "first": ms["prefill"],
                 "greedy_first": ms["prefill"], "total": ms["total"], "follow_up": ms["follow_up"],
                 "greedy_total": encode + ms.get("greedy_decode", ms["decode"]),
                 "most_bytes": result["memory"]["resident_bytes"],
                 "resident_bytes": result["memory"]["resident_bytes"]}
        for key in ("token", "greedy_token"):
            if key in ms:
                times[key] = ms[key]
        return times

    def stop(self):
        pass

    def needs(self):
        return self.need_bytes


def make_room(side, sides):
    """Ends the other processes where what a side needs does not fit beside them."""
    if kilobytes("/proc/meminfo", "MemAvailable") >= side.needs() + SPARE_BYTES:
        return
    for other in sides:
        if other is not side:
            other.stop()


def take_turns(options, sides):
    for turn in range(options.rounds):
        for side in list(sides):
            make_room(side, sides)
            try:
                side.results.append(side.run())
            except (RuntimeError, subprocess.CalledProcessError, BrokenPipeError) as error:
                say(f"{side.name} is left out: {error}")
                side.stop()
                sides.remove(side)
                continue
            parts = " ".join(f"{key} {ms:.0f}" for key, ms in side.results[-1].items() if "bytes" not in key)
            say(f"turn {turn + 1}: {side.name}: {parts} ms")
    for side in sides:
        side.stop()


# ---- what came out ---------------------------------------------------------------------------


def medians(side, least):
    take = min if least else statistics.median
    keys = side.results[0].keys()
    return {key: take(result[key] for result in side.results) for key in keys}


def milliseconds(value):
    return "" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def print_table(options, sides, found):
    theirs = [side for side in sides if isinstance(side, TransformersSide)]
    ours = [side for side in sides if isinstance(side, QlensSide)]
    print("| ms |" + "".join(f" {side.name} |" for side in sides))
    print("|---|" + "---|" * len(sides))
    for key, label in ROWS:
        cells = [milliseconds(found[side.name].get(key)) for side in sides]
        print(f"| {label.format(beams=options.beams, tokens=options.tokens)} | " + " | ".join(cells) + " |")
    cells = [f"{found[side.name]['most_bytes'] / 1e9:.2f}" for side in sides]
    print("| resident memory at most, GB | " + " | ".join(cells) + " |")
    if not theirs or not ours:
        return
    print()
    print("| times faster than |" + "".join(f" {a.name} / {b.name} |" for a in theirs for b in ours))
    print("|---|" + "---|" * (len(theirs) * len(ours)))
    for key, label in ROWS:
        cells = []
        for a in theirs:
            for b in ours:
                x, y = found[a.name].get(key), found[b.name].get(key)
                cells.append(f"{x / y:.2f}" if x and y else "")
        if any(cells):
            print(f"| {label.format(beams=options.beams, tokens=options.tokens)} | " + " | ".join(cells) + " |")


def make_venv(folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([str(Path(folder) / "bin" / "pip"), "install", *PACKAGES], check=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make-venv", metavar="DIR", help="install torch and transformers into a new venv, and end")
    parser.add_argument("--venv", metavar="DIR", help="whose Python runs transformers; this one if not given")
    parser.add_argument("--folder", help="the model folder that transformers reads")
    parser.add_argument("--dtypes", default="bf16", help="of transformers: f32, bf16, or both with a comma; empty: none")
    parser.add_argument("--qlens", nargs="*", default=[], metavar="NAME=PATH", help="folders and GGUF files for qlens-cli")
    parser.add_argument("--cli", default=str(ROOT / "build" / "qlens-cli"), help="the program [build/qlens-cli]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=10)
    parser.add_argument("--beams", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--avx2", action="store_true", help="no AVX-512 on either side")
    parser.add_argument("--least", action="store_true",
                        help="the least of the turns in place of the median: for a machine that others use")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    parser.add_argument("--worker", metavar="DTYPE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.dtypes = [d for d in options.dtypes.split(",") if d]
    if options.make_venv:
        return options
    if not options.folder and options.dtypes:
        parser.error("--folder is needed")
    if any(d not in DTYPES for d in options.dtypes):
        parser.error("--dtypes: f32 or bf16")
    if any("=" not in item for item in options.qlens):
        parser.error("--qlens: NAME=PATH")
    return options


def main():
    options = parse()
    if options.make_venv:
        return make_venv(options.make_venv)
    if options.worker:
        return worker(options.folder, options.worker, options.threads, options.tokens, options.beams)
    options.stored_bytes = 2
    if options.folder:
        config = json.loads((Path(options.folder) / "config.json").read_text())
        if config.get("torch_dtype", config.get("dtype")) == "float32":
            options.stored_bytes = 4
    sides = [TransformersSide(options, dtype) for dtype in options.dtypes]
    sides += [QlensSide(options, *item.split("=", 1)) for item in options.qlens]
    take_turns(options, sides)
    found = {side.name: medians(side, options.least) for side in sides if side.results}
    sides = [side for side in sides if side.results]
    if not sides:
        return 1
    if options.json:
        print(json.dumps({"rounds": options.rounds, "tokens": options.tokens, "beams": options.beams,
                          "threads": options.threads, "avx2": options.avx2,
                          "sides": {s.name: {"about": s.about, "medians": found[s.name], "runs": s.results}
                                    for s in sides}}, indent=1))
    else:
        print_table(options, sides, found)
        for side in sides:
            print(f"\n{side.name}: {json.dumps(side.about)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
