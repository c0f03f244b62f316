"""Words as they are compared: without accents, invisible characters and look-alike letters.

Nothing here knows about people or institutions; `names` and `institutions` do.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: Longer texts are cut before anything else is done: no name and no affiliation needs more, and work stays bounded.
LONGEST = 400
#: How many answers about one text are kept: the words of names come again and again.
REMEMBERED = 1 << 15

#: Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
#: How the same letters are written where a keyboard lacks them.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
#: Cyrillic and Greek small letters that look like a Latin one, and those Latin letters.
_LOOK_ALIKES = str.maketrans(
    "авсԁеһіјкӏмнорѕтухѵԝαεικνορτυχ",
    "abcdehijklmhopstyxvwaeikvoptux",
)
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´ʹʻ")


def listed(text: str, between: str | None = None) -> frozenset[str]:
    """The words of `text` as a set: how this package writes down its facts."""
    return frozenset(text.split(between))


def clean(text: str) -> str:
    """`text` on one line, cut to a sane length, without control characters, zero-width and direction marks."""
    text = text[:LONGEST]
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not plain.isprintable():
        plain = "".join(_visible(character) for character in plain)
    return " ".join(plain.split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in {"Cf", "Cs", "Co", "Cn"} else character


@lru_cache(maxsize=REMEMBERED)
def fold(text: str) -> str:
    """`text` in small letters without accents and apostrophes: “D’Alò” becomes “dalo”."""
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    return " ".join(_strip_marks(_unmask(word)) for word in _small(text).split())


@lru_cache(maxsize=REMEMBERED)
def spelt_out(text: str) -> str:
    """As `fold`, with umlauts and the like written as two letters: “Müller” becomes “mueller”."""
    if text.isascii():
        return fold(text)
    return " ".join(_strip_marks(_unmask(word).translate(_SPELT_OUT)) for word in _small(text).split())


@lru_cache(maxsize=REMEMBERED)
def variants(text: str) -> frozenset[str]:
    """The one or two folded spellings under which `text` is looked for; empty for an empty text."""
    return frozenset({fold(text), spelt_out(text)} - {""})


def _small(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold()).translate(_APOSTROPHES)


def _strip_marks(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


def _unmask(word: str) -> str:
    """A word of mixed alphabets is a disguised Latin one; a word all Cyrillic or Greek is left as it is."""
    if any("a" <= c <= "z" for c in word) and any("\u0370" <= c <= "\u052f" for c in word):
        return word.translate(_LOOK_ALIKES)
    return word
