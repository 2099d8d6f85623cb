"""Draw lines of text as papers show them: synth.py SEED COUNT OUT [prose]

Fonts are Debian's (README.md lists the packages). Every line is drawn word by word, so that spaces
vary as they do on paper, then worn: dot matrix, faded thermal print, gaps of a tired print head, a
typewriter's uneven stroke, blur, low resolution, nearly black-and-white scans, JPEG, uneven light, with
neighbouring lines and rules at the edges. A few are no text at all (rules, specks) and teach silence.
With `prose` they are lines of running text instead: book and office faces, justified and kerned, tight
between words, some words slanted or bold, printed well and scanned badly.
"""
import collections
import os
import pickle
import random
import re
import subprocess
import sys

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import words
from alphabet import ALPHABET, CLASS, clean

cv2.setNumThreads(1)

NOT_TEXT = re.compile("Symbol|Dingbat|Emoji|Icon|Math|Music|Standard ?Symbols|Z003|Braille|D050|DSEG|DroidSansFallback|Tlwg.*Bats|"
                      "Outline|Stencil|Fraktur|Script|Hand|Display(?!.*Noto)|cmex|cmsy|Initials|Powerline", re.I)
THIN = re.compile("Thin|Hairline|ExtraLight|UltraLight", re.I)
SLANTED = re.compile("Italic|Oblique|Slanted", re.I)
MONO = re.compile("mono|hack|incons|3270|anonym|courier|jetbr|cousine|fira ?code|ocr|typewriter|terminus|spleen|proggy|"
                  "hermit|agave|typist|glass|creep|fixed|code|unifont", re.I)
BOOK = re.compile("serif(?!.*sans)|roman|times|tinos|libertine|garamond|schola|bookman|palladio|P052|C059|termes|caladea|vollkorn|"
                  "old ?standard|gentium|charis|CMU (Serif|Concrete)|bitter|georgia|cambria|gelasio|slab|vera", re.I)
COMMON = re.compile("^(Liberation|Nimbus|Free|DejaVu|Carlito|Noto|Roboto|Open Sans|Tinos|Arimo|Cousine|PT |Courier)")


class Font:
    def __init__(self, path, covers):
        self.path, self.covers, self.sizes = path, covers, {}

    def at(self, size):
        if size not in self.sizes:
            self.sizes[size] = ImageFont.truetype(self.path, size)
        return self.sizes[size]


def charset(ranges):
    out = set()
    for r in ranges.split():
        a, _, b = r.partition("-")
        out.update(range(int(a, 16), int(b or a, 16) + 1))
    return frozenset(out)


def fonts():
    """{family: [Font]}, families that hold at least Latin letters and digits."""
    listing = subprocess.run(["fc-list", "--format", "%{file}\t%{family[0]}\t%{style[0]}\t%{charset}\n"],
                             capture_output=True, check=True).stdout.decode("utf-8", "replace")
    families = collections.defaultdict(list)
    for row in sorted(set(listing.split("\n"))):
        part = row.split("\t")
        if len(part) != 4 or not part[0].endswith((".ttf", ".otf", ".otb")):
            continue
        name = os.path.basename(part[0]) + " " + part[1] + " " + part[2]
        if NOT_TEXT.search(name) or THIN.search(name):
            continue
        family = part[1]
        if family.startswith("Noto"):  # a hundred scripts share one Latin design
            family = " ".join(family.split()[:2])
            if not re.match(r"Noto(Sans|Serif|SansMono|SansDisplay|SerifDisplay)-", os.path.basename(part[0])):
                continue
        covers = charset(part[3])
        if all(ord(c) in covers for c in "AZaz09.,:-"):
            families[family].append(Font(part[0], covers))
    return dict(families)


