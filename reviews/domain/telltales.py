"""What a text that authors will read should not say: who its reviewers are, and what others said in confidence.

Warnings only. The reviewer reads them before submitting and decides; a citation of an author's work is no leak.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Shown of the text around what was found, in characters each side.
AROUND = 30
#: More are no help.
MOST = 20

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_OTHERS = re.compile(
    # A letter is a capital, and not I: "they review a method", "in this review I ask" speak of nobody.
    r"\b(?:(?:as|like)\s+)?(?:the\s+)?(?:other\s+reviewers?|(?:reviewer|referee|review)\s*(?:\#|no\.?\s*|number\s*)?(?:[0-9]{1,2}|(?-i:[A-HJ]))\b)",
    re.IGNORECASE,
)
_CHAIRS = re.compile(
    r"\b(?:the\s+)?(?:meta-?review(?:er)?|pc\s+discussion|our\s+discussion|discussion\s+among)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Telltale:
    """Something found in the answer to the question `slug`: where, the words around it, and why to look at it."""

    slug: str
    at: int
    excerpt: str
    message: str


def find(
    texts: Iterable[tuple[str, str]],
    *,
    reviewers: Sequence[str],
    others: Sequence[tuple[str, str]] = (),
) -> list[Telltale]:
    """Look through `texts`, pairs of a question's slug and the answer.

    `reviewers`: names of those who review the paper. `others`: further names, each with what to say of it.
    """
    found: list[Telltale] = []
    for slug, raw in texts:
        # What some systems copy has its accents behind the letters.
        text = unicodedata.normalize("NFC", raw)
        plain = _plain(text)
        for name in reviewers:
            found += _names(
                slug, text, plain, name, "is the name of a reviewer of this paper; authors would read it"
            )
        for name, why in others:
            found += _names(slug, text, plain, name, why)
        found += _matches(_ADDRESS, slug, text, "is an e-mail address; authors would read it")
        found += _matches(
            _OTHERS, slug, text, "speaks of another review; authors know the reviews by other letters"
        )
        found += _matches(
            _CHAIRS, slug, text, "speaks of the committee's discussion, which authors do not see"
        )
    return sorted(found, key=lambda it: (it.slug, it.at))[:MOST]


def _names(slug: str, text: str, plain: str, name: str, why: str) -> list[Telltale]:
    """The whole name, or the family name alone with a capital, so that "may" and "long" are not people.

    A short family name ("Li") is looked for with the first name only.
    """
    words = _plain(name).split()
    if not words:
        return []
    forms = []
    if len(words) > 1 or len(name.strip()) > 2 or not name.isascii():
        whole = r"\s+".join(re.escape(word) for word in words)
        forms.append(f"(?i:{whole})")
    if len(family := words[-1]) > 2:
        # As it is written as well: "McDonald", "O'Brien".
        spelt = {family.capitalize(), family.upper(), family[0].upper() + family[1:]}
        forms += [re.escape(word) for word in sorted(spelt)]
    if not forms:
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)")
    return [_telltale(slug, text, match.start(), match.end(), why) for match in pattern.finditer(plain)]


def _matches(pattern: re.Pattern[str], slug: str, text: str, why: str) -> list[Telltale]:
    return [_telltale(slug, text, match.start(), match.end(), why) for match in pattern.finditer(text)]


def _telltale(slug: str, text: str, begin: int, end: int, why: str) -> Telltale:
    before, after = text[max(0, begin - AROUND) : begin], text[end : end + AROUND]
    excerpt = " ".join(f"{before}{text[begin:end]}{after}".split())
    return Telltale(slug, begin, excerpt, f"“{' '.join(text[begin:end].split())}” {why}.")


def _plain(text: str) -> str:
    """`text` without accents, letter by letter, so that places in it are places in the original."""
    return "".join(unicodedata.normalize("NFKD", char)[:1] or char for char in text)
