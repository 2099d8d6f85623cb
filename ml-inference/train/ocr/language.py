"""The language model that the reader's search asks: language.py OUT FILE [FOLD TO LEAVE OUT...]

Counts n-grams of symbols over the transcripts of the trained folds, the generator's phrases, prose and the
dictionaries, smooths them (I. Witten, T. Bell, "The Zero-Frequency Problem", 1991), drops what its
shorter neighbour says as well, and writes the hash table that parsers/ocr/language.c reads in place.
"""
import collections
import math
import os
import pickle
import random
import re
import sys

import numpy as np

import synth
import words
from alphabet import ALPHABET, clean

ORDER, UNIT, WORST, TRIES = 6, 16, 255, 64
SPACE, DIGIT = 1, 2
# Drawn alike in Latin and Cyrillic, by their capitals.
ALIKE = dict(zip("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI"))
SEEN = (0, 0, 1, 2, 5, 5)  # weighted times that an n-gram of one symbol, two... must have been seen
GAIN_KEPT = 4.8e-7  # nats a symbol; an n-gram that gains less is left out


def symbols():
    """The symbol of every class; case, digits and alike letters are one."""
    numbers, out = {" ": SPACE, "0": DIGIT}, [0]
    for c in ALPHABET:
        key = "0" if c.isascii() and c.isdigit() else ALIKE.get(c.upper(), c.upper())
        out.append(numbers.setdefault(key[:1], len(numbers) + 1))
    assert max(out) < 256
    return out


def lines(out, leave_out):
    """(text, weight)"""
    with open(os.path.join(out, "sroie.pkl"), "rb") as f:
        real = [l["text"] for l in pickle.load(f) if l["fold"] not in leave_out]
    yield from ((t, 4) for t in real)
    says = synth.Text(real)
    for _ in range(60000):
        russian = random.random() < .5
        text = says.line_of(words.RU if russian else words.EN, says.russian if russian else says.english, russian)
        yield text, 1
    for _ in range(8000):
        yield printed(says), 1
    for _ in range(6000):
        yield says.line_of(words.EUROPEAN, words.EUROPEAN, False), 1
    for paragraphs, n in zip(words.prose(), (16000, 16000)):
        for _ in range(n):
            yield re.sub("--+", "-", clean(words.prose_line(paragraphs))), 1  # a long dash is read as a short one
    for w in says.english:
        yield w, .5
    for w in says.russian:
        yield w, .5


def printed(says):
    """What cash registers print around names and sums."""
    d, name, money = words.digits, random.choice(says.russian).capitalize(), lambda: f"{random.uniform(1, 3000):.2f}"
    n, x = random.randint(1, 12), random.choice(["x", "х", "*"])
    return random.choice([
        lambda: f"{n} {x} {money()} = {money()}", lambda: f"{n}.000 {x} {money()} ={money()}", lambda: f"= {money()}",
        lambda: f"{random.choice(['ООО', 'ОАО', 'ЗАО', 'АО', 'ПАО'])} {random.choice(['', '«', chr(34)])}{name}",
        lambda: f"ИП {name} {random.choice('АБВГДЕИКЛМНОПРСТ')}.{random.choice('АБВГДЕИКЛМНОПРСТ')}.",
        lambda: f"{random.choice(words.RU)} №{d(4)}", lambda: f"№{d(3)} {name}", lambda: f"г. {name}, ул. {name}, д. {n}, кв. {n}",
        lambda: f"СНО: {random.choice(['ОСН', 'УСН', 'ПСН', 'УСН доход'])}", lambda: f"Кассир: {name} {name[0]}.",
        lambda: f"ИТОГ ={money()}", lambda: f"ИТОГО: {money()}", lambda: f"Сумма НДС {n}% ={money()}", lambda: f"{n}. {name}",
    ])()


