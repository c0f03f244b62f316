"""Which institutions do an e-mail address and the words of an affiliation name, and are two of them the same?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from reviews.domain.conflicts.affiliations import (
    bag_key,
    fallback_key,
    is_generic,
    listed_keys,
    name_key,
    phrases,
    split_institutions,
)
from reviews.domain.conflicts.domains import (
    PersonalMail,
    has_left,
    host_of,
    is_public_suffix,
    parents,
    registrable,
)
from reviews.domain.conflicts.names import Confidence, Match
from reviews.domain.conflicts.text import LONGEST, REMEMBERED, clean

#: So many institutions directly below a domain that is nobody's make it open to all.
MANY = 3


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution that somebody named.

    `key` is a domain (“unc.edu”) for a known institution or host, otherwise “name:” and the words that were compared.
    `part` is the listed school or campus below `key`, if one was meant (“d.umn.edu”).
    """

    key: str
    name: str
    written: str
    part: str = ""
    umbrella: bool = False
    ambiguous: bool = False  # several institutions have this name
    loose: bool = False  # found by the same words in another order


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: all domains and names of an institution, the main ones first."""

    domains: tuple[str, ...]
    names: tuple[str, ...]


class Directory:
    """All institutions known by domain and name. Make one and keep it: it builds its indexes once.

    Args:
        entries: The list of institutions.
        nicknames: Further names, each for a domain; they win over the same name in `entries`.
        umbrellas: Domains shared by many institutes.
        personal: Hosts that name no institution.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        nicknames: Iterable[Entry] = (),
        umbrellas: Iterable[str] = (),
        personal: PersonalMail | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self._nicknames = tuple(nicknames)
        self._main = {domain: entry.domains[0] for entry in self.entries for domain in entry.domains}
        for entry in self._nicknames:
            main = self._main_of(entry)
            self._main.update(dict.fromkeys(entry.domains, main))
        self._shown = {entry.domains[0]: entry.names[0] for entry in self.entries if entry.names}
        for entry in self._nicknames:
            self._shown.setdefault(self._main_of(entry), entry.names[0])
        self._open = self._open_domains()
        self._personal = personal or PersonalMail((), (), ())
        self._umbrellas = frozenset(self._root(domain) for domain in umbrellas)
        self._email_answers = lru_cache(maxsize=REMEMBERED)(self._look_up_email)
        self._name_answers = lru_cache(maxsize=REMEMBERED)(self._look_up_name)

    def _main_of(self, entry: Entry) -> str:
        return next(
            (self._main[domain] for domain in entry.domains if domain in self._main), entry.domains[0]
        )

    def _open_domains(self) -> frozenset[str]:
        """Domains that are nobody's, with several institutions directly below: a city's (“krakow.pl”), a network's."""
        above = Counter(main.partition(".")[2] for main in set(self._main.values()) if main.count(".") > 1)
        return frozenset(
            domain for domain, number in above.items() if number >= MANY and domain not in self._main
        )

    def _root(self, host: str) -> str:
        """The main domain of the topmost institution that `host` lies in; empty for a suffix."""
        known = next((self._main[domain] for domain in parents(host) if domain in self._main), host)
        last = ""
        for domain in parents(known):
            if domain in self._open or is_public_suffix(domain):
                break
            last = domain
        return self._main.get(last, last)

    def by_email(self, email: str) -> Institution | None:
        """The institution of an address (or bare host); None for free, disposable and former addresses."""
        return self._email_answers(host_of(email))

    def _look_up_email(self, host: str) -> Institution | None:
        if not host or host in self._personal or has_left(host):
            return None
        root = self._root(host)
        return self._at(host, root, host) if root else None

    def domain_of(self, email: str) -> str | None:
        """The main domain of an address's institution: “x@student.aau.dk” and “x@auc.dk” give the same."""
        found = self.by_email(email)
        return found.key if found else None

    def _at(
        self, host: str, root: str, written: str, *, ambiguous: bool = False, loose: bool = False
    ) -> Institution:
        known = next((self._main[domain] for domain in parents(host) if domain in self._main), root)
        part = "" if known == root else known
        if root in self._umbrellas and not part:
            part = _one_below(host)
        name = self._shown.get(part, "") or self._shown.get(root, root)
        return Institution(root, name, written, part, root in self._umbrellas, ambiguous, loose)

    @cached_property
    def _names(self) -> dict[str, frozenset[str]]:
        """Normalised name → main domains. Built on first use, a tenth of a second."""
        found: dict[str, set[str]] = defaultdict(set)
        for entry in self.entries:
            for name in entry.names:
                for key in listed_keys(name):
                    if not is_generic(key):
                        found[key].add(entry.domains[0])
        for entry in self._nicknames:
            main = self._main_of(entry)
            for name in entry.names:
                for key in name_key(name):
                    found[key] = {main}
        return {key: frozenset(domains) for key, domains in found.items() if key}

    @cached_property
    def _bags(self) -> dict[str, frozenset[str]]:
        """The same with the words of a name in alphabetical order; only names that stay unique."""
        found: dict[str, set[str]] = defaultdict(set)
        for key, domains in self._names.items():
            found[bag_key(key)] |= domains
        return {bag: frozenset(domains) for bag, domains in found.items() if len(domains) == 1 and " " in bag}

    def by_name(self, text: str) -> tuple[Institution, ...]:
        """Every institution that an affiliation names, known or not. Empty when it names none (“independent”)."""
        return self._name_answers(text[:LONGEST])

    def _look_up_name(self, text: str) -> tuple[Institution, ...]:
        if len(whole := split_institutions(text)) == 1:
            return tuple(found for found in [self._one(whole[0])] if found)
        known = self._known(clean(text))
        places = [known] if known else [self._one(part) for part in whole]
        return tuple({found.key + found.part: found for found in places if found}.values())

    def _one(self, text: str) -> Institution | None:
        if known := self._known(text):
            return known
        if key := fallback_key(text):
            return Institution(f"name:{key}", _quote(text), text)
        return None

    def _known(self, text: str) -> Institution | None:
        """The listed institution that `text` or the longest part of it between commas names."""
        candidates = phrases(text)
        for index, loose in ((self._names, False), (self._bags, True)):
            for phrase in candidates:
                domains = index.get(bag_key(phrase) if loose else phrase)
                if not domains:
                    continue
                if len(domains) > 1:
                    return Institution(f"name:{phrase}", _quote(text), text, ambiguous=True)
                (domain,) = domains
                return self._at(domain, self._root(domain), text, loose=loose)
        return None

    def candidates(self, ambiguous: Institution) -> frozenset[str]:
        """The main domains of the institutions that share an ambiguous name."""
        domains = self._names.get(ambiguous.key.removeprefix("name:"), frozenset())
        return frozenset(self._root(domain) for domain in domains)

    def places(self, emails: Iterable[str], affiliations: Iterable[str]) -> tuple[Institution, ...]:
        """All institutions of one person, each once; an address decides between institutions of one name."""
        found: dict[tuple[str, str], Institution] = {}
        for email in emails:
            if place := self.by_email(email):
                found.setdefault((place.key, place.part), place)
        roots = {key for key, _ in found}
        for affiliation in affiliations:
            for place in self.by_name(affiliation):
                if not (place.ambiguous and roots & self.candidates(place)):
                    found.setdefault((place.key, place.part), place)
        return tuple(found.values())

    def named(self, text: str) -> tuple[Institution, ...]:
        """The institutions of a line in a list: by name, or by a domain (“polimi.it”)."""
        text = clean(text)
        if " " not in text and "." in text and (place := self.by_email(text)) is not None:
            return (place,)
        return self.by_name(text)

    def suggest(self, text: str, limit: int = 10) -> list[str]:
        """Names of institutions that have all words of `text`, the shortest first: help while somebody types."""
        words = {word for key in name_key(text) for word in key.split()}
        if not words:
            return []
        hits = {
            self._shown[domain]
            for key, domains in self._names.items()
            if all(word in key for word in words)
            for domain in domains
            if domain in self._shown
        }
        return sorted(hits, key=lambda name: (len(name), name))[:limit]


