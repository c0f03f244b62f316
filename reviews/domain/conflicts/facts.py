"""What the rules are told, and what they answer: plain values without a database."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reviews.domain.conflicts.names import Confidence, Person

#: Full years that a joint publication or a paper of an earlier edition counts when an edition sets nothing else: the 48
#: months of the NSF's conflict-of-interest rules for reviewers and co-authors.
DEFAULT_YEARS = 4


class Rule(StrEnum):
    """Why a member must not handle a paper. The value is stored; `label` is shown."""

    OWN_PAPER = "own_paper"
    DECLARED_BY_AUTHOR = "declared_by_author"
    DECLARED_INSTITUTION = "declared_institution"
    DECLARED_BY_MEMBER = "declared_by_member"
    COAUTHOR_THIS_EDITION = "coauthor_this_edition"
    COAUTHOR_EARLIER_EDITION = "coauthor_earlier_edition"
    SAME_INSTITUTION = "same_institution"
    PUBLISHED_TOGETHER = "published_together"
    COLLABORATOR = "collaborator"

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return _LABELS[self]

    @property
    def declared(self) -> bool:
        """Whether somebody said so, rather than the program finding it."""
        return self in {self.DECLARED_BY_AUTHOR, self.DECLARED_INSTITUTION, self.DECLARED_BY_MEMBER}


_LABELS = {
    Rule.OWN_PAPER: "own paper",
    Rule.DECLARED_BY_AUTHOR: "declared by an author",
    Rule.DECLARED_INSTITUTION: "institution declared by an author",
    Rule.DECLARED_BY_MEMBER: "declared by the member",
    Rule.COAUTHOR_THIS_EDITION: "co-author of another paper of this edition",
    Rule.COAUTHOR_EARLIER_EDITION: "co-author of a paper of an earlier edition",
    Rule.SAME_INSTITUTION: "same institution",
    Rule.PUBLISHED_TOGETHER: "published together",
    Rule.COLLABORATOR: "collaborator",
}


@dataclass(frozen=True, slots=True)
class Publication:
    """An entry of a member's bibliography. `year` is None when the entry has none."""

    title: str
    authors: tuple[str, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True)
class EarlierPaper:
    """A paper of an earlier edition. `label` names it in a sentence (“ScaDL 2020 #4”)."""

    label: str
    presented: date
    authors: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is known of a committee member.

    `collaborators` are lines as people write them: “Ann Lee (MIT)”, “ann@mit.edu”, “All (MIT)”.
    `declared_papers` are the keys of papers the member declared a conflict with.
    """

    key: str
    person: Person
    collaborators: tuple[str, ...] = ()
    publications: tuple[Publication, ...] = ()
    declared_papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What is known of a paper. `label` names it in a sentence (“#17”).

    `declared_members` are keys of members; `declared_people`, `declared_institutions` and `collaborators` are lines as
    people write them, the first and last in the form of `MemberFacts.collaborators`.
    """

    key: str
    label: str
    authors: tuple[Person, ...]
    declared_members: tuple[str, ...] = ()
    declared_people: tuple[str, ...] = ()
    declared_institutions: tuple[str, ...] = ()
    collaborators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """How far back joint work counts.

    `on` is the day that is asked about: take the edition's submission deadline, so that a repeated run says the same.
    """

    on: date
    years: int = DEFAULT_YEARS

    def __post_init__(self) -> None:
        if not 0 <= self.years <= 50:
            raise ValueError(f"A joint publication can count for 0 to 50 years, not for {self.years}.")

    def expiry(self, year: int) -> date:
        """The last day on which joint work of `year` counts; work announced for the future counts from today."""
        return date(min(year, self.on.year) + self.years, 12, 31)


@dataclass(frozen=True, slots=True)
class Found:
    """One conflict between a member and a paper under one rule, with everything that speaks for it.

    `evidence` is one or more sentences for a chair; `doubt` says why it may be a false alarm, or is empty.
    `expires` is the last day it holds, None if it does not end. `facts` identify what it rests on: a dismissal covers
    the facts it was made for and no others (`changes.still_dismissed`).
    """

    rule: Rule
    member: str
    paper: str
    confidence: Confidence
    evidence: str
    doubt: str = ""
    expires: date | None = None
    facts: frozenset[str] = field(default_factory=frozenset)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same conflict in two runs."""
        return self.member, self.paper, self.rule.value

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change when the facts do, and only then."""
        return digest(self.rule.value, self.member, self.paper, *sorted(self.facts))


def digest(*parts: str) -> str:
    """A short fingerprint of some texts, the same in every process."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def joined_sentences(sentences: Collection[str], most: int = 3) -> str:
    """At most `most` sentences in alphabetical order, and how many more there are."""
    ordered = sorted(set(sentences))
    shown = " ".join(ordered[:most])
    rest = len(ordered) - most
    return f"{shown} And {rest} more of this kind." if rest > 0 else shown
