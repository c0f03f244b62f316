"""The words of an affiliation: taken apart, brought into one form, and cut down to what names the institution."""

from __future__ import annotations

import re
from functools import lru_cache

from reviews.domain.conflicts.text import LONGEST, REMEMBERED, clean, fold, listed, spelt_out

#: Words that say nothing.
_STOP = listed("of the and at in for de di del della dell da do dos das des du la le l d degli der die das fur et e y a an "
                  "studi studies van voor zu og och i")  # fmt: skip

#: One form for what people abbreviate, translate or spell differently. Each key is folded.
_SAME = {
    word: kept
    for kept, words in {
        "university": "univ uni u universita universite universidad universidade universitat universitaet universitat "
        "universiteit universitet universitetet universiti universitesi univerzita univerzitet uniwersytet yliopisto "
        "universitas egyetem universty univeristy",
        "institute": "inst institut instituto istituto instituut institutet",
        "technical": "tech technology technologies technological technische technischer technische tecnica tecnico "
        "technique technologie tecnologia tekniska tekniske techn",
        "polytechnic": "politecnico polytechnique politecnica politecnic politechnika polytechnical poly",
        "college": "coll",
        "school": "ecole escuela scuola",
        "national": "natl nationale nazionale nacional nat",
        "science": "sci sciences",
        "laboratory": "lab labs laboratories laboratoire",
        "research": "recherche ricerca ricerche forschung res",
        "center": "centre centro zentrum ctr",
        "saint": "st",
        "milan": "milano mailand",
        "turin": "torino",
        "rome": "roma",
        "florence": "firenze",
        "naples": "napoli",
        "genoa": "genova",
        "venice": "venezia",
        "padua": "padova",
        "munich": "munchen muenchen",
        "cologne": "koln koeln",
        "vienna": "wien",
        "zurich": "zuerich",
        "geneva": "geneve genf",
        "bern": "berne",
        "basel": "basle",
        "prague": "praha",
        "warsaw": "warszawa warszawski",
        "lisbon": "lisboa",
        "copenhagen": "kobenhavn koebenhavn kobenhavns koebenhavns",
        "gothenburg": "goteborg goeteborg goteborgs goeteborgs",
        "brussels": "bruxelles brussel",
        "ghent": "gent",
        "catalonia": "catalunya",
    }.items()
    for word in words.split()
}
_COMPANY = listed(
    "inc incorporated ltd limited llc corp corporation co company gmbh ag sa sas sarl spa srl bv nv plc kg se oy ab pty"
)
#: What begins the name of a part of an institution, not the institution.
_PART = re.compile(
    r"^(the )?(\w+ ){0,3}(department|dept|dpt|departement|departamento|dipartimento|faculty|faculte|facultad|fakultat|"
    r"fakultaet|facolta|division|chair|lehrstuhl|section|unit|group|team)\b|^(school|college|laboratory) of (?!.*university)"
)
#: Texts that name nobody's employer.
_NOBODY = listed(
    "independent|independent researcher|independent scholar|independent consultant|none|n a|na|nil|unaffiliated|"
    "not affiliated|no affiliation|student|phd student|self employed|self|freelance|freelancer|retired|unknown|"
    "private|individual|consultant|home|test|various|other|tbd|anonymous|all",
    "|",
)
#: Words that mark an institution, the plainest mark first.
_HEADS = (
    frozenset(("university",)),
    frozenset(("polytechnic", "hochschule", "academy", "academia", "institute", "college")),
    frozenset(
        ("school", "laboratory", "center", "research", "hospital", "observatory", "foundation", "agency")
    ),
)
#: Names of systems: alone they name no institution, the campus must follow.
_SYSTEMS = listed(
    "california|california state|texas|state new york|city new york|illinois|wisconsin|massachusetts|north carolina|"
    "maryland|michigan|minnesota|missouri|nebraska|tennessee|colorado|alabama|alaska|hawaii|arkansas|houston|paris|"
    "london|louisiana|nevada",
    "|",
)


#: Words of which alone no institution is recognised, unless there are many: “National University”, “School of Management”.
_GENERIC = frozenset().union(*_HEADS) | listed(
    "advanced agricultural agriculture applied art arts business central city computer computing design economics education "
    "electrical electronic engineering federal free health industrial informatics information international law "
    "management mathematics medical medicine music national physics public royal science social software state studies "
    "system systems technical"
)
_TELLING = 4


def is_generic(key: str) -> bool:
    """Whether a key has nothing but a few words that many institutions have."""
    words = key.split()
    return len(words) < _TELLING and _GENERIC.issuperset(words)


def _words(text: str, *, german: bool = False) -> list[str]:
    folded = (spelt_out if german else fold)(text)
    folded = re.sub(r"\b([a-z])\.(?=[a-z]\b)", r"\1", folded)  # “K.U. Leuven”, “M.I.T.”
    folded = re.sub(r"\btu\b(?!/e)", "technical university", folded).replace("tu/e", "tue")
    found = [_SAME.get(word, word) for word in re.split(r"[\W_]+", folded) if word]
    return [word for word in found if word not in _STOP]


