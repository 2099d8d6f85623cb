"""Fold the norms into the weights and write the flat file that parsers/ocr/weights.c reads.

export.py CHECKPOINT LANGUAGE VERSION FILE [FIXTURE DRAWN]: LANGUAGE is language.py's file. With
FIXTURE, also what PyTorch answers on a few of the lines in DRAWN (synth.py's), for the test that holds the
C kernels against it.
"""
import hashlib
import pickle
import struct
import sys

import numpy as np
import torch

from alphabet import ALPHABET, CLASSES
from language import symbols
from lines import HEIGHT, contrast, warp
from net import Reader

PANEL, ALIGN = 16, 64
CONV, DEPTHWISE = 1, 2


def fold(conv, norm):
    """(weights, bias) of a convolution and the norm behind it as one."""
    w = conv.weight.detach().double()
    w = w if w.dim() == 4 else w[:, :, None, None]
    b = conv.bias.detach().double() if conv.bias is not None else torch.zeros(w.shape[0]).double()
    if norm is not None:
        s = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
        w, b = w * s[:, None, None, None], (b - norm.running_mean.double()) * s + norm.bias.detach().double()
    return w.float().numpy(), b.float().numpy()


def bfloat16(w):
    """The upper halves of floats, rounded to the nearest even."""
    bits = np.ascontiguousarray(w, np.float32).view(np.uint32)
    return ((bits + 0x7fff + (bits >> 16 & 1)) >> 16).astype("<u2")


