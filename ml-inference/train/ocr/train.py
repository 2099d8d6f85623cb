"""Train the reader: train.py OUT --minutes N [--resume | --from WEIGHTS --peak RATE [--gently]] [--seed N]

Reads OUT/sroie.pkl, OUT/found.pkl (where there is one) and OUT/synth*.pkl, holds vendor fold 0 out, writes
OUT/reader.pt every few minutes with all that is needed to go on. --from begins with weights as they ship,
--resume where OUT/reader.pt stopped. --gently is for little time: norms keep what they measured, so that the
net starts as the function that ships, and the first convolutions stay as they are. Uses a GPU where there is one.
"""
import argparse
import copy
import glob
import math
import os
import pickle
import random
import time

import numpy as np
import torch
from torch import nn

import score
from alphabet import ALPHABET, CLASSES, encode, fold_map
from lines import batches, collate, plain, steps, usual_width, varied
from net import Reader
from restore import restore

HELD_OUT = 0
PEAK = 2.5e-3
WARM_UP = 0.04
REAL_SHARE = 0.4
SAVE_EVERY = 240  # seconds
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed_precision():
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16)


def folded(log_p, capitals, fold):
    """For lines labelled in capitals only: the probability of a letter is that of either case."""
    p = log_p.exp()
    both = torch.zeros_like(p).index_add_(2, fold, p).clamp_min(1e-30).log()
    return torch.where(capitals[:, None, None], both, log_p)


def decode(logits, n):
    """Greedy CTC over the first n steps of each line: the rest is padding."""
    out = []
    for path, length in zip(logits.argmax(-1).tolist(), n):
        text, last = "", 0
        for c in path[:length]:
            if c and c != last:
                text += ALPHABET[c - 1]
            last = c
        out.append(" ".join(text.split()))
    return out


def read_lines(net, data, columns=20000):
    net.eval()
    out = [""] * len(data)
    widths = [usual_width(line) for line in data]
    with torch.no_grad(), mixed_precision():
        for b in batches(widths, columns, shuffle=False):
            xs = [plain(data[k]) for k in b]
            logits = net(collate(xs).to(DEVICE)).float().cpu()
            for k, text in zip(b, decode(logits, [steps(x) for x in xs])):
                out[k] = text
    return out


def evaluate(net, data):
    read, truth = read_lines(net, data), [line["text"] for line in data]
    if data[0]["capitals"]:
        read = [r.upper() for r in read]
    return score.lines(read, truth)


class Run:
    """Everything that a checkpoint holds."""

    def __init__(self):
        self.net = Reader(CLASSES).to(DEVICE, memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.net).eval()  # of the weights' recent past; what is shipped
        self.opt = torch.optim.AdamW(self.net.parameters(), PEAK, betas=(.9, .99), weight_decay=.02)
        self.elapsed, self.step, self.seen, self.curve, self.gentle = 0.0, 0, 0, [], False

    def state(self):
        return {"net": self.net.state_dict(), "mean": self.mean.state_dict(), "opt": self.opt.state_dict(),
                "elapsed": self.elapsed, "step": self.step, "seen": self.seen, "curve": self.curve,
                "alphabet": ALPHABET}

    def save(self, path):
        torch.save(self.state(), path + ".new")
        os.replace(path + ".new", path)

    def load(self, path):
        s = torch.load(path, map_location=DEVICE)
        self.net.load_state_dict(s["net"])
        self.mean.load_state_dict(s["mean"])
        self.opt.load_state_dict(s["opt"])
        self.elapsed, self.step, self.seen, self.curve = s["elapsed"], s["step"], s["seen"], s["curve"]

    def average(self):
        keep = min(.998, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for a, b in zip(self.mean.state_dict().values(), self.net.state_dict().values()):
                if a.dtype.is_floating_point:
                    a.lerp_(b, 1 - keep)
                else:
                    a.copy_(b)

    def be_gentle(self):
        self.gentle = True
        for part in (self.net.conv1, self.net.conv2, self.net.res1):
            part.requires_grad_(False)

    def learn(self, batch, rate, fold):
        self.net.train()
        if self.gentle:
            for m in self.net.modules():
                if isinstance(m, nn.BatchNorm2d):
                    m.eval()
        for g in self.opt.param_groups:
            g["lr"] = rate
        xs = [varied(line) for line in batch]
        ys = [encode(line["text"]) for line in batch]
        with mixed_precision():
            logits = self.net(collate(xs).to(DEVICE))
        log_p = logits.float().log_softmax(-1)
        log_p = folded(log_p, torch.tensor([line["capitals"] for line in batch], device=DEVICE), fold)
        lengths = torch.tensor([len(y) for y in ys])
        n = torch.tensor([min(log_p.shape[1], steps(x) + 1) for x in xs])
        loss = nn.functional.ctc_loss(log_p.transpose(0, 1), torch.tensor(sum(ys, [])), n, lengths, reduction="none",
                                      zero_infinity=True)
        loss = loss.sum() / lengths.sum().clamp_min(1)
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.opt.step()
        self.step, self.seen = self.step + 1, self.seen + len(batch)
        self.average()
        return loss.item()


def rate_at(done, peak):
    if done < WARM_UP:
        return peak * (done / WARM_UP + .02)
    return peak * .5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) + 1e-6