@lru_cache(maxsize=REMEMBERED)
def _name_key(text: str) -> tuple[str, ...]:
    plain = " ".join(_without_company(_words(text)))
    if text.isascii():
        return (plain,) if plain else ()
    return tuple(
        dict.fromkeys(key for key in (plain, " ".join(_without_company(_words(text, german=True)))) if key)
    )


def _without_company(words: list[str]) -> list[str]:
    while len(words) > 1 and words[-1] in _COMPANY:
        words = words[:-1]
    return words


def name_key(text: str) -> tuple[str, ...]:
    """The spellings under which a name is compared: “Univ. of Rome” and “Università di Roma” give the same."""
    return _name_key(clean(text[:LONGEST]))


def bag_key(key: str) -> str:
    """A key with its words in alphabetical order."""
    return " ".join(sorted(key.split()))


@lru_cache(maxsize=REMEMBERED)
def _segments(text: str) -> tuple[str, ...]:
    """What stands between commas, brackets and dashes with spaces."""
    parts = re.split(r"\s*[,()\[\]|]\s*|\s[-–—]+\s", text)
    return tuple(part for part in parts if part and any(c.isalnum() for c in part))


def _is_part(segment: str) -> bool:
    return bool(_PART.match(" ".join(re.split(r"[\W_]+", fold(segment)))))


def phrases(text: str) -> list[str]:
    """Keys to look up, the most telling first: the whole text, then runs of its parts, the longest first.

    The words after “Department of …” are tried too when nothing separates them from the institution.
    """
    text = clean(text[:LONGEST])
    segments = _segments(text)[:8]
    found: dict[str, None] = dict.fromkeys(name_key(text))
    for length in range(len(segments), 0, -1):
        for start in range(len(segments) - length + 1):
            run = segments[start : start + length]
            if length == 1 and _is_part(run[0]):
                words = _words(run[0])[:20]
                found |= dict.fromkeys(" ".join(words[cut:]) for cut in range(2, len(words) - 1))
            else:
                found |= dict.fromkeys(name_key(" ".join(run)))
    return [key for key in found if key and key not in _NOBODY]


def listed_keys(name: str) -> tuple[str, ...]:
    """Keys under which a listed institution is found: its name, and the first part of it where that names one.

    “University College London, University of London” is found by its first part; a city at the end finds nothing.
    """
    keys = name_key(name)
    segments = _segments(clean(name))
    if len(segments) > 1 and any(heads & set(_words(segments[0])) for heads in _HEADS):
        keys += tuple(key for key in name_key(segments[0]) if " " in key)
    return keys


def fallback_key(text: str) -> str:
    """The key of an institution that is not listed: its most telling part. Empty when nothing is left."""
    text = clean(text[:LONGEST])
    if " ".join(re.split(r"[\W_]+", fold(text))).strip() in _NOBODY:
        return ""
    segments = _segments(text)
    whole = [segment for segment in segments if not _is_part(segment)]
    for heads in _HEADS:
        for place, segment in enumerate(whole):
            words = _words(segment)
            if not heads & set(words):
                continue
            if _is_system(words):
                following = _words(whole[place + 1]) if place + 1 < len(whole) else []
                return " ".join(words + following) if following else ""
            key = " ".join(_without_company(words))
            if is_generic(key):
                key = " ".join(_words(" ".join(whole)))
            return "" if is_generic(key) else key
    if not whole:
        return ""
    key = " ".join(_without_company(_words(whole[0])))
    return key if len(key) > 1 and key not in _NOBODY else ""


def _is_system(words: list[str]) -> bool:
    return " ".join(word for word in words if word != "university") in _SYSTEMS


def split_institutions(text: str) -> list[str]:
    """The affiliations in a text: between semicolons, slashes and line ends, and around an “and” between two of them."""
    found = []
    for part in re.split(r"\s*(?:;|\n|\r|/(?!e\b))\s*", text[:LONGEST]):
        found += _split_and(clean(part))
    return [part for part in found if part]


def _split_and(part: str) -> list[str]:
    """“X University and Y Institute” are two; “University of Science and Technology” is one."""
    sides = re.split(r"\s+(?:and|&|und|et|e)\s+", part)
    marks = frozenset().union(*_HEADS)
    if len(sides) == 2 and all(_stands_alone(side, marks) for side in sides):
        return sides
    return [part]


def _stands_alone(side: str, marks: frozenset[str]) -> bool:
    words = _words(side)
    shouted = len(words) == 1 and side.isupper() and len(side) > 1
    return not _is_part(side) and (shouted or (len(words) > 1 and bool(marks & set(words))))
