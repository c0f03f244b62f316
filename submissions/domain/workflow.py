"""The life of a paper, and what is missing before it is in.

A paper with nothing missing is submitted: there is no "ready" box to forget. A submitted paper never falls back to
a draft by an edit: such an edit is refused and the paper stays in as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.DRAFT: "Draft",
    State.SUBMITTED: "Submitted",
    State.WITHDRAWN: "Withdrawn",
    State.OUT_OF_SCOPE: "Out of scope",
}

#: Which state may follow which.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN, State.OUT_OF_SCOPE}),
    State.SUBMITTED: frozenset({State.WITHDRAWN, State.OUT_OF_SCOPE}),
    State.WITHDRAWN: frozenset({State.DRAFT, State.SUBMITTED}),
    State.OUT_OF_SCOPE: frozenset({State.DRAFT, State.SUBMITTED}),
}


def may_become(old: State, new: State) -> bool:
    return new in TRANSITIONS[old]


@dataclass(frozen=True)
class Missing:
    """One thing to do before a paper is in. `field` is the id of the form field to link to."""

    field: str
    message: str


@dataclass(frozen=True)
class AuthorFacts:
    """`email_valid` and `orcid_valid`: drafts keep what was typed, also when it is not yet an address."""

    name: str
    email: str
    affiliation: str
    is_contact: bool
    email_valid: bool = True
    orcid: str = ""
    orcid_valid: bool = True


@dataclass(frozen=True)
class ExtraFacts:
    slug: str
    label: str
    required: bool
    answered: bool


@dataclass(frozen=True)
class PaperFacts:
    """What the rule of completeness looks at. `file_problem` is the page law's sentence, empty when the file fits."""

    title: str
    title_max_chars: int
    abstract: str
    abstract_min_words: int
    abstract_max_words: int
    category: str | None
    topics: int
    authors: Sequence[AuthorFacts]
    needs_file: bool
    has_file: bool
    file_problem: str = ""
    topics_offered: bool = True
    extras: Sequence[ExtraFacts] = field(default_factory=tuple)


def count_words(text: str) -> int:
    return len(text.split())


def missing(paper: PaperFacts) -> list[Missing]:
    """What must still be done before the paper is in, in the order of the form; empty when it is in."""
    items: list[Missing] = []
    if not paper.title.strip():
        items.append(Missing("id_title", "Give the paper a title."))
    elif len(paper.title) > paper.title_max_chars:
        items.append(
            Missing(
                "id_title",
                f"The title has {len(paper.title)} characters; the call allows {paper.title_max_chars}.",
            )
        )
    items += _abstract(paper)
    if paper.category is None:
        items.append(Missing("id_category", "Choose a category."))
    if paper.topics_offered and not paper.topics:
        items.append(Missing("id_topics", "Choose at least one topic."))
    items += _authors(paper.authors)
    items += [
        Missing(f"id_extra_{extra.slug}", f"Answer “{extra.label}”.")
        for extra in paper.extras
        if extra.required and not extra.answered
    ]
    if paper.category is not None and paper.needs_file:
        if not paper.has_file:
            items.append(Missing("id_file", "Upload your paper as a PDF."))
        elif paper.file_problem:
            items.append(Missing("id_file", paper.file_problem))
    return items


def _abstract(paper: PaperFacts) -> list[Missing]:
    words = count_words(paper.abstract)
    if not words:
        return [Missing("id_abstract", "Write the abstract.")]
    if words < paper.abstract_min_words:
        return [
            Missing(
                "id_abstract",
                f"The abstract has {words} words; the call asks for at least {paper.abstract_min_words}.",
            )
        ]
    if paper.abstract_max_words and words > paper.abstract_max_words:
        return [
            Missing(
                "id_abstract",
                f"The abstract has {words} words; the call allows {paper.abstract_max_words}. "
                f"Shorten it by {words - paper.abstract_max_words}.",
            )
        ]
    return []


def _authors(authors: Sequence[AuthorFacts]) -> list[Missing]:
    if not authors:
        return [Missing("id_authors", "Name the authors.")]
    items = []
    for position, author in enumerate(authors):
        lacks = [
            word
            for word, value in (
                ("name", author.name),
                ("e-mail address", author.email),
                ("affiliation", author.affiliation),
            )
            if not value.strip()
        ]
        if lacks:
            who = author.name.strip() or f"Author {position + 1}"
            first = {"name": "name", "e-mail address": "email", "affiliation": "affiliation"}[lacks[0]]
            items.append(Missing(f"id_authors-{position}-{first}", f"{who} has no {_join(lacks)} yet."))
        elif not author.email_valid:
            items.append(
                Missing(f"id_authors-{position}-email", f"“{author.email}” is not an e-mail address yet.")
            )
        if author.orcid and not author.orcid_valid:
            items.append(
                Missing(
                    f"id_authors-{position}-orcid",
                    f"“{author.orcid}” is not a valid ORCID iD. Check it, or leave it empty.",
                )
            )
    if not any(author.is_contact for author in authors):
        items.append(Missing("id_authors", "Mark at least one author as contact: contacts receive the mail."))
    return items


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