def _one_below(host: str) -> str:
    """The institute's own domain under an umbrella: “mpi-inf.mpg.de” for “mail.mpi-inf.mpg.de”, or nothing."""
    top = registrable(host)
    return next((domain for domain in parents(host) if domain.partition(".")[2] == top), "")


_INNER_QUOTES = str.maketrans('“”„«»"', "‘’‚‘’'")


def _quote(text: str) -> str:
    shown = clean(text).translate(_INNER_QUOTES)
    return f"“{shown if len(shown) <= 80 else shown[:79] + '…'}”"


def same_place(a: Institution, b: Institution) -> Match | None:
    """Whether two institutions are one, or None. Symmetric. Never certain: people move, texts err."""
    if a.key != b.key:
        return None
    doubts = []
    if a.part != b.part:
        doubts.append("they may be different parts of it")
    if a.umbrella and not (a.part and a.part == b.part):
        doubts.append("many institutes share it")
    if a.ambiguous or b.ambiguous:
        doubts.append("several institutions have this name")
    if a.loose or b.loose:
        doubts.append("the words of the name stand in another order")
    return Match(Confidence.PROBABLE, _why(a, b), "; ".join(doubts))


def _why(a: Institution, b: Institution) -> str:
    if a.key.startswith("name:"):
        one, other = sorted((_quote(a.written), _quote(b.written)))
        return f"both name {one}" if one == other else f"{one} and {other} read the same"
    name = min(a.name, b.name, key=lambda name: (len(name), name))
    shown = f"{name} ({a.key})" if name != a.key else name
    written = sorted({_quote(place.written) for place in (a, b)} - {_quote(a.key), _quote(name)})
    return f"both are at {shown}" + (f", written {' and '.join(written)}" if written else "")


def same_institution(a: str, b: str, directory: Directory) -> Match | None:
    """Whether two affiliations, as people write them, have an institution in common. Symmetric."""
    found = [
        match
        for one in directory.by_name(a)
        for other in directory.by_name(b)
        if (match := same_place(one, other)) is not None
    ]
    return min(found, key=lambda match: (bool(match.doubt), match.why, match.doubt), default=None)
