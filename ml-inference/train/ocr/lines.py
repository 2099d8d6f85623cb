"""From a crop to what the net sees: 32 rows, ink near 1, paper near 0. parsers/ocr/crop.c does the same."""
import math
import random

import cv2
import numpy as np
import torch

cv2.setNumThreads(1)

HEIGHT = 32
STRIDE = 4  # columns of the picture for one step of the answer
WIDEST = 1400
PAD = 32
MARGIN_Y, MARGIN_X = 0.08, 0.12  # around the line's box, of its height
LEAST_PITCH, MOST_STRETCH = 23, 1.6  # columns a letter; as crop.c


def contrast(g):
    """Paper (the 85th percentile) to 0, the darkest pixel to 1; faint lines are stretched, not noise."""
    paper = float(np.percentile(g, 85, method="lower"))
    ink = float(g.min())
    return np.clip((paper - g.astype(np.float32)) / max(paper - ink, 24.0), -0.3, 1.2)


def least_width(text):
    """CTC needs a step for every character and one between equal neighbours."""
    return STRIDE * (len(text) + sum(a == b for a, b in zip(text, text[1:])) + 1)


def usual_width(line):
    x, y, w, h = line["box"]
    return max(min(w / h * HEIGHT * 0.95 * stretch_of(line) + 8, WIDEST), least_width(line["text"]))


def stretch_of(line):
    """How much wider than it is crop.c draws a line of such close letters."""
    x, y, w, h = line["box"]
    letters = sum(c.isalnum() for c in line["text"])
    pitch = w / max(1, letters) * HEIGHT / (h * (1 + 2 * MARGIN_Y))
    return min(max(LEAST_PITCH / max(pitch, 1), 1), MOST_STRETCH) if letters else 1


def plain(line):
    """The line as the finder would cut it."""
    x, y, w, h = line["box"]
    top, side = MARGIN_Y * h, MARGIN_X * h
    return contrast(warp(line["pixels"], x - side, y - top, x + w + side, y + h + top, stretch_of(line), 0, 0, 16))


def varied(line):
    """The line as a clumsy finder, another printer or a worse camera would give it."""
    R = random.uniform
    x, y, w, h = line["box"]
    top, bottom, left, right = R(-.06, .24) * h, R(-.06, .24) * h, R(-.04, .3) * h, R(-.04, .3) * h
    shear = R(-.12, .12) if random.random() < .4 else 0
    turn = R(-.04, .04) * min(1, 6 * h / w) if random.random() < .4 else 0
    stretch = stretch_of(line) * R(.82, 1.15) if random.random() < .75 else R(.8, 1.22)
    g = warp(line["pixels"], x - left, y - top, x + w + right, y + h + bottom, stretch, shear, turn,
             max(16, least_width(line["text"])))
    r, size = random.random(), (g.shape[1], g.shape[0])
    if r < .15:
        g = cv2.GaussianBlur(g, (0, 0), R(.4, 1.1))
    elif r < .25:
        f = R(.45, .8)
        g = cv2.resize(cv2.resize(g, None, fx=f, fy=f, interpolation=cv2.INTER_AREA), size)
    elif r < .31:
        g = cv2.erode(g, np.ones((2, 2), np.uint8))
    elif r < .37:
        g = cv2.dilate(g, np.ones((2, 2), np.uint8))
    x = contrast(g)
    if random.random() < .3:
        x = x * R(.55, 1.15) + R(-.05, .1)
    if random.random() < .3:
        x = np.sign(x) * np.abs(x) ** R(.6, 1.6)
    if random.random() < .3:
        x = x + np.random.randn(*x.shape).astype(np.float32) * R(.02, .12)
    return x.astype(np.float32)


def warp(pixels, x0, y0, x1, y1, stretch, shear, turn, least):
    s = HEIGHT / (y1 - y0)
    width = int(min(max(round((x1 - x0) * s * stretch), least), WIDEST))
    sx, sy = (x1 - x0) / width, 1 / s
    if sy > 1.6:
        pixels = cv2.GaussianBlur(pixels, (0, 0), .35 * sy)
    m = np.array([[sx, shear * sy, x0 - shear * sy * HEIGHT / 2], [turn * sx, sy, y0 - turn * sx * width / 2]],
                 np.float32)
    return cv2.warpAffine(pixels, m, (width, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)


def collate(xs):
    """Pictures of different widths as one tensor, padded with paper."""
    width = math.ceil(max(x.shape[1] for x in xs) / PAD) * PAD
    out = np.zeros((len(xs), 1, HEIGHT, width), np.float32)
    for i, x in enumerate(xs):
        out[i, 0, :, :x.shape[1]] = x
    return torch.from_numpy(out).contiguous(memory_format=torch.channels_last)


def steps(x):
    """Steps of the answer that belong to the picture; what follows belongs to the padding."""
    return (x.shape[1] + STRIDE - 1) // STRIDE


def batches(widths, columns=10752, most=96, shuffle=True):
    """Indices in groups of like width, each about `columns` wide together."""
    noise = np.random.uniform(.9, 1.1, len(widths)) if shuffle else 1
    out, group = [], []
    for k in np.argsort(np.array(widths) * noise, kind="stable"):
        n = len(group) + 1
        if group and (n * math.ceil(widths[k] * 1.1 / PAD) * PAD > columns or n > most):
            out.append(group)
            group = []
        group.append(int(k))
    if group:
        out.append(group)
    if shuffle:
        random.shuffle(out)
    return out
