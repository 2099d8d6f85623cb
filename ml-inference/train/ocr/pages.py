"""Draw whole pages with their words known: pages.py receipts|words|prose|book SEED COUNT FOLDER

`receipts`: Russian cash receipts, a heading, goods with quantities and prices, totals, fiscal numbers.
`words`: rows of Russian and English words in mixed case. `prose`: justified paragraphs of manual pages
(`manpages-ru`, GPL-3 and others, and what English ones there are), in book faces, every second page Russian.
`book`: the English ones with hyphens at the ends of lines, quotes and long dashes, in one or two columns under a
heading, as scans. The others are printed in monospaced and common fonts, worn as ordinary receipts are (uneven
ink, blur, noise, a slight turn, JPEG). In FOLDER/N.jpg with FOLDER/N.boxes.txt.
Only for measuring: training draws lines (synth.py) with its own dice.
"""
import glob
import gzip
import os
import random
import re
import sys

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import synth
import words
from alphabet import clean

GOODS = [w for w in words.RU if len(w) > 3 and not any(c.isdigit() for c in w)]


def price(low, high):
    return f"{random.uniform(low, high):.2f}"


def receipt(russian):
    """Rows of (left, middle, right)."""
    shop = random.choice(["ООО", "ИП", "АО"]) + " " + random.choice(russian).capitalize()
    rows = [("", shop, ""), ("", f"г. {random.choice(['Москва', 'Казань', 'Пермь', 'Омск', 'Тула'])}, "
                                 f"ул. {random.choice(russian).capitalize()}, д. {random.randint(1, 99)}", ""),
            ("", f"ИНН {words.digits(10)}", ""),
            (f"Кассовый чек №{random.randint(1, 9999)}", "", "Приход"),
            (f"Кассир: {random.choice(russian).capitalize()} {random.choice('АБВГДЕИКЛМ')}.", "", f"Смена {random.randint(1, 400)}")]
    total = 0
    for i in range(random.randint(3, 9)):
        name = " ".join(random.choice(GOODS if random.random() < .6 else russian) for _ in range(random.choice([1, 2, 2, 3])))
        n, each = random.choice([1, 1, 1, 2, 3]), random.uniform(9, 900)
        total += n * round(each, 2)
        rows += [(f"{i + 1}. {name.capitalize() if random.random() < .7 else name.upper()}"[:34].strip(), "", ""),
                 ("", "", f"{n} x {each:.2f} = {n * round(each, 2):.2f}")]
    rows += [("ИТОГ", "", f"={total:.2f}"), ("Сумма НДС 20%", "", f"={total / 6:.2f}"),
             (random.choice(["Наличными", "Безналичными"]), "", f"={total:.2f}"),
             (f"{random.randint(1, 28):02}.{random.randint(1, 12):02}.{random.randint(2019, 2026)} {words.time()[:5]}", "",
              "СНО: ОСН"),
             (f"ФН № {words.digits(16)}", "", ""), (f"ФД № {words.digits(5)}", "", f"ФП: {words.digits(10)}"),
             ("", "Спасибо за покупку!", "")]
    return rows


def mixed(russian, english):
    """Twelve rows of words as sentences and names have them: small, capitalised, all capitals."""
    rows = []
    for _ in range(12):
        source = russian if random.random() < .5 else english
        row = [random.choice(source) for _ in range(4)]
        row = [w.lower() if r < .5 else w.capitalize() if r < .85 else w.upper()
               for w, r in ((w, random.random()) for w in row if len(w) > 2)]
        rows.append((" ".join(row), "", ""))
    return rows


def manual(folder, letter, least):
    """Paragraphs of running text out of manual pages."""
    out = []
    for path in random.sample(sorted(glob.glob(folder)), 150):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as f:
            text = f.read()
        for block in re.split(r"\n(?=[.])|\n\n", text):
            block = " ".join(r for r in block.split("\n") if not r.startswith((".", "'")))
            block = block.replace("\\-", "-").replace("\\(aq", "'").replace("\\(dq", '"')
            block = " ".join(re.sub(r"\\(f.|f\[.*?\]|\(..|.)", "", block).split())
            if len(block) > least and len(re.findall(letter, block)) > .7 * len(block):
                out.append(block)
    return out


def column(paragraphs):
    """Rows of a page: (words, whether they fill the line)."""
    width, rows = random.randint(38, 78), []
    while len(rows) < 26:
        row = []
        for word in clean(random.choice(paragraphs)).split():
            if row and len(" ".join(row + [word])) > width:
                rows.append((row, True))
                row = []
            row.append(word)
        rows.append((row, False))
    return rows


