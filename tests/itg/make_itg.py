#!/usr/bin/env python3
"""Write expected.json: what the demo retrieval model with its text generation head says about the samples.

    python make_itg.py MODEL_FOLDER SAMPLES_FOLDER > expected.json

The Q-Former of transformers runs over [queries; text] anew for every token, under the mask of the paper's Figure 2
(queries see queries, text sees queries and the text up to itself); the head is LAVIS's cls.predictions. Greedy, and
a plain beam search of five (length penalty 1, no early stopping heuristic needed at these lengths).
Needs torch, transformers 4.57.1, safetensors, pillow. Only this script needs them; the tests read its output.
"""
import json
import pathlib
import sys

import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoTokenizer, Blip2ForImageTextRetrieval, BlipImageProcessor

MAX_NEW = 20
SAMPLES = ["01-donut.png", "09-clock-cow.png", "14-bird-cat-chicken.jpg", "16-fails-photo.jpg"]

torch.set_grad_enabled(False)
model_dir, sample_dir = map(pathlib.Path, sys.argv[1:3])
model = Blip2ForImageTextRetrieval.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
head = {k: v.float() for k, v in load_file(model_dir / "itg_head.safetensors").items()}
tokenizer = AutoTokenizer.from_pretrained(model_dir)
processor = BlipImageProcessor.from_pretrained(model_dir)
dec, sep = tokenizer.convert_tokens_to_ids(["[DEC]", "[SEP]"])


def logits(image, ids):
    queries = model.query_tokens
    n, t = queries.shape[1], len(ids)
    mask = torch.zeros(1, n + t, n + t)
    mask[:, :, :n] = 1
    mask[:, n:, n:] = torch.tril(torch.ones(t, t))
    rows = model.embeddings(input_ids=torch.tensor([ids]), query_embeds=queries)
    hidden = model.qformer(query_embeds=rows, query_length=n, attention_mask=mask, encoder_hidden_states=image,
                           return_dict=True).last_hidden_state[0, -1]
    p = "cls.predictions."
    x = torch.nn.functional.gelu(hidden @ head[p + "transform.dense.weight"].T + head[p + "transform.dense.bias"])
    x = torch.nn.functional.layer_norm(x, x.shape, head[p + "transform.LayerNorm.weight"],
                                       head[p + "transform.LayerNorm.bias"], 1e-12)
    return x @ head[p + "decoder.weight"].T + head[p + "bias"]


def greedy(image):
    ids = [dec]
    while len(ids) <= MAX_NEW and ids[-1] != sep:
        ids.append(int(logits(image, ids).argmax()))
    return ids[1:]


def beams(image, n=5):
    running, done = [(0.0, [dec])], []
    for _ in range(MAX_NEW):
        everything = []
        for score, ids in running:
            log_p = torch.log_softmax(logits(image, ids), -1)
            top = log_p.topk(2 * n)
            everything += [(score + float(v), ids + [int(i)]) for v, i in zip(*top)]
        everything.sort(key=lambda x: -x[0])
        everything = everything[: 2 * n]
        done += [(s / (len(i) - 1), i) for s, i in everything[:n] if i[-1] == sep]
        done = sorted(done, key=lambda x: -x[0])[:n]
        running = [x for x in everything if x[1][-1] != sep][:n]
        if len(done) == n and running[0][0] / (len(running[0][1]) - 1) <= done[-1][0]:
            break
    else:
        done += [(s / (len(i) - 1), i) for s, i in running]
        done.sort(key=lambda x: -x[0])
    return done[0][1][1:], done[0][0]


out = []
for name in SAMPLES:
    pixels = processor(Image.open(sample_dir / name).convert("RGB"), return_tensors="pt").pixel_values
    image = model.vision_model(pixel_values=pixels).last_hidden_state
    beam_ids, score = beams(image)
    ids = greedy(image)
    out.append({"picture": name, "greedy_ids": ids, "greedy_text": tokenizer.decode(ids, skip_special_tokens=True),
                "beam5_ids": beam_ids, "beam5_text": tokenizer.decode(beam_ids, skip_special_tokens=True),
                "beam5_score": score, "first_logits": [round(float(x), 6) for x in logits(image, [dec])][:64]})
json.dump(out, sys.stdout, indent=1)
print()
