"""Cut the lines that our own finder finds out of the SROIE pictures: found.py docket-reader WEIGHTS DATA OUT

Training on them makes training and use agree: the finder's heights and ends, its neighbouring columns
in one line. A line is kept when it holds whole transcribed boxes and nothing else, and when what
WEIGHTS (of any earlier training) read there is not far from them: a match by place alone is often false.
"""
import math
import os
import pickle
import random
import subprocess
import sys

import cv2
import numpy as np
import torch

import score
from alphabet import CLASSES, clean
from folds import folds
from net import Reader
from prep import MARGIN, TALLEST, boxes, trainable
from restore import restore

FAR = 0.35  # edits a character


def found_lines(program, paths):
    out = subprocess.run([program, "--lines"] + paths, capture_output=True, check=True).stdout.decode()
    pages, page = {p: [] for p in paths}, None
    for row in out.splitlines():
        if row.startswith("# picture "):
            page = pages[row[10:].rsplit(" ", 2)[0]]
        else:
            page.append([float(v) for v in row.split("\t")])
    return pages


def cut(picture, line):
    """The line turned level, with a margin: (pixels, (x, y, width, height))."""
    x, y, length, height, angle = line
    s = min(1.0, TALLEST / height)
    m = max(2.0, MARGIN * height)
    c, n = math.cos(angle), math.sin(angle)
    left, top = x - m * c + m * n, y - m * n - m * c
    back = np.array([[c / s, -n / s, left], [n / s, c / s, top]], np.float32)
    if s < .8:
        picture = cv2.GaussianBlur(picture, (0, 0), .35 / s)
    size = max(3, round((length + 2 * m) * s)), max(5, round((height + 2 * m) * s))
    pixels = cv2.warpAffine(picture, back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                            borderMode=cv2.BORDER_REPLICATE)
    return pixels, (m * s, m * s, length * s, height * s)


def says(line, truth):
    """The transcript of a found line, or None where boxes stick out of it or it sticks out of them."""
    x, y, length, height, angle = line
    inside, covered = [], []
    for x0, y0, x1, y1, text in truth:
        # the box's middle in the line's own coordinates
        cx, cy = (x0 + x1) / 2 - x, (y0 + y1) / 2 - y
        u = cx * math.cos(angle) + cy * math.sin(angle)
        v = cy * math.cos(angle) - cx * math.sin(angle)
        half, h = (x1 - x0) / 2, y1 - y0
        common = min(length, u + half) - max(0, u - half)
        if not 0 < v < height or common < .3 * height and common < half:
            continue
        if u - half < -.6 * height or u + half > length + .6 * height or not .5 < height / h < 1.9:
            return None
        inside.append((u, text))
        covered.append((u - half, u + half))
    if not inside or min(covered)[0] > 1.2 * height or max(c[1] for c in covered) < length - 1.2 * height:
        return None
    return clean(" ".join(t for _, t in sorted(inside)).upper())


def main(program, weights, data, out):
    from train import read_lines  # needs what this file makes for nothing else
    allowed, sroie = trainable(data), os.path.join(data, "sroie")
    fold = {i: f for i, f in folds(sroie).items() if f"sroie/{i}.jpg" in allowed}
    paths = {os.path.join(sroie, i + ".jpg"): i for i in sorted(fold)}
    lines, seen = [], 0
    for path, found in found_lines(program, list(paths)).items():
        picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        truth = boxes(path[:-4] + ".boxes.txt")
        seen += len(found)
        for line in found:
            text = says(line, truth)
            if text:
                pixels, box = cut(picture, line)
                lines.append({"from": paths[path], "fold": fold[paths[path]], "pixels": pixels, "box": box, "text": text,
                              "capitals": True})
    net = Reader(CLASSES)
    restore(net, weights, random.Random(1).sample(lines, 500))
    read = read_lines(net.eval(), lines)
    near = [l for l, r in zip(lines, read) if score.distance(r.upper(), l["text"]) <= max(1, FAR * len(l["text"]))]
    with open(os.path.join(out, "found.pkl"), "wb") as f:
        pickle.dump(near, f, protocol=4)
    print(f"{seen} lines found, {len(lines)} over whole boxes, {len(near)} of them as transcribed")


if __name__ == "__main__":
    torch.manual_seed(1)
    random.seed(1)
    main(*sys.argv[1:5])
