"""SROIE in five folds that share no vendor, so that a held-out page is one from a shop never seen."""
import collections
import difflib
import glob
import json
import os
import re

FOLDS = 5


def vendor_of(path):
    try:
        with open(path, encoding="utf-8") as f:
            name = json.load(f).get("company", "")
    except (OSError, ValueError):
        name = ""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def groups(names):
    """Spellings of one vendor together: a common beginning, or nearly the same string."""
    names = sorted(names)
    parent = {n: n for n in names}

    def root(n):
        while parent[n] != n:
            n = parent[n]
        return n

    for i, a in enumerate(names):
        for b in names[i + 1:]:
            if a[:8] == b[:8] or difflib.SequenceMatcher(None, a, b).ratio() > 0.85:
                parent[root(b)] = root(a)
    return {n: root(n) for n in names}


def folds(sroie):
    """{receipt: fold}. Vendors go, largest first, to the fold with the fewest receipts so far."""
    ids = sorted(os.path.basename(p)[:-4] for p in glob.glob(os.path.join(sroie, "*.jpg")))
    vendor = {i: vendor_of(os.path.join(sroie, i + ".key.json")) or "?" + i for i in ids}
    root = groups(set(vendor.values()))
    members = collections.defaultdict(list)
    for i in ids:
        members[root[vendor[i]]].append(i)
    size = [0] * FOLDS
    out = {}
    for v in sorted(members, key=lambda v: (-len(members[v]), v)):
        f = size.index(min(size))
        size[f] += len(members[v])
        out.update({i: f for i in members[v]})
    return out


if __name__ == "__main__":
    import sys
    for i, f in sorted(folds(sys.argv[1]).items()):
        print(f"{i}\t{f}")