def load_lines(out):
    with open(os.path.join(out, "sroie.pkl"), "rb") as f:
        real = pickle.load(f)
    drawn = []
    for path in sorted(glob.glob(os.path.join(out, "synth[1-9]*.pkl"))):
        with open(path, "rb") as f:
            drawn += pickle.load(f)
    train = [line for line in real if line["fold"] != HELD_OUT]
    found = os.path.join(out, "found.pkl")
    if os.path.exists(found):
        with open(found, "rb") as f:
            train += [line for line in pickle.load(f) if line["fold"] != HELD_OUT]
    held = [line for line in real if line["fold"] == HELD_OUT]
    random.Random(7).shuffle(drawn)
    return train, held, drawn[1500:], drawn[:1500]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--resume", action="store_true")
    p.add_argument("--from", dest="weights")
    p.add_argument("--peak", type=float, default=PEAK)
    p.add_argument("--gently", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    random.seed(a.seed)
    np.random.seed(a.seed)

    real, held, drawn, drawn_held = load_lines(a.out)
    held = random.Random(5).sample(held, min(1500, len(held)))
    run, path = Run(), os.path.join(a.out, "reader.pt")
    if a.resume:
        run.load(path)
    elif a.weights:
        restore(run.net, a.weights, random.sample(real, 400) + random.sample(drawn, 600))
        run.mean.load_state_dict(run.net.state_dict())
    if a.gently:
        run.be_gentle()
    fold = torch.tensor(fold_map(), device=DEVICE)
    print(f"{sum(q.numel() for q in run.net.parameters())} parameters, {CLASSES} classes, {len(real)} real lines, "
          f"{len(drawn)} drawn, on {DEVICE}", flush=True)

    total, saved, losses = a.minutes * 60, run.elapsed, []
    while run.elapsed < total:
        n = int(min(len(real), len(drawn) * REAL_SHARE / (1 - REAL_SHARE)))
        some = random.sample(real, n) + random.sample(drawn, int(n * (1 - REAL_SHARE) / REAL_SHARE))
        for b in batches([usual_width(line) for line in some]):
            began = time.monotonic()
            losses.append(run.learn([some[k] for k in b], rate_at(run.elapsed / total, a.peak), fold))
            run.elapsed += time.monotonic() - began
            if run.elapsed >= total:
                break
            if run.elapsed - saved >= SAVE_EVERY:
                saved = run.elapsed
                real_score, drawn_score = evaluate(run.mean, held), evaluate(run.mean, drawn_held)
                run.curve.append([round(run.elapsed), run.seen, real_score, drawn_score])
                run.save(path)
                print(f"{run.elapsed:5.0f} s, {run.seen} lines, loss {np.mean(losses[-200:]):.4f}, "
                      f"held-out vendors {real_score}, drawn {drawn_score}", flush=True)
    run.curve.append([round(run.elapsed), run.seen, evaluate(run.mean, held), evaluate(run.mean, drawn_held)])
    run.save(path)
    print("end", run.seen, run.curve[-1][2:], flush=True)


if __name__ == "__main__":
    main()