def draw_prose(rows, path):
    """As draw(), both edges straight."""
    size = random.randint(18, 30)
    font = ImageFont.truetype(path, size)
    space = font.getlength(" ")
    lengths = [sum(font.getlength(w) for w in row) + space * (len(row) - 1) for row, _ in rows]
    width, margin, pitch = max(l for l, (_, full) in zip(lengths, rows) if full), 2 * size, int(size * random.uniform(1.15, 1.5))
    image = Image.new("L", (int(width) + 2 * margin, pitch * len(rows) + 2 * margin), 0)
    pen, boxes = ImageDraw.Draw(image), []
    for i, ((row, full), length) in enumerate(zip(rows, lengths)):
        gap = space + ((width - length) / max(1, len(row) - 1) if full else 0)
        x, y = margin, margin + i * pitch
        for word in row:
            pen.text((x, y), word, fill=255, font=font)
            b = font.getbbox(word)
            boxes.append((int(x + b[0]), int(y + b[1]), int(x + b[2]) + 1, int(y + b[3]) + 1, word))
            x += font.getlength(word) + gap
    return np.asarray(image).astype(np.float32) / 255, boxes


def dressed(paragraph):
    """With what manuals lack of a book's marks: quotes, dashes between words, somebody who says "I"."""
    out = paragraph.split()
    for k in range(1, len(out) - 2):
        r = random.random()
        if r < .03:
            out[k] = "“" + out[k]
            out[min(len(out) - 1, k + random.randint(0, 4))] += random.choice(["”", ",”", ".”"])
        elif r < .045:
            out[k] = out[k] + "—" + out.pop(k + 1)
            out.append("")
        elif r < .06:
            out[k] = random.choice(["I", "I’ve", "“I", "“I’m", "“I’d", "it’s", "didn’t", "—"])
    return [w for w in out if w]


def broken(word, fits):
    """The longest beginning of the word that fits, with a hyphen, and the rest."""
    for k in range(len(word) - 2, 1, -1):
        if word.isalpha() and word[k - 1].lower() in "aeiou" and word[k] not in "aeiou" and fits(word[:k] + "-"):
            return word[:k] + "-", word[k:]
    return None


def set_column(paragraphs, font, width, count):
    """Rows of (words, whether the row fills the column)."""
    rows, space = [], font.getlength(" ")
    while len(rows) < count:
        row, taken = [], 0.0
        todo = dressed(random.choice(paragraphs))
        while todo:
            word = todo.pop(0)
            long = font.getlength(word)
            if row and taken + space + long > width:
                room = width - taken - space
                parts = broken(word, lambda w: font.getlength(w) <= room)
                if parts:
                    row.append(parts[0])
                    todo.insert(0, parts[1])
                else:
                    todo.insert(0, word)
                rows.append((row, True))
                row, taken = [], 0.0
                continue
            taken += long + (space if row else 0)
            row.append(word)
        rows.append((row, False))
    return rows[:count]


def draw_book(paragraphs, path):
    """A scanned page of one or two justified columns under a heading, with the number of the page."""
    size = random.randint(24, 46)
    font, large = ImageFont.truetype(path, size), ImageFont.truetype(path, int(size * random.uniform(1.4, 4)))
    columns, count = random.choice([1, 2, 2]), random.randint(14, 24)
    width, gutter, margin = int(size * random.uniform(13, 20) * (2 if columns == 1 else 1)), int(size * random.uniform(1, 2)), 3 * size
    pitch, top = int(size * random.uniform(1.05, 1.4)), 3 * size + 2 * large.size
    image = Image.new("L", (columns * width + (columns - 1) * gutter + 2 * margin, top + pitch * count + 4 * size), 0)
    pen, boxes, space = ImageDraw.Draw(image), [], font.getlength(" ")

    def put(x, y, word, f):
        pen.text((x, y), word, fill=255, font=f)
        b = f.getbbox(word)
        boxes.append((int(x + b[0]), int(y + b[1]), int(x + b[2]) + 1, int(y + b[3]) + 1, clean(word)))

    x = margin
    for word in random.choice(paragraphs).title().split():
        if not word.isalpha() or x + large.getlength(word) > image.width - margin:
            break
        put(x, margin, word, large)
        x += large.getlength(word + " ")
    for c in range(columns):
        left, down = margin + c * (width + gutter), random.uniform(-.3, .3) * pitch
        for i, (row, full) in enumerate(set_column(paragraphs, font, width, count)):
            long = sum(font.getlength(w) for w in row) + space * (len(row) - 1)
            gap, x = space + (max(0, width - long) / max(1, len(row) - 1) if full else 0), left
            for word in row:
                put(x, top + down + i * pitch, word, font)
                x += font.getlength(word) + gap
    put(image.width / 2, image.height - 2 * size, str(random.randint(2, 400)), font)
    return np.asarray(image).astype(np.float32) / 255, boxes


