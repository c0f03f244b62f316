"""An index of people, so that a match is looked up instead of compared with everybody."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from reviews.domain.conflicts.institutions import Directory, Institution, same_place
from reviews.domain.conflicts.names import Match, Person, email_key, name_keys, orcid_key, same_person
from reviews.domain.conflicts.text import LONGEST, REMEMBERED, clean, fold

Owner = TypeVar("Owner", bound=Hashable)


class People(Generic[Owner]):
    """People of some owners (papers, members), found by ORCID iD, address, name, or institution."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._by_key: dict[str, list[tuple[Owner, Person]]] = defaultdict(list)
        self._by_place: dict[str, list[tuple[Owner, Person, Institution]]] = defaultdict(list)

    def add(self, owner: Owner, person: Person) -> None:
        """Put one person of `owner` into the index."""
        for key in _person_keys(person):
            self._by_key[key].append((owner, person))
        for place in self._directory.places(person.emails, person.affiliations):
            self._by_place[place.key].append((owner, person, place))

    def like(self, person: Person) -> Iterator[tuple[Owner, Person, Match]]:
        """Everybody in the index who is taken for `person`. Each owner's person comes once."""
        seen: set[tuple[Owner, Person]] = set()
        for key in _person_keys(person):
            for entry in self._by_key.get(key, ()):
                if entry in seen:
                    continue
                seen.add(entry)
                if (match := match_people(person, entry[1], self._directory)) is not None:
                    yield *entry, match

    def at(self, place: Institution) -> Iterator[tuple[Owner, Person, Match]]:
        """Everybody in the index who is at `place`."""
        for owner, person, other in self._by_place.get(place.key, ()):
            if (match := same_place(place, other)) is not None:
                yield owner, person, match


def _person_keys(person: Person) -> set[str]:
    keys = {f"name:{key}" for name in person.names for key in name_keys(name)}
    keys |= {f"mail:{key}" for email in person.emails if (key := email_key(email))}
    if orcid := orcid_key(person.orcid):
        keys.add(f"orcid:{orcid}")
    return keys


def match_people(a: Person, b: Person, directory: Directory) -> Match | None:
    """`same_person`, with the institutions of both looked up where the names alone leave a doubt."""
    match = same_person(a, b)
    if match is not None and not match.doubt:
        return match
    if not (a.emails or a.affiliations) or not (b.emails or b.affiliations):
        return match
    at_a = {place.key for place in directory.places(a.emails, a.affiliations)}
    if not at_a.isdisjoint(place.key for place in directory.places(b.emails, b.affiliations)):
        return same_person(a, b, same_institution=True)
    return match


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of a list of collaborators names: a person, or everybody at an institution."""

    person: Person | None = None
    institution: str = ""


_EVERYBODY = frozenset(("all", "everybody", "everyone", "anyone", "*"))
_NOBODY = frozenset(("", "none", "n/a", "na", "nil", "nobody", "no one", "-"))
_ADDRESS = re.compile(r"[^\s<>()\[\],;:]+@[^\s<>()\[\],;:]+")


def parse_line(text: str) -> Line:
    """Read “Ann Lee (MIT)”, “Ann Lee <ann@mit.edu>”, “ann@mit.edu” or “All (MIT)”. Names nobody when it is empty."""
    return _parse_line(clean(text[:LONGEST]))


@lru_cache(maxsize=REMEMBERED)
def _parse_line(text: str) -> Line:
    emails = tuple(_ADDRESS.findall(text))
    rest = re.sub(r"<[^<>]*>", " ", _ADDRESS.sub(" ", text))
    affiliation = re.search(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", rest)
    name = (rest[: affiliation.start()] if affiliation else rest).strip(" ,;:-–")
    place = affiliation.group(1).strip() if affiliation else ""
    first, _, following = (part.strip() for part in name.partition(","))
    if fold(first) in _EVERYBODY:
        return Line(institution=place or following)
    if fold(name) in _NOBODY and not emails:
        return Line()
    return Line(Person((name,) if name else (), emails, affiliations=(place,) if place else ()))
