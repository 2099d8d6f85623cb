"""Word F1 of whole pages: evaluate.py READER WEIGHTS DATA SET [--tesseract [LANGUAGES]]

SET: `held` (SROIE receipts of vendors never trained on), `tune` (100 trained ones, for choosing the
finder's numbers), `forms` (FUNSD, only ever measured), or a folder of pages.py, for which the share of words
with their case right, of those that are right but for case, is told as well. Words are compared as a bag, without case, as the
transcripts are all capitals; `alnum` drops punctuation. CPU is the engine's alone, one thread.
"""
import collections
import os
import random
import re
import subprocess
import sys
import tempfile

import score
from folds import folds
from prep import boxes

HELD_OUT = 0


def reader_words(program, weights, paths):
    out = subprocess.run([program, weights] + paths, capture_output=True, check=True).stdout.decode()
    pages, cpu = collections.defaultdict(list), 0
    for row in out.split("\n"):
        if row.startswith("# picture "):
            path, _, ms = row[10:].rsplit(" ", 2)
            pages[path] = []
            cpu += int(ms)
        elif row:
            pages[path].append(row.split("\t")[6])
    return [pages[p] for p in paths], cpu / len(paths)


def tesseract(path, languages):
    """(What it prints, milliseconds of CPU.)"""
    before = os.times()
    out = subprocess.run(["tesseract", path, "-", "--psm", "4", "-l", languages, "tsv"], capture_output=True,
                         env=dict(os.environ, OMP_THREAD_LIMIT="1")).stdout
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return out.decode("utf-8", "replace"), 1000 * spent


def tesseract_words(paths, languages):
    """Of the layouts the better; the start of the program, measured on an empty picture, is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.pgm")
        with open(empty, "wb") as f:
            f.write(b"P5 64 64 255\n" + bytes([255]) * 4096)
        start = sorted(tesseract(empty, languages)[1] for _ in range(9))[4]
    pages, cpu = [], 0
    for p in paths:
        out, spent = tesseract(p, languages)
        cpu += spent - start
        rows = [r.split("\t") for r in out.split("\n")[1:]]
        pages.append([r[11].strip() for r in rows if len(r) == 12 and r[0] == "5" and r[11].strip()])
    return pages, cpu / len(paths)


def report(name, pages, truth, cpu):
    text = []
    for norm in (str.upper, lambda w: re.sub(r"[^A-ZА-ЯЁ0-9]", "", w.upper())):
        hit = a = b = 0
        for p, t in zip(pages, truth):
            h, x, y = score.word_counts([w for w in map(norm, p) if w], [w for w in map(norm, t) if w])
            hit, a, b = hit + h, a + x, b + y
        text.append((hit / max(a, 1), hit / max(b, 1), 2 * hit / max(a + b, 1)))
    (p, r, f), (_, _, alnum) = text
    print(f"{name}: precision {p:.4f} recall {r:.4f} word F1 {f:.4f} alnum {alnum:.4f}, {cpu:.0f} ms CPU a page", flush=True)
    return f


def case_right(pages, truth):
    """Of the words that are right but for case, how many have that right as well."""
    right = found = 0
    for p, t in zip(pages, truth):
        right += score.word_counts(p, t)[0]
        found += score.word_counts([w.upper() for w in p], [w.upper() for w in t])[0]
    return right / max(1, found)


def main(program, weights, data, which, *flags):
    if os.path.isdir(which):
        paths = sorted(os.path.join(which, f) for f in os.listdir(which) if f.endswith(".jpg"))
    elif which == "forms":
        folder = os.path.join(data, "forms")
        paths = sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".png"))
    else:
        fold = folds(os.path.join(data, "sroie"))
        ids = [i for i in sorted(fold) if (fold[i] == HELD_OUT) == (which == "held")]
        if which == "tune":
            ids = random.Random(11).sample(ids, 100)
        paths = [os.path.join(data, "sroie", i + ".jpg") for i in ids]
    truth = [[w for *_, t in boxes(os.path.splitext(p)[0] + ".boxes.txt") for w in t.split()] for p in paths]
    pages, cpu = reader_words(program, weights, paths)
    report("reader", pages, truth, cpu)
    if os.path.isdir(which):
        print(f"reader: case right {case_right(pages, truth):.4f}", flush=True)
    if "--tesseract" in flags:
        pages, cpu = tesseract_words(paths, flags[1] if len(flags) > 1 else "eng")
        report("tesseract", pages, truth, cpu)
        if os.path.isdir(which):
            print(f"tesseract: case right {case_right(pages, truth):.4f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
