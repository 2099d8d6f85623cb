"""How near a reading is to the truth."""
import collections


def distance(a, b):
    """Levenshtein."""
    if a == b:
        return 0
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1]


def word_counts(read, truth):
    a, b = collections.Counter(read), collections.Counter(truth)
    return sum((a & b).values()), len(read), len(truth)


def lines(read, truth):
    """Character error rate, lines wholly right, word F1."""
    errors = sum(distance(r, t) for r, t in zip(read, truth))
    hit = a = b = 0
    for r, t in zip(read, truth):
        h, x, y = word_counts(r.split(), t.split())
        hit, a, b = hit + h, a + x, b + y
    return {"cer": round(errors / max(1, sum(map(len, truth))), 4),
            "exact": round(sum(r == t for r, t in zip(read, truth)) / max(1, len(truth)), 4),
            "word_f1": round(2 * hit / max(1, a + b), 4)}
