"""Cut the transcribed lines out of the SROIE pictures: prep.py DATA OUT

Each is kept with a margin, so that training can move its borders about. Only rows that the data's
manifest marks `train` are touched.
"""
import csv
import os
import pickle
import sys

import cv2

from alphabet import clean
from folds import folds

MARGIN = 0.3  # of the line's height, on every side
TALLEST = 44  # larger lines are reduced: the net sees 32 rows


def trainable(data):
    with open(os.path.join(data, "manifest.tsv"), encoding="utf-8", newline="") as f:
        rows = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {r["path"] for r in rows if r["use"] == "train"}


def boxes(path):
    """(x0, y0, x1, y1, transcript) of every line of a `.boxes.txt`."""
    out = []
    with open(path, encoding="utf-8", errors="replace") as f:
        for row in f:
            part = row.rstrip("\r\n").split(",", 8)
            if len(part) == 9 and part[8].strip():
                x, y = [int(v) for v in part[0:8:2]], [int(v) for v in part[1:8:2]]
                out.append((min(x), min(y), max(x), max(y), part[8].strip()))
    return out


def cut(picture, box):
    """The crop and where in it the line lies: (pixels, (x, y, width, height))."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    m = max(2, round(MARGIN * h))
    rows, cols = picture.shape
    left, top, right, bottom = max(0, x0 - m), max(0, y0 - m), min(cols, x1 + m), min(rows, y1 + m)
    if w < 3 or h < 5 or right - left < 3 or bottom - top < 5:
        return None
    crop = cv2.copyMakeBorder(picture[top:bottom, left:right], top - (y0 - m), (y1 + m) - bottom,
                              left - (x0 - m), (x1 + m) - right, cv2.BORDER_REPLICATE)
    s = 1.0
    if h > TALLEST:
        s = TALLEST / h
        crop = cv2.resize(crop, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
    return crop, (m * s, m * s, w * s, h * s)


def main(data, out):
    allowed = trainable(data)
    sroie = os.path.join(data, "sroie")
    lines = []
    for receipt, fold in sorted(folds(sroie).items()):
        if f"sroie/{receipt}.jpg" not in allowed:
            continue
        picture = cv2.imread(os.path.join(sroie, receipt + ".jpg"), cv2.IMREAD_GRAYSCALE)
        for *box, text in boxes(os.path.join(sroie, receipt + ".boxes.txt")):
            piece, text = cut(picture, box), clean(text.upper())
            if piece and text:
                lines.append({"from": receipt, "fold": fold, "pixels": piece[0], "box": piece[1], "text": text,
                              "capitals": True})
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "sroie.pkl"), "wb") as f:
        pickle.dump(lines, f, protocol=4)
    counts = [sum(line["fold"] == k for line in lines) for k in range(5)]
    print(f"{len(lines)} lines of {len({line['from'] for line in lines})} receipts; by fold {counts}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
