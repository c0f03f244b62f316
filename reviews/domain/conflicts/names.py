"""Are two people the same? From their ORCID iDs, their e-mail addresses, or only from how they write their names.

A name alone is never certain: it makes a probable match, with a doubt in words where homonyms are likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from reviews.domain.conflicts.name_lists import COMMON_SURNAMES, PARTICLES, SHORT_FORMS, TITLES
from reviews.domain.conflicts.text import LONGEST, REMEMBERED, clean, fold, variants

Words = tuple[frozenset[str], ...]  # each word as the set of its spellings


class Confidence(StrEnum):
    """How sure a finding is. Certain ones need no judgement; probable ones act until a chair dismisses them."""

    CERTAIN = "certain"
    PROBABLE = "probable"


@dataclass(frozen=True, slots=True)
class Match:
    """Why two people are taken for one. `doubt` says what speaks against it, or is empty."""

    confidence: Confidence
    why: str
    doubt: str = ""
    #: So many people share such a name that it counts only with something else (the same institution).
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody. Anything may be empty; what is empty never matches."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    orcid: str = ""
    affiliations: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """How a sentence names this person."""
        for name in self.names:
            if shown := clean(name):
                return shown if len(shown) <= 60 else shown[:59] + "…"
        return next((clean(email)[:60] for email in self.emails if email), "somebody without a name")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a name apart."""

    family: Words  # particles left out: “van der Berg” is (berg,)
    given: Words
    joined: frozenset[str]  # the family name as one word, particles included
    as_written: bool = True  # the order most people write; else an alternative that needs a doubt


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed name with all its readings, the likeliest first."""

    readings: tuple[Reading, ...] = ()
    words: frozenset[str] = frozenset()  # all words in their first spelling
    number: str = ""  # a bibliography's number for homonyms: “Wei Wang 0012”
    keys: frozenset[str] = field(default_factory=frozenset)


def parse_name(text: str) -> Name:
    """Take a name apart. Never raises; an empty or meaningless text has no readings."""
    return _parse_name(text[:LONGEST])


@lru_cache(maxsize=REMEMBERED // 4)
def _parse_name(text: str) -> Name:
    text = re.sub(r"\([^()]*\)|<[^<>]*>|[\"“”«»]", " ", clean(text))
    numbers = re.findall(r"\b\d{4}\b", text)
    parts = [_split(part) for part in re.sub(r"\d+", " ", text).split(",")]
    parts = [part for part in parts if part]
    if not parts:
        return Name()
    words = [word for part in parts for word in part]
    readings = tuple(_comma_readings(parts[0], parts[1]) if len(parts) > 1 else _readings(words))
    return Name(
        readings,
        frozenset(fold(word) for word in words),
        numbers[0] if numbers else "",
        frozenset(key for reading in readings for key in _keys(reading)),
    )


def _split(part: str) -> list[str]:
    """The words of a name: initials apart (“J.-P.” is J and P), hyphens open, titles gone."""
    words = [word for word in re.split(r"[\s.\-‐‑–·_;:/]+", part) if any(c.isalpha() for c in word)]
    return [word for word in words if fold(word) and fold(word) not in TITLES]


def _comma_readings(family: list[str], given: list[str]) -> Iterator[Reading]:
    yield _reading(family, given)


def _readings(words: list[str]) -> Iterator[Reading]:
    """Ways to read a name without a comma."""
    shouted = [word for word in words if _is_shouted(word)]
    if shouted and len(shouted) < len(words):
        yield _reading(shouted, [word for word in words if word not in shouted])
        return
    start = len(words) - 1
    while start > 1 and fold(words[start - 1]) in PARTICLES:
        start -= 1
    yield _reading(words[start:], words[:start])
    if start >= 2 and len(words[start - 1]) > 1:
        yield _reading(words[start - 1 :], words[: start - 1], as_written=False)
    if len(words) == 2 or (len(words) == 3 and fold(words[0]) in COMMON_SURNAMES):
        yield _reading(words[:1], words[1:], as_written=False)


def _is_shouted(word: str) -> bool:
    """“ROSSI Mario”: a word in capitals beside others is the family name."""
    return word.isupper() and (len(word) > 2 or (len(word) == 2 and fold(word) in COMMON_SURNAMES))


def _reading(family: list[str], given: list[str], *, as_written: bool = True) -> Reading:
    core = [word for word in family if fold(word) not in PARTICLES] or family
    return Reading(
        family=tuple(variants(word) for word in core),
        given=tuple(variants(word) for word in given),
        joined=variants("".join(family)),
        as_written=as_written,
    )


def _keys(reading: Reading) -> set[str]:
    """What two readings of one person have in common: a family name and the first letter of a given name."""
    if not reading.given:
        return {f"{family}|" for family in reading.joined}
    first = reading.given[0]
    initials = {name[0] for spelling in first for name in (spelling, *SHORT_FORMS.get(spelling, ()))}
    return {f"{family}|{initial}" for family in reading.joined | reading.family[0] for initial in initials}


def name_keys(text: str) -> frozenset[str]:
    """Keys for an index: two texts that `same_name` matches share at least one."""
    return parse_name(text).keys


def same_name(one: str, other: str) -> Match | None:
    """Whether two names can be one person's, or None. Symmetric."""
    a, b = parse_name(one), parse_name(other)
    if a.keys.isdisjoint(b.keys) or (a.number and b.number and a.number != b.number):
        return None
    found = [
        match
        for x in a.readings
        for y in b.readings
        if (x.as_written or y.as_written) and (match := _compare(x, y)) is not None
    ]
    return min(found, key=lambda match: (match.weak, bool(match.doubt), match.doubt), default=None)


