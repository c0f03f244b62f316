"""Lists that come with the program: institutions with their domains, and hosts of private mail. See README.md here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from reviews.domain.conflicts.domains import PersonalMail
from reviews.domain.conflicts.institutions import Directory, Entry

_HERE = Path(__file__).parent


@cache
def directory() -> Directory:
    """The institutions of the world, read once a process (0.05 s; the first look at a name takes 0.2 s more)."""
    entries = tuple(_institutions())
    nicknames = tuple(_nicknames())
    known = {domain for entry in (*entries, *nicknames) for domain in entry.domains}
    personal = PersonalMail(
        (*_lines("free-mail.txt"), *_lines("disposable-mail.txt")), _lines("mail-more.txt"), known
    )
    return Directory(entries, nicknames, _lines("umbrellas.txt"), personal)


def _institutions() -> Iterator[Entry]:
    for line in _lines("institutions.tsv"):
        main, domains, names = (line + "\t").split("\t")[:3]
        others = tuple(domain for domain in domains.split() if domain != main)
        yield Entry((main, *others), tuple(names.split("|")) if names else ())


def _nicknames() -> Iterator[Entry]:
    for line in _lines("nicknames.tsv"):
        domains, names = line.split("\t")
        yield Entry(tuple(domains.split()), tuple(names.split("|")))


def _lines(name: str) -> Iterator[str]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