def pairs(panels):
    """[panels][rows][inputs][16] to [panels][rows][inputs / 2][16][2], an odd last input with a zero."""
    p, rows, inner, n = panels.shape
    out = np.zeros((p, rows, (inner + 1) // 2 * 2, n), "<u2")
    out[:, :, :inner] = bfloat16(panels)
    return np.ascontiguousarray(out.reshape(p, rows, -1, 2, n).transpose(0, 1, 2, 4, 3))


def layer(kind, w, b, step, pad, add=-1, rectify=True):
    if kind == DEPTHWISE:
        out, columns = w.shape[0], w.shape[3]
        return dict(kind=kind, shape=(out, out, 1, columns), step=step, pad=pad, add=add, rectify=rectify,
                    weights=w[:, 0, 0, :].T.copy(), bias=b)
    out, inner, rows, columns = w.shape
    more = -out % PANEL
    w = np.concatenate([w, np.zeros((more, inner, rows, columns), np.float32)])
    b = np.concatenate([b, np.full(more, -1e9, np.float32)])
    panels = w.reshape(-1, PANEL, inner, rows, columns).transpose(0, 3, 4, 2, 1).reshape(-1, rows, columns * inner, PANEL)
    return dict(kind=kind, shape=(inner, out + more, rows, columns), step=step, pad=pad, add=add, rectify=rectify,
                weights=pairs(panels), bias=b)


def folded_pairs(net):
    """(convolution, the norm behind it or None) in the order of the file."""
    out = [(net.conv1[0], net.conv1[1]), (net.conv2[0], net.conv2[1]), (net.res1.conv, net.res1.norm),
           (net.conv3[0], net.conv3[1]), (net.res2.conv, net.res2.norm), (net.conv4[0], net.conv4[1])]
    for t in net.along:
        out += [(t.along, t.norm), (t.wide, None), (t.back, t.norm2)]
    return out + [(net.out, None)]


def layers(net):
    out = []
    for m, step, pad in ((net.conv1, (2, 2), (1, 1)), (net.conv2, (2, 2), (1, 1)), (net.res1, None, None),
                         (net.conv3, (2, 1), (1, 1)), (net.res2, None, None), (net.conv4, (1, 1), (0, 0))):
        if step is None:
            out.append(layer(CONV, *fold(m.conv, m.norm), (1, 1), (1, 1), add=len(out) - 1))
        else:
            out.append(layer(CONV, *fold(m[0], m[1]), step, pad))
    for t in net.along:
        before = len(out) - 1
        out.append(layer(DEPTHWISE, *fold(t.along, t.norm), (1, 1), (0, t.along.padding[1]), rectify=False))
        out.append(layer(CONV, *fold(t.wide, None), (1, 1), (0, 0)))
        out.append(layer(CONV, *fold(t.back, t.norm2), (1, 1), (0, 0), add=before, rectify=False))
    w = net.out.weight.detach().numpy()[:, :, None, None]
    out.append(layer(CONV, w, net.out.bias.detach().numpy(), (1, 1), (0, 0), rectify=False))
    return out


def pad_to(b, n):
    return b + bytes(-len(b) % n)


def write(path, version, net, language):
    letters = ALPHABET.encode()
    head = pad_to(pad_to(bytes(64) + letters, ALIGN) + bytes(symbols()), ALIGN)  # what follows byte 64
    ls = layers(net)
    first = 64 + len(head) + 64 * len(ls)
    table, numbers = b"", b""
    for l in ls:
        at = []
        for a in (l["weights"], l["bias"]):
            at.append(first + len(numbers))
            numbers = pad_to(numbers + (a if a.dtype == "<u2" else a.astype("<f4")).tobytes(), ALIGN)
        row = struct.pack("<11I", l["kind"], *l["shape"], *l["step"], *l["pad"], l["add"] + 1, int(l["rectify"]))
        table += pad_to(row + struct.pack("<2Q", *at), 64)
    slots = first + len(numbers)
    body = struct.pack("<4I4Q", HEIGHT, CLASSES, len(letters), len(ls), first, slots + len(language),
                       slots, len(language) // 8)
    body += head[len(body):] + table + numbers + language
    with open(path, "wb") as f:
        f.write(b"DKTREAD3" + version.encode().ljust(24, b"\0") + hashlib.sha256(body).digest() + body)


def as_stored(net):
    """The net with its norms folded in and rounded as the file's weights are."""
    for conv, norm in folded_pairs(net):
        w, b = fold(conv, norm)
        if getattr(conv, "groups", 1) == 1:
            w = (bfloat16(w).astype(np.uint32) << 16).view(np.float32)
        conv.weight.data = torch.from_numpy(w).reshape(conv.weight.shape)
        conv.bias = torch.nn.Parameter(torch.from_numpy(b))
        if norm is not None:
            norm.weight.data.fill_(1)
            norm.bias.data.zero_()
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
    return net


def fixture(path, net, lines):
    """Grey pictures of 32 rows and, for each step, PyTorch's best class and its score."""
    with open(path, "wb") as f:
        f.write(struct.pack("<I", len(lines)))
        for line in lines:
            x, y, w, h = line["box"]
            g = warp(line["pixels"], x - .12 * h, y - .08 * h, x + w + .12 * h, y + 1.08 * h, 1, 0, 0, 16)
            g = g[:, :g.shape[1] // 4 * 4]
            with torch.no_grad():
                scores = net(torch.from_numpy(contrast(g))[None, None])[0]
            f.write(struct.pack("<2I", g.shape[1], scores.shape[0]) + g.tobytes())
            f.write(scores.max(-1).indices.numpy().astype("<u2").tobytes())
            f.write(scores.max(-1).values.numpy().astype("<f4").tobytes())


def main(checkpoint, language, version, path, fixture_path=None, drawn=None):
    net = Reader(CLASSES).eval()
    state = torch.load(checkpoint, map_location="cpu")
    assert state["alphabet"] == ALPHABET
    net.load_state_dict(state["mean"])
    with open(language, "rb") as f:
        write(path, version, net, f.read())
    if fixture_path:
        with open(drawn, "rb") as f:
            fixture(fixture_path, as_stored(net), [l for l in pickle.load(f) if 4 < len(l["text"]) < 24][:4])


if __name__ == "__main__":
    main(*sys.argv[1:])