def count(texts):
    symbol = dict(zip(ALPHABET, symbols()[1:]))
    grams = [collections.Counter() for _ in range(ORDER)]
    for text, weight in texts:
        s = [SPACE] + [symbol[c] for c in text if c in symbol] + [SPACE]
        key = [0] * ORDER  # of the n-grams that end here
        for i, x in enumerate(s):
            for k in range(ORDER - 1, 0, -1):
                key[k] = key[k - 1] << 8 | x if k <= i else 0
            key[0] = x
            if i:
                for k in range(min(ORDER, i + 1)):
                    grams[k][key[k]] += weight
    return grams


def smoothed(grams):
    """{n-gram: [P of its last symbol, weight of what is not seen behind it]}"""
    kinds, sums = collections.Counter(), collections.Counter()
    for table in grams[1:]:
        for g, c in table.items():
            kinds[g >> 8] += 1
            sums[g >> 8] += c
    total, distinct = sum(grams[0].values()), len(grams[0])
    p = {g: (c + distinct / 256) / (total + distinct) for g, c in grams[0].items()}
    for k, table in enumerate(grams[1:], 1):
        for g, c in table.items():
            if c < SEEN[k]:
                continue
            context, shorter = g >> 8, g & ((1 << 8 * k) - 1)
            n, t = sums[context], kinds[context]
            back = p.get(shorter)
            if back is None:
                continue
            p[g] = (c + t * back) / (n + t)
    return p, {h: kinds[h] / (kinds[h] + sums[h]) for h in kinds}


def pruned(grams, p, weights):
    """Without the n-grams whose shorter neighbours give nearly the same; what is left adds up to one again."""
    total, kept, used = sum(grams[0].values()), dict(p), set()
    for k in range(ORDER - 1, 0, -1):
        mask, left = (1 << 8 * k) - 1, collections.defaultdict(lambda: [1.0, 1.0])
        for g in [g for g in grams[k] if g in p]:
            guess = p[g & mask]
            gain = grams[k][g] / total * abs(math.log(p[g] / (weights[g >> 8] * guess)))
            if k > 1 and gain < GAIN_KEPT and g not in used:
                del kept[g]
                continue
            left[g >> 8][0] -= p[g]
            left[g >> 8][1] -= guess
        used = set(left)
        weights = {h: w for h, w in weights.items() if (h.bit_length() + 7) // 8 != k}
        for h, (own, others) in left.items():
            weights[h] = min(1, max(1e-6, own / max(others, 1e-6)))
    return kept, weights


def stored(nats):
    return min(WORST, max(0, round(nats * UNIT)))


def spot(gram):
    """As find() of language.c."""
    h = (gram ^ gram >> 23) * 0x9e3779b97f4a7c15 % (1 << 64)
    return ((h ^ h >> 29) * 0xbf58476d1ce4e5b9 % (1 << 64)) >> 32


def table(p, weights):
    """The likeliest first; the few that find no room any more are left out."""
    slots = 1 << math.ceil(math.log2(len(p) * 1.2))
    out = np.zeros(slots, np.uint64)
    for g in sorted(p, key=lambda g: -p[g]):
        nats = -math.log(p[g]) + (math.log(10) if g & 255 == DIGIT else 0)
        value = g << 16 | stored(nats) << 8 | stored(-math.log(weights[g]) if g in weights else 0)
        at = spot(g)
        for k in range(TRIES):
            if out[(at + k) % slots] == 0:
                out[(at + k) % slots] = value
                break
    return out


def main(out, path, *leave_out):
    random.seed(1)
    grams = count(lines(out, {int(f) for f in leave_out} or {0}))
    p, weights = pruned(grams, *smoothed(grams))
    t = table(p, weights)
    t.astype("<u8").tofile(path)
    print(f"{np.count_nonzero(t)} of {len(p)} n-grams, {[sum(g in p for g in c) for c in grams]} by length, {t.nbytes >> 10} KiB")


if __name__ == "__main__":
    main(*sys.argv[1:])