def scanned(ink):
    """Good print under a scanner: one bit in half of the pages, a speck here and there."""
    h, w = ink.shape
    g = cv2.GaussianBlur(ink, (0, 0), random.uniform(.5, 1.3))
    m = cv2.getRotationMatrix2D((w / 2, h / 2), random.uniform(-.6, .6), 1)
    g = cv2.warpAffine(g, m, (w, h), flags=cv2.INTER_LINEAR)
    for _ in range(random.randint(0, 60)):
        cv2.circle(g, (random.randrange(w), random.randrange(h)), random.choice([0, 0, 1]), 1, -1)
    noise = cv2.GaussianBlur(np.random.randn(h, w).astype(np.float32), (0, 0), .7)
    if random.random() < .5:
        return ((g + noise * random.uniform(0, .4) < random.uniform(.3, .6)) * 255).astype(np.uint8)
    paper, dark = random.uniform(200, 255), random.uniform(0, 110)
    return np.clip(paper + (dark - paper) * g + noise * random.uniform(0, 16), 0, 255).astype(np.uint8)


def draw(rows, path):
    """Ink on white, and the box of every word."""
    size = random.randint(20, 30)
    font = ImageFont.truetype(path, size)
    width = int(max(sum(font.getlength(part + "   ") for part in row if part) for row in rows) + size)
    pitch, margin = int(size * random.uniform(1.15, 1.5)), size
    image = Image.new("L", (width + 2 * margin, pitch * len(rows) + 2 * margin), 0)
    pen, boxes = ImageDraw.Draw(image), []
    for i, row in enumerate(rows):
        for part, place in zip(row, (0, .5, 1)):
            x, y = margin + place * (width - font.getlength(part)), margin + i * pitch
            space = font.getlength(" ")
            for word in part.split():
                pen.text((x, y), word, fill=255, font=font)
                b = font.getbbox(word)
                boxes.append((int(x + b[0]), int(y + b[1]), int(x + b[2]) + 1, int(y + b[3]) + 1, word))
                x += font.getlength(word) + space
    return np.asarray(image).astype(np.float32) / 255, boxes


def worn(ink):
    """Grey levels of the printed page; what is drawn stays where it is but for a turn of a degree."""
    h, w = ink.shape
    coarse = cv2.resize(np.random.rand(h // 24 + 2, w // 24 + 2).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    ink = ink * (1 - random.uniform(0, .5) * np.clip(coarse, 0, 1))
    paper, dark = random.uniform(200, 250), random.uniform(20, 110)
    light = np.linspace(random.uniform(.8, 1), random.uniform(.8, 1), w, dtype=np.float32)
    g = cv2.GaussianBlur((paper + (dark - paper) * ink) * light, (0, 0), random.uniform(.4, 1))
    m = cv2.getRotationMatrix2D((w / 2, h / 2), random.uniform(-1, 1), 1)
    g = cv2.warpAffine(g, m, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(g + np.random.randn(h, w) * random.uniform(1, 8), 0, 255).astype(np.uint8)


def main(kind, seed, count, folder):
    random.seed(seed)
    np.random.seed(seed)
    os.makedirs(folder, exist_ok=True)
    english, russian = words.headwords()
    alphabet = {ord(c) for c in "АЯЁаяё№0Zz"}
    fonts = sorted(f.path for name, family in synth.fonts().items() for f in family
                   if alphabet <= f.covers and not synth.SLANTED.search(f.path) and f.path.endswith((".ttf", ".otf"))
                   and (synth.COMMON.search(name) or synth.MONO.search(name)))
    if kind == "prose":
        says = [manual("/usr/share/man/man[1-8]/*.gz", "[a-z]", 120), manual("/usr/share/man/ru/man*/*.gz", "[а-яё]", 120)]
        fonts = sorted(f.path for name, family in synth.fonts().items() for f in family
                       if alphabet <= f.covers and synth.BOOK.search(name) and f.path.endswith((".ttf", ".otf"))
                       and not synth.SLANTED.search(f.path) and not synth.MONO.search(name))
    if kind == "book":
        says = manual("/usr/share/man/man[1-8]/*.gz", "[a-z]", 120)
        marks = {ord(c) for c in "“”’—"}
        fonts = sorted(f.path for name, family in synth.fonts().items() for f in family
                       if marks <= f.covers and synth.BOOK.search(name) and f.path.endswith((".ttf", ".otf"))
                       and not synth.SLANTED.search(f.path) and not synth.MONO.search(name))
    for i in range(count):
        if kind == "book":
            page, boxes = draw_book(says, random.choice(fonts))
            picture = scanned(page)
        elif kind == "prose":
            ink, boxes = draw_prose(column(says[i % 2]), random.choice(fonts))
        else:
            rows = receipt(russian) if kind == "receipts" else mixed(russian, [w for w in english if w.isascii()])
            ink, boxes = draw(rows, random.choice(fonts))
        if kind != "book":
            picture = worn(ink)
        cv2.imwrite(os.path.join(folder, f"{i:03}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, random.randint(60, 92)])
        with open(os.path.join(folder, f"{i:03}.boxes.txt"), "w", encoding="utf-8") as f:
            for x0, y0, x1, y1, text in boxes:
                f.write(f"{x0},{y0},{x1},{y0},{x1},{y1},{x0},{y1},{text}\n")
    print(f"{count} pages in {len(fonts)} fonts")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
