"""Weights between two files: blend.py A B SHARE VERSION FILE [FIXTURE DRAWN]

Every number is A's but for SHARE of the way to B's; the language model is A's. B has been trained on from A gently
(train.py --gently), so that what lies between is a net as well: it keeps most of what B has learnt and little
of what B has forgotten (M. Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). FIXTURE as export.py's.
"""
import pickle
import struct
import sys

from alphabet import CLASSES
from export import as_stored, fixture, write
from net import Reader
from restore import arrays, put


def main(a, b, share, version, path, fixture_path=None, drawn=None):
    with open(a, "rb") as f:
        first = f.read()
    with open(b, "rb") as f:
        second = f.read()
    k, net = float(share), Reader(CLASSES).eval()
    put(net, [(w + k * (v - w), c + k * (d - c)) for (w, c), (v, d) in zip(arrays(first), arrays(second))])
    slots, = struct.unpack_from("<Q", first, 64 + 32)
    write(path, version, net, first[slots:])
    if fixture_path:
        with open(drawn, "rb") as f:
            fixture(fixture_path, as_stored(net), [l for l in pickle.load(f) if 4 < len(l["text"]) < 24][:4])


if __name__ == "__main__":
    main(*sys.argv[1:])