class Text:
    """Chooses what a line says."""

    def __init__(self, transcripts):
        self.transcripts = transcripts
        self.english, self.russian = words.headwords()

    def cased(self, text):
        r = random.random()
        if r < .3:
            return text.upper()
        if r < .5:
            return text.capitalize()
        if r < .72:
            return " ".join(w[:1].upper() + w[1:] for w in text.split(" "))
        return text

    def real(self):
        text = random.choice(self.transcripts)
        if random.random() < .5:  # its words among others', so that no line is learnt by heart
            many = " ".join(random.choice(self.transcripts) for _ in range(3)).split()
            text = " ".join(random.sample(many, min(len(many), random.randint(1, 6))))
        text = re.sub(r"\d", lambda m: random.choice("0123456789"), text)
        r = random.random()
        return text if r < .4 else text.title() if r < .65 else text.lower() if r < .75 else text.capitalize()

    def line_of(self, phrases, headwords, russian):
        parts = []
        for _ in range(random.choice([1, 1, 2, 2, 3, 4, 6])):
            r = random.random()
            if r < .42:
                parts.append(self.cased(random.choice(phrases)))
            elif r < .72:
                parts.append(self.cased(random.choice(headwords)))
            elif r < .82:
                parts.append(words.money(russian))
            elif r < .88:
                parts.append(words.code(russian))
            elif r < .92:
                parts.append(words.date(russian))
            else:
                parts.append(str(random.randint(0, 999)))
            if random.random() < .25:
                parts[-1] += random.choice([":", ",", ".", ";", " -", "!", "?", "..", " /", " |", ")", '"'])
            elif random.random() < .08:
                a, b = random.choice(["()", "[]", "«»", '""', "**", "<>", "''"])
                parts[-1] = a + parts[-1] + b
        return " ".join(parts)

    def sentence(self, headwords):
        text = " ".join(random.choice(headwords) for _ in range(random.randint(4, 9)))
        return text[:1].upper() + text[1:] + random.choice([".", ",", "", "."])

    def random_characters(self, letters):
        return " ".join("".join(random.choice(letters) for _ in range(random.randint(1, 8)))
                        for _ in range(random.randint(1, 3)))

    def line(self):
        r = random.random()
        if r < .25:
            return self.real()
        if r < .36:
            return self.line_of(words.EN, self.english, False)
        if r < .60:
            return self.line_of(words.RU, self.russian, True)
        if r < .64:
            return self.sentence(self.english)
        if r < .69:
            return self.sentence(self.russian)
        if r < .80:
            return random.choice([words.money, words.date, words.code])(random.random() < .4)
        if r < .87:
            return self.line_of(words.EUROPEAN, words.EUROPEAN, False)
        if r < .89:
            return self.line_of(words.UA, words.UA, True)
        if r < .95:
            return self.random_characters(random.choice([ALPHABET[1:63] + "0123456789" * 3, ALPHABET[1:95],
                                                         words_cyrillic()]))
        return self.random_characters(ALPHABET[1:])


def curled(text):
    """The typographer's quotes, apostrophes and dashes for the typewriter's; they are read as the same."""
    if random.random() < .7:
        text = text.replace("'", "’")
    if random.random() < .7:
        text = re.sub(r'(^|[\s(\[—-])"', r"\1“", text).replace('"', "”")
    if random.random() < .8:
        text = re.sub("--|(?<= )-(?= )", lambda m: random.choice("–———"), text)
    return text


def band_of(text, font, features):
    """(top, foot) as finder.c takes a line's: of most of its letters, from the line that they stand on."""
    boxes = [font.getbbox(c, anchor="ls", features=features) for c in text if c.isalnum()]
    if len(boxes) < 4:
        return None
    tops, feet = sorted(b[1] for b in boxes), sorted(b[3] for b in boxes)
    n = len(boxes) - 1
    return tops[int(.08 * n + .5)], feet[int(.92 * n + .5)]


def own_hyphen(at, size):
    """A hyphen as faces differ in it, low, short, thick or slanted: a polygon around (at, height over the line)."""
    length, thick = random.uniform(.14, .34) * size, random.uniform(.05, .12) * size
    middle, slant = -random.uniform(.1, .34) * size, random.choice([0, 0, random.uniform(0, .12)]) * size
    x = at + random.uniform(.01, .08) * size
    return [(x, middle + slant / 2 - thick / 2), (x + length, middle - slant / 2 - thick / 2),
            (x + length, middle - slant / 2 + thick / 2), (x, middle + slant / 2 + thick / 2)]


def has_small_capitals(font):
    return font.getbbox("monte") != font.getbbox("monte", features=["smcp"])