def _compare(x: Reading, y: Reading) -> Match | None:
    family_doubt = _families(x, y)
    if family_doubt is None:
        return None
    if not x.given or not y.given:
        return _single_word(x, y)
    how = _given_names(x.given, y.given)
    if how is None:
        return None
    doubts = [doubt for doubt in (how, family_doubt) if doubt]
    if x.as_written != y.as_written and not family_doubt:
        doubts.append("the order of the names differs")
    common = bool(set().union(*x.family, *y.family) & COMMON_SURNAMES)
    if common:
        doubts.append("the name is shared by many people")
    weak = common and how == _ONLY_INITIALS
    return Match(Confidence.PROBABLE, "the names agree", "; ".join(sorted(doubts)), weak)


def _single_word(x: Reading, y: Reading) -> Match | None:
    """One word is a name only in scripts that write family and given name together (“王小明”)."""
    if x.given or y.given or not x.joined & y.joined:
        return None
    word = min(x.joined & y.joined)
    if len(word) < 2 or not all(ord(c) >= 0x2E80 for c in word):
        return None
    return Match(
        Confidence.PROBABLE, "the names agree", "the name is shared by many people" * (len(word) < 3)
    )


_SECOND_SURNAME = "one of them has a second family name"


def _families(x: Reading, y: Reading) -> str | None:
    """A doubt (empty: none) when the family names agree, None when they do not."""
    if x.joined & y.joined or _equal(x.family, y.family):
        return ""
    shorter, longer = sorted((x.family, y.family), key=len)
    if len(shorter) == len(longer) or not _equal(shorter, longer[: len(shorter)]):
        return None
    telling = all(len(spelling) > 3 for spelling in shorter[0]) and not shorter[0] & COMMON_SURNAMES
    return _SECOND_SURNAME if telling else None


def _equal(a: Words, b: Words) -> bool:
    return len(a) == len(b) and all(one & other for one, other in zip(a, b, strict=True))


_ONLY_INITIALS = "only an initial is given"


def _given_names(a: Words, b: Words) -> str | None:
    """A doubt (empty: none) when the given names agree, None when they do not."""
    if _joined(a) & _joined(b) and any(len(spelling) > 1 for word in a for spelling in word):
        return ""
    first = _one_given(a[0], b[0])
    if first is None:
        return None
    for one, other in zip(a[1:], b[1:], strict=False):
        if _one_given(one, other) is None:
            return None
    return first


def _one_given(a: frozenset[str], b: frozenset[str]) -> str | None:
    if any(len(word) == 1 for word in a | b):
        return _ONLY_INITIALS if {word[0] for word in a} & {word[0] for word in b} else None
    if a & b:
        return ""
    if not b.isdisjoint(name for one in a for name in SHORT_FORMS.get(one, ())):
        return "one is a short form of the other"
    return None


def _joined(words: Words) -> frozenset[str]:
    """The given names as one word, in their plain and their spelt-out letters: “Min-Jae” is “minjae”."""
    return frozenset({"".join(min(w) for w in words), "".join(max(w) for w in words)})


def email_key(email: str) -> str:
    """An address as it is compared: small letters, without a tag after “+”. Empty when it is no address."""
    address = clean(email[:LONGEST]).lower()
    local, at, host = address.rpartition("@")
    local = local.split("+", 1)[0]
    return f"{local}@{host.rstrip('.')}" if at and local and host and " " not in address else ""


def orcid_key(orcid: str) -> str:
    """The sixteen digits of an ORCID iD, or nothing."""
    if not orcid:
        return ""
    digits = re.sub(r"[^0-9X]", "", clean(orcid[:LONGEST]).upper().rpartition("/")[2])
    return digits if len(digits) == 16 else ""


def same_person(a: Person, b: Person, *, same_institution: bool = False) -> Match | None:
    """Whether two descriptions are one person's, or None. Symmetric.

    Args:
        a: One person.
        b: The other.
        same_institution: They work at the same place, which speaks for them where their names alone are weak.
    """
    orcids = {orcid_key(a.orcid), orcid_key(b.orcid)} - {""}
    if len(orcids) == 1 and orcid_key(a.orcid) == orcid_key(b.orcid):
        return Match(Confidence.CERTAIN, "the same ORCID iD")
    if {email_key(email) for email in a.emails} & {email_key(email) for email in b.emails} - {""}:
        return Match(Confidence.CERTAIN, "the same e-mail address")
    if len(orcids) == 2:
        return None
    found = [match for one in a.names for other in b.names if (match := same_name(one, other)) is not None]
    if same_institution:
        found = [Match(match.confidence, "the names and the institution agree") for match in found]
    found = [match for match in found if not match.weak]
    return min(found, key=lambda match: (bool(match.doubt), match.doubt), default=None)
