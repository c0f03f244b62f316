"""What the submission form holds, compared with and written to a paper. Called inside a service's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from submissions.models import Author, Category, Edition, ExtraAnswer, Paper, Role, Topic
from submissions.services.errors import Refused

#: A list of authors longer than this is a mistake or a joke; the chairs can be asked for more.
MAX_AUTHORS = 100
ABSTRACT_MAX_CHARS = 20_000
#: Institutions named as conflicts; each a line of at most as many characters as an affiliation.
MAX_INSTITUTIONS = 100
INSTITUTION_MAX_CHARS = 200
#: Of an answer to a further question, where the call sets no limit.
ANSWER_MAX_CHARS = 5_000


@dataclass(frozen=True)
class AuthorData:
    name: str = ""
    email: str = ""
    affiliation: str = ""
    country: str = ""
    orcid: str = ""
    is_contact: bool = False


@dataclass(frozen=True)
class PaperData:
    """What the submission form holds, already cleaned: everything but the files."""

    title: str = ""
    abstract: str = ""
    category: Category | None = None
    topics: Sequence[Topic] = ()
    authors: Sequence[AuthorData] = ()
    conflicts: Sequence[Role] = ()
    institutions: Sequence[str] = ()
    extras: dict[int, str] = field(default_factory=dict)


def differences(paper: Paper, data: PaperData) -> dict[str, list[Any]]:
    """What saving `data` would change: {field: [now, then]} in words for the history page."""
    now = _as_data(paper)
    found: dict[str, list[Any]] = {}
    for name in ("title", "abstract"):
        if getattr(now, name) != getattr(data, name):
            found[name] = [getattr(now, name), getattr(data, name)]
    if now.category != data.category:
        found["category"] = [str(now.category or ""), str(data.category or "")]
    for name in ("topics", "conflicts"):
        old, new = getattr(now, name), getattr(data, name)
        if {item.pk for item in old} != {item.pk for item in new}:
            found[name] = [sorted(map(str, old)), sorted(map(str, new))]
    if list(now.institutions) != list(data.institutions):
        found["institutions"] = [list(now.institutions), list(data.institutions)]
    if list(now.authors) != list(data.authors):
        found["authors"] = [[_line(it) for it in now.authors], [_line(it) for it in data.authors]]
    for extra in paper.edition.extra_fields.all():
        old_value, new_value = now.extras.get(extra.pk, ""), data.extras.get(extra.pk, "")
        if extra.kind != extra.Kind.FILE and old_value != new_value:
            found[extra.label] = [old_value, new_value]
    return found


def _as_data(paper: Paper) -> PaperData:
    return PaperData(
        title=paper.title,
        abstract=paper.abstract,
        category=paper.category,
        topics=list(paper.topics.all()),
        authors=[
            AuthorData(it.name, it.email, it.affiliation, str(it.country), it.orcid, it.is_contact)
            for it in paper.authors.all()
        ],
        conflicts=[it.role for it in paper.declared_conflicts.select_related("role")],
        institutions=paper.institutions,
        extras={it.field_id: it.value for it in paper.extra_answers.all()},
    )


def _line(author: AuthorData) -> str:
    parts = [author.name, author.email, author.affiliation, author.country, author.orcid]
    return ", ".join(filter(None, parts)) + (" (contact)" if author.is_contact else "")


def apply(paper: Paper, data: PaperData) -> dict[str, Any]:
    changes: dict[str, Any] = differences(paper, data)
    if not changes:
        return changes
    _refuse_foreign(paper.edition, data)
    _refuse_unstorable(data)
    _refuse_against_the_call(paper.edition, data)
    # The paper's own columns are written when the change is settled, once it is known that nothing breaks.
    paper.title, paper.abstract, paper.category = data.title, data.abstract, data.category
    paper.conflict_institutions = "\n".join(data.institutions)
    if "topics" in changes:
        paper.topics.set(data.topics)
    if "conflicts" in changes:
        paper.declared_conflicts.all().delete()
        for role in data.conflicts:
            paper.declared_conflicts.create(role=role)
    if "authors" in changes:
        paper.authors.all().delete()
        Author.objects.bulk_create(
            Author(paper=paper, position=position, **vars(it)) for position, it in enumerate(data.authors)
        )
    for extra in paper.edition.extra_fields.all():
        if extra.label in changes and extra.kind != extra.Kind.FILE:  # labels may repeat
            ExtraAnswer.objects.update_or_create(
                paper=paper, field=extra, defaults={"value": data.extras.get(extra.pk, "")}
            )
    return changes


def _refuse_foreign(edition: Edition, data: PaperData) -> None:
    """Categories, topics and people must be of this edition; only a forged form has others."""
    chosen = [it for it in (data.category, *data.topics, *data.conflicts) if it is not None]
    for item in chosen:
        if item.edition_id != edition.pk:
            raise Refused(f"“{item}” does not belong to {edition}. Nothing was saved.")


def _refuse_unstorable(data: PaperData) -> None:
    """What the rows cannot hold. Forms say the same earlier; this is for whoever comes without a form."""
    for what, value, limit in [
        ("The title", data.title, Paper._meta.get_field("title").max_length),
        ("The abstract", data.abstract, ABSTRACT_MAX_CHARS),
        *(("An author's name", it.name, Author._meta.get_field("name").max_length) for it in data.authors),
        *(("An author's affiliation", it.affiliation, 200) for it in data.authors),
        *(("An author's e-mail address", it.email, 254) for it in data.authors),
        *(("An ORCID iD", it.orcid, 19) for it in data.authors),
        *(("An institution with a conflict", it, INSTITUTION_MAX_CHARS) for it in data.institutions),
    ]:
        if len(value) > (limit or 0):
            raise Refused(f"{what} has {len(value)} characters; at most {limit} fit. Nothing was saved.")
        if "\x00" in value:
            raise Refused(f"{what} holds a character that cannot be stored. Nothing was saved.")
    if len(data.authors) > MAX_AUTHORS:
        raise Refused(
            f"{len(data.authors)} authors are too many; at most {MAX_AUTHORS} fit. Write to the chairs."
        )
    if len(data.institutions) > MAX_INSTITUTIONS:
        raise Refused(
            f"{len(data.institutions)} institutions are named as conflicts; at most {MAX_INSTITUTIONS} fit. Nothing was saved."
        )
    if any("\n" in it for it in data.institutions):
        raise Refused("Each institution with a conflict is one line. Nothing was saved.")
    seen: set[str] = set()
    for address in (it.email for it in data.authors if it.email):
        if address in seen:
            raise Refused(f"{address} is given for two authors. Each author needs an address of their own.")
        seen.add(address)


def _refuse_against_the_call(edition: Edition, data: PaperData) -> None:
    """Choices that the call does not offer, in number or in kind."""
    most = edition.max_topics
    if most and len(data.topics) > most:
        raise Refused(f"{len(data.topics)} topics are chosen; the call allows {most}. Nothing was saved.")
    for extra in edition.extra_fields.all():
        value = data.extras.get(extra.pk, "")
        if value and extra.kind == extra.Kind.CHOICE and value not in extra.choices:
            raise Refused(f"“{value[:60]}” is no answer to “{extra.label}”. Nothing was saved.")
        limit = extra.max_chars or ANSWER_MAX_CHARS
        if extra.kind == extra.Kind.TEXT and len(value) > limit:
            raise Refused(
                f"The answer to “{extra.label}” has {len(value)} characters; at most {limit} fit. Nothing was saved."
            )
        if "\x00" in value:
            raise Refused(f"The answer to “{extra.label}” holds a character that cannot be stored.")