def set_in_type(text, family, size, features):
    """A line of prose as draw() would: one space between all words, kerned, some words in another cut of the family;
    old-style numerals or small capitals where `features` asks for them."""
    upright = [f for f in family if not SLANTED.search(f.path)] or family
    main = random.choice(family if random.random() < .12 else upright)
    other = random.choice(family) if random.random() < .15 else main
    need = {ord(c) for c in text if c != " "}
    if not (need <= main.covers and need <= other.covers):
        return None
    a, b = main.at(size), other.at(size)
    if "smcp" in features and not (has_small_capitals(a) and has_small_capitals(b)):
        return None
    space = max(1.0, a.getlength(" ")) * random.choice([1, 1, random.uniform(.55, 1), random.uniform(.7, 2.2)])
    letters = random.uniform(-.045, .02) * size if random.random() < .2 else 0
    x, spots, bars = 0.0, [], []
    for word in text.split(" "):
        f = b if random.random() < .3 else a
        ends = word.endswith("-") and len(word) > 2 and random.random() < .5
        word = word[:-1] if ends else word
        for piece in word if letters else [word]:
            spots.append((x, piece, f))
            x += f.getlength(piece, features=features) + letters
        if ends:
            bars.append(own_hyphen(x, size))
            x += .3 * size
        x += space
    ascent, descent = a.getmetrics()
    left = min(f.getbbox(p, features=features)[0] + sx for sx, p, f in spots)
    right = max([f.getbbox(p, features=features)[2] + sx for sx, p, f in spots] + [x for bar in bars for x, _ in bar])
    tops = [f.getbbox(p, anchor="ls", features=features) for _, p, f in spots] + ([a.getbbox("Ag", anchor="ls")] if random.random() < .7 else [])
    top, bottom = min(t[1] for t in tops), max(t[3] for t in tops)
    w, h = int(right - left) + 1, bottom - top
    if w < 3 or h < 5 or w > 2400:
        return None
    m = int(.3 * h) + 2
    image = Image.new("L", (w + 2 * m, h + 2 * m), 0)
    pen = ImageDraw.Draw(image)
    for sx, p, f in spots:
        pen.text((m - left + sx, m - top), p, fill=255, font=f, anchor="ls", features=features)
    for bar in bars:
        pen.polygon([(m - left + x, m - top + y) for x, y in bar], fill=255)
    leading = (ascent + descent) * random.uniform(.9, 1.25)
    for side in (-1, 1):
        if random.random() < .6:
            other_words = random.sample(text.split(" "), text.count(" ") + 1)
            pen.text((m - left, m - top + side * leading), " ".join(other_words), fill=255, font=a, anchor="ls")
    band, box = band_of(text, a, features), (m, m, w, h)
    if band and random.random() < .7:
        high = band[1] - band[0]
        box = (m - .05 * high, m - top + band[0] - .1 * high, w + .1 * high, 1.2 * high)
    return np.asarray(image).copy(), box


