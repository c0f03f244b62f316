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
    r"\b(?:(?:as|like)\s+)?(?:the\s+)?(?:other\s+reviewers?|(?:reviewer|referee|review)\s*(?:\#|no\.?\s*|number\s*)?(?:[0-9]{1,2}|[A-J])\b)",
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
    authors: Sequence[str] = (),
    masked: bool = False,
    others: Sequence[tuple[str, str]] = (),
) -> list[Telltale]:
    """Look through `texts`, pairs of a question's slug and the answer.

    `reviewers`: names of those who review the paper. `authors`: its authors' names, looked for only where reviewers
    must not know them (`masked`): there a name tells that the reviewer guessed. `others`: further names, each with
    what to say of it.
    """
    found: list[Telltale] = []
    for slug, text in texts:
        plain = _plain(text)
        for name in reviewers:
            found += _names(
                slug, text, plain, name, "is the name of a reviewer of this paper; authors would read it"
            )
        for name in authors if masked else ():
            found += _names(
                slug,
                text,
                plain,
                name,
                "is an author's name; reviewers of this edition do not know the authors",
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
    """The whole name, or the family name alone with a capital, so that "may" and "long" are not people."""
    words = _plain(name).split()
    if not words or len(words[-1]) < 3:
        return []
    family = re.escape(words[-1].capitalize()) + r"|" + re.escape(words[-1].upper())
    whole = r"\s+".join(re.escape(word) for word in words)
    pattern = re.compile(rf"(?<!\w)(?:(?i:{whole})|{family})(?!\w)")
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
