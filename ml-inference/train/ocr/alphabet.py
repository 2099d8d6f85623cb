"""The characters the reader knows, and what it may confuse without harm.

Class 0 is CTC's blank; class i is ALPHABET[i - 1]. The order is part of the weights: append only.
"""
import string
import unicodedata

ASCII = " " + string.digits + string.ascii_uppercase + string.ascii_lowercase + string.punctuation
EUROPEAN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽĄĆČĎĘĚŁŃŇŐŘŚŤŮŰŹŻĞİŞȘȚĂĪŪĒĀŪĶĻŅĢÐÞ"
CYRILLIC = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐЎ"
MARKS = "€£¥₽₴¢§°№©®«»“”„‘’–—…•×±½²¡¿"


def _alphabet():
    chars = ASCII + EUROPEAN + "".join(c.lower() for c in EUROPEAN if len(c.lower()) == 1) + "ßı"
    chars += CYRILLIC + CYRILLIC.lower() + MARKS
    return "".join(dict.fromkeys(chars))


ALPHABET = _alphabet()
CLASS = {c: i + 1 for i, c in enumerate(ALPHABET)}
CLASSES = len(ALPHABET) + 1

# What a transcript may hold in another form than the one taught.
SAME = {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-",
        "…": "...", "\u00a0": " ", "\t": " ", "₤": "£", "·": "."}


def clean(text):
    """The text in the reader's alphabet: NFC, one space for any run, unknown characters dropped."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(SAME.get(c, c) for c in text)
    return " ".join("".join(c for c in text if c in CLASS).split())


def encode(text):
    return [CLASS[c] for c in text]


def fold_map():
    """For every class the class of its capital: SROIE's labels are all capitals, whatever is printed."""
    m = list(range(CLASSES))
    for c, i in CLASS.items():
        up = c.upper()
        if len(up) == 1 and up in CLASS:
            m[i] = CLASS[up]
    return m