def scanned(ink, box):
    """Good print under a scanner: few pixels a letter, thin or clotted strokes, one bit or greys."""
    h = random.uniform(13, 34)
    q = min(1, h / box[3])
    g = ink.astype(np.float32) / 255
    if random.random() < .45:  # ink that ran or dried
        g = cv2.GaussianBlur(g, (0, 0), random.uniform(.03, .07) * box[3])
        edge = random.uniform(.25, .62)
        g = 1 / (1 + np.exp(-random.uniform(8, 30) * (g - edge)))
    shape = max(8, int(g.shape[1] * q * random.uniform(.92, 1.08))), max(8, int(g.shape[0] * q))
    sx, sy = shape[0] / g.shape[1], shape[1] / g.shape[0]
    g = cv2.resize(g.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    box = (box[0] * sx, box[1] * sy, box[2] * sx, box[3] * sy)
    r = random.random()
    if r < .3:  # one bit
        noise = cv2.GaussianBlur(np.random.randn(*g.shape).astype(np.float32), (0, 0), random.uniform(.4, .9))
        g = (g + noise * random.uniform(0, .35) > random.uniform(.3, .6)).astype(np.float32)
    elif r < .75:
        g = cv2.GaussianBlur(g, (0, 0), random.uniform(.3, .9))
    paper = random.randint(170, 255)
    dark = random.randint(0, paper - 70)
    g = paper + (dark - paper) * g
    if random.random() < .15:  # specks of a copier
        for _ in range(random.randint(1, 12)):
            cv2.circle(g, (random.randrange(g.shape[1]), random.randrange(g.shape[0])), random.choice([0, 0, 1]), dark, -1)
    if r >= .3 or random.random() < .3:
        g = g + np.random.randn(*g.shape).astype(np.float32) * random.uniform(0, 9)
    g = np.clip(g, 0, 255).astype(np.uint8)
    if random.random() < .3:
        g = cv2.imdecode(cv2.imencode(".jpg", g, [cv2.IMWRITE_JPEG_QUALITY, random.randint(30, 90)])[1], 0)
    return g, box


def generate_prose(count):
    english, russian = words.prose()
    families = fonts()
    book = [n for n in families if BOOK.search(n) and not MONO.search(n)]
    common, names = [n for n in families if COMMON.search(n)], sorted(families)
    while count > 0:
        said = words.prose_line(russian if random.random() < .35 else english)
        shown = curled(clean(said))
        text = clean(shown)
        if len(text) < 4:
            continue
        family = families[random.choice(random.choices((sorted(book), sorted(common), names), (.6, .25, .15))[0])]
        r = random.random()
        features = ["onum"] if r < .3 else ["smcp"] if r < .36 else []
        try:
            drawn = set_in_type(shown, family, random.randint(18, 40), features)
        except (OSError, ValueError):  # a bitmap font without that size
            continue
        if not drawn or drawn[0].max() == 0:
            continue
        count -= 1
        text = text.upper() if "smcp" in features else text
        if random.random() < .2:
            ink, box = worn(*drawn)
            yield photographed(ink, box), box, text
        else:
            g, box = scanned(*drawn)
            yield g, box, text


def words_cyrillic():
    return "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя0123456789.,-№"


def draw(text, font, size):
    """Dark text (255 = ink) word by word; rows follow the font's tall letters. None if it cannot be."""
    f = font.at(size)
    space = max(1.0, f.getlength(" "))
    tracking = random.uniform(.03, .35) * size if random.random() < .1 else 0
    typed = random.random() < .08
    spread = random.choice([1, 1, random.uniform(.65, 1), random.uniform(1, 2.2)])
    x, spots = 0.0, []
    for word in text.split(" "):
        pieces = word if tracking or typed else [word]
        for p in pieces:
            spots.append((x, p))
            x += f.getlength(p) + tracking
        x += space * spread * random.uniform(.85, 1.2) + tracking
        if random.random() < .03:
            x += space * random.uniform(1, 6)
    boxes = [f.getbbox(p) for _, p in spots]
    left = min(b[0] + s[0] for b, s in zip(boxes, spots))
    right = max(b[2] + s[0] for b, s in zip(boxes, spots))
    frame = f.getbbox("Ag" if random.random() < .5 else "A0")
    top, bottom = min([frame[1]] + [b[1] for b in boxes]), max([frame[3]] + [b[3] for b in boxes])
    w, h = int(right - left) + 1, bottom - top
    if w < 3 or h < 5 or w > 2400:
        return None
    m = int(.3 * h) + 2
    image = Image.new("L", (w + 2 * m, h + 2 * m), 0)
    pen = ImageDraw.Draw(image)
    for (sx, p) in spots:
        pen.text((m - left + sx, m - top + (random.uniform(-.07, .07) * h if typed else 0)), p,
                 fill=random.randint(90, 255) if typed else 255, font=f)
    for side in (-1, 1):  # the lines above and below reach into the crop
        if random.random() < .25:
            other = "".join(random.sample(text, len(text)))
            pen.text((m - left - random.uniform(0, 2 * size), m - top + side * h * random.uniform(1.02, 1.3)), other,
                     fill=255, font=f)
    if random.random() < .04:  # a table's or a box's rule
        x = random.choice([m - random.randint(2, m), m + w + random.randint(1, m - 1)])
        pen.line((x, 0, x, h + 2 * m), fill=255, width=random.randint(1, 3))
    return np.asarray(image).copy(), (m, m, w, h)


def as_dots(ink, box):
    """A matrix printer's dots: the shape at a few pixels' height, each pixel a needle's mark."""
    h = random.randint(8, 13)
    s = h / box[3]
    small = cv2.resize(ink, None, fx=s * random.uniform(.8, 1.3), fy=s, interpolation=cv2.INTER_AREA)
    sx = small.shape[1] / ink.shape[1]
    on = (small > random.randint(70, 120)).astype(np.uint8) * 255
    k = random.randint(3, 5)
    yy, xx = np.mgrid[0:k, 0:k] - (k - 1) / 2
    needle = (xx * xx + yy * yy <= (k * random.uniform(.38, .62)) ** 2).astype(np.float32)
    dots = np.kron(on.astype(np.float32), needle)
    x, y, w, hh = box
    return dots.astype(np.uint8), (x * sx * k, y * s * k, w * sx * k, hh * s * k)


def worn(ink, box):
    """Ink as the printer leaves it on the paper: 0..255, 255 full ink."""
    r = random.random()
    if r < .12:
        ink, box = as_dots(ink, box)
    stretch = random.choice([1, 1, 1, random.uniform(.6, 1), random.uniform(1, 1.9)])
    if stretch != 1:
        ink = cv2.resize(ink, (max(8, int(ink.shape[1] * stretch)), ink.shape[0]), interpolation=cv2.INTER_AREA)
        box = (box[0] * stretch, box[1], box[2] * stretch, box[3])
    r = random.random()
    if r < .18:
        ink = cv2.dilate(ink, np.ones((2, 2), np.uint8))
    elif r < .3:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    if random.random() < .2:  # rows a print head misses
        p = random.randint(2, 5)
        ink[random.randrange(p)::p] //= random.randint(2, 6)
    if random.random() < .12:
        p = random.randint(2, 5)
        ink[:, random.randrange(p)::p] //= random.randint(2, 6)
    if random.random() < .08:  # a dead heating element
        y = random.randrange(ink.shape[0])
        ink[y:y + random.randint(1, 3)] = 0
    if random.random() < .4:  # patchy ink
        coarse = np.random.rand(max(2, ink.shape[0] // random.randint(2, 6)), max(2, ink.shape[1] // random.randint(2, 6)))
        patch = cv2.resize(coarse.astype(np.float32), (ink.shape[1], ink.shape[0]))
        ink = np.where(patch < random.uniform(.05, .3), ink // random.randint(3, 8), ink).astype(np.uint8)
    if random.random() < .15:  # thin strokes are lost in one direction
        ink = cv2.erode(ink, np.ones(random.choice([(1, 2), (1, 3), (2, 1)]), np.uint8))
    if random.random() < .06:  # underlined, ruled, struck by a form's line
        y = int(box[1] + box[3] * random.choice([1.02, 1.1, 1.15, -.1]))
        if 0 <= y < ink.shape[0]:
            ink[y:y + random.randint(1, 2)] = 255
    return ink, box


def nearly_black_and_white(g, box):
    """What a scanner's or a phone's sharpening leaves: few levels, strokes broken and clotted."""
    low, high = float(g.min()), float(g.max())
    q = min(1, random.uniform(10, 24) / box[3])
    small = cv2.resize(g, None, fx=q, fy=q, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), random.uniform(.3, .8))
    x = (small - low) / max(1, high - low) + cv2.GaussianBlur(
        np.random.randn(*small.shape).astype(np.float32), (0, 0), random.uniform(.3, 1)) * random.uniform(.02, .25)
    x = 1 / (1 + np.exp(-random.uniform(5, 25) * (x - random.uniform(.4, .78))))
    shape = g.shape[1], g.shape[0]
    return low + (high - low) * cv2.resize(x.astype(np.float32), shape, interpolation=cv2.INTER_LINEAR)


def photographed(ink, box):
    """The paper under light and lens: grey levels."""
    paper = random.randint(150, 255)
    dark = random.randint(0, paper - 50) if random.random() < .7 else random.randint(0, max(1, paper // 3))
    g = paper + (dark - paper) * (ink.astype(np.float32) / 255)
    if random.random() < .06:
        g = paper + dark - g  # white on black
    if random.random() < .25:  # light falls unevenly
        ramp = np.linspace(random.uniform(.6, 1), random.uniform(.6, 1), g.shape[1], dtype=np.float32)
        g = g * ramp
    if random.random() < .22:
        g = nearly_black_and_white(g, box)
    elif random.random() < .65:  # few pixels a letter
        q = random.uniform(9, 26) / box[3]
        if q < 1:
            shape = g.shape[1], g.shape[0]
            g = cv2.resize(cv2.resize(g, None, fx=q, fy=q, interpolation=cv2.INTER_AREA), shape,
                           interpolation=random.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    if random.random() < .4:
        g = cv2.GaussianBlur(g, (0, 0), random.uniform(.4, 1.6))
    if random.random() < .05:  # a shaken hand
        n = random.randint(2, 5)
        kernel = np.zeros((n, n), np.float32)
        cv2.line(kernel, (0, random.randrange(n)), (n - 1, random.randrange(n)), 1, 1)
        g = cv2.filter2D(g, -1, kernel / max(1, kernel.sum()))
    g = g + np.random.randn(*g.shape).astype(np.float32) * random.uniform(0, 14)
    g = np.clip(g, 0, 255).astype(np.uint8)
    if random.random() < .3:
        g = cv2.imdecode(cv2.imencode(".jpg", g, [cv2.IMWRITE_JPEG_QUALITY, random.randint(20, 80)])[1], 0)
    return g


def nothing():
    """Rules, rows of dashes, specks, an edge: a line that says nothing."""
    h, w = random.randint(16, 40), random.randint(30, 700)
    ink = np.zeros((int(h * 1.6), w + h), np.uint8)
    mid, kind = ink.shape[0] // 2, random.randrange(5)
    if kind == 0:
        cv2.line(ink, (0, mid + random.randint(-6, 6)), (ink.shape[1], mid + random.randint(-6, 6)), 255, random.randint(1, 5))
    elif kind == 1:
        step = random.randint(5, 16)
        for x in range(0, ink.shape[1], step):
            cv2.line(ink, (x, mid), (x + random.randint(1, step - 2), mid), 255, random.randint(1, 3))
    elif kind == 2:
        for _ in range(random.randint(1, 30)):
            cv2.circle(ink, (random.randrange(ink.shape[1]), random.randrange(ink.shape[0])), random.randint(0, 3), 255, -1)
    elif kind == 3:
        ink[:, :random.randint(2, ink.shape[1])] = 255
    return ink, (h * .3, h * .3, w, h)


def generate(count, transcripts):
    says, families = Text(transcripts), fonts()
    names = sorted(families)
    mono, common = [n for n in names if MONO.search(n)], [n for n in names if COMMON.search(n)]
    while count > 0:
        if random.random() < .03:
            ink, box = nothing()
            count -= 1
            yield photographed(ink, box), box, ""
            continue
        text = clean(says.line())[:random.randint(30, 80)].strip()
        if not text:
            continue
        need = {ord(c) for c in text if c != " "}
        family = families[random.choice(random.choices((mono, common, names), (.4, .25, .35))[0])]
        font = random.choice(family)
        if not need <= font.covers or (SLANTED.search(font.path) and random.random() < .8):
            continue
        try:
            drawn = draw(text, font, random.randint(16, 40))
        except (OSError, ValueError):  # a bitmap font without that size
            continue
        if not drawn or drawn[0].max() == 0:
            continue
        ink, box = worn(*drawn)
        count -= 1
        yield photographed(ink, box), box, text


def main(seed, count, out, kind=None):
    random.seed(seed)
    np.random.seed(seed)
    with open(os.path.join(out, "sroie.pkl"), "rb") as f:
        transcripts = [line["text"] for line in pickle.load(f) if line["fold"] != 0]
    lines = [{"from": "synth", "fold": -1, "pixels": g, "box": box, "text": text, "capitals": False}
             for g, box, text in (generate_prose(count) if kind == "prose" else generate(count, transcripts))]
    with open(os.path.join(out, f"synth{seed}.pkl"), "wb") as f:
        pickle.dump(lines, f, protocol=4)
    print(f"synth {seed}: {len(lines)} lines, {len(set(''.join(l['text'] for l in lines)))} characters")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5])
