"""Reads that several doors share: what a paper lacks, when it closes, and the lists with their counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from accounts.models import User
from accounts.validators import validate_orcid
from submissions.domain.deadlines import Closing, DeadlineRow, closing
from submissions.domain.page_law import Finding, PageLaw
from submissions.domain.workflow import AuthorFacts, ExtraFacts, Missing, PaperFacts, State, missing
from submissions.models import Author, Category, Deadline, Edition, ExtraField, Manuscript, Paper


def whole(papers: "QuerySet[Paper]") -> "QuerySet[Paper]":
    """`papers` with all that pages about them read, in a constant number of queries."""
    return papers.select_related("edition", "category", "manuscript", "submitter", "waiver").prefetch_related(
        "topics",
        "authors",
        "extensions",
        "extra_answers__field",
        "edition__deadlines",
        "edition__categories",
        "edition__extra_fields",
        "edition__topics",
    )


def law_for(paper: Paper) -> PageLaw | None:
    """The page law of the paper's category, lifted where a chair waived it; None without category or file."""
    if paper.category is None or not paper.category.needs_file:
        return None
    return paper.category.law(waived=is_waived(paper))


def is_waived(paper: Paper) -> bool:
    return getattr(paper, "waiver", None) is not None


def file_finding(paper: Paper, manuscript: Manuscript | None = None) -> Finding | None:
    """What the page law says of the paper's file (or of another version of it)."""
    law, manuscript = law_for(paper), manuscript or paper.manuscript
    if law is None or manuscript is None:
        return None
    return manuscript.breaks(law, others=other_laws(paper))


def other_laws(paper: Paper) -> list[PageLaw]:
    """The laws of the edition's other categories with a file, for the offer to switch."""
    return [
        category.law()
        for category in paper.edition.categories.all()
        if category.needs_file and category.pk != paper.category_id
    ]


def fitting_categories(paper: Paper, manuscript: Manuscript) -> list[Category]:
    """The other categories that this version of the file would fit."""
    return [
        category
        for category in paper.edition.categories.all()
        if category.needs_file and category.pk != paper.category_id and manuscript.fits(category.law())
    ]


@dataclass(frozen=True)
class RefusedUpload:
    """The latest upload, where the page law keeps it from counting: why, and which categories it would fit."""

    manuscript: Manuscript
    finding: Finding
    offers: list[Category]


def refused_upload(paper: Paper) -> RefusedUpload | None:
    latest = paper.manuscripts.first()
    if latest is None or latest.pk == paper.manuscript_id:
        return None
    finding = file_finding(paper, latest)
    if finding is None or finding.severity != "refuse":
        return None
    return RefusedUpload(latest, finding, fitting_categories(paper, latest))


def is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def is_orcid(value: str) -> bool:
    try:
        validate_orcid(value)
    except ValidationError:
        return False
    return True


def facts(paper: Paper) -> PaperFacts:
    """What the rule of completeness looks at."""
    finding = file_finding(paper)
    answers = {answer.field_id: answer for answer in paper.extra_answers.all()}
    edition = paper.edition
    return PaperFacts(
        title=paper.title,
        title_max_chars=edition.title_max_chars,
        abstract=paper.abstract,
        abstract_min_words=edition.abstract_min_words,
        abstract_max_words=edition.abstract_max_words,
        category=paper.category.slug if paper.category else None,
        topics=len(paper.topics.all()),
        topics_offered=bool(edition.topics.all()),
        authors=[author_facts(author) for author in paper.authors.all()],
        needs_file=bool(paper.category and paper.category.needs_file),
        has_file=paper.manuscript is not None,
        file_problem=finding.message if finding and finding.severity == "refuse" else "",
        extras=[
            ExtraFacts(
                slug=field.slug,
                label=field.label,
                required=field.required,
                answered=field.pk in answers and bool(answers[field.pk].value or answers[field.pk].file),
            )
            for field in edition.extra_fields.all()
        ],
    )


def author_facts(author: Author) -> AuthorFacts:
    return AuthorFacts(
        name=author.name,
        email=author.email,
        affiliation=author.affiliation,
        is_contact=author.is_contact,
        email_valid=is_email(author.email),
        orcid=author.orcid,
        orcid_valid=is_orcid(author.orcid),
    )


def missing_items(paper: Paper) -> list[Missing]:
    """What must still be done before `paper` is in: nothing once it is, also where the call has changed since."""
    return [] if paper.state == State.SUBMITTED else missing(facts(paper))


def closing_of(paper: Paper, *, category: Category | None = None) -> Closing | None:
    """When work on `paper` ends, in its own category or in another one it might move to."""
    extended = {extension.deadline_id: extension.until for extension in paper.extensions.all()}
    kind = category or paper.category
    return closing(
        _rows(paper.edition.deadlines.all(), Deadline.Kind.SUBMISSION, paper.edition, extended),
        kind.slug if kind else None,
    )


def open_for_authors(paper: Paper, moment: datetime) -> bool:
    """Whether authors may still work on `paper` at `moment`.

    A draft that was never in may still move to a category whose deadline is later.
    """
    if paper.state == State.OUT_OF_SCOPE:
        return False
    own = closing_of(paper)
    if own is None or own.open_at(moment):
        return True
    if paper.submitted_at is not None:
        return False
    others = (closing_of(paper, category=category) for category in paper.edition.categories.all())
    return any(other is None or other.open_at(moment) for other in others)


def call_closing(edition: Edition, category: Category | None = None) -> Closing | None:
    """When submission of manuscripts ends (the latest category's where none is named)."""
    return closing(
        _rows(edition.deadlines.all(), Deadline.Kind.SUBMISSION, edition), category.slug if category else None
    )


def registration_closing(edition: Edition) -> Closing | None:
    """When new papers stop being taken: at the abstract registration, or else with the submission itself."""
    rows = _rows(edition.deadlines.all(), Deadline.Kind.REGISTRATION, edition)
    return closing(rows, None) if rows else call_closing(edition)


def _rows(
    deadlines: "QuerySet[Deadline] | Sequence[Deadline]",
    kind: str,
    edition: Edition,
    extended: dict[int, datetime] | None = None,
) -> list[DeadlineRow]:
    slugs = {category.pk: category.slug for category in edition.categories.all()}
    return [
        DeadlineRow(
            at=row.at,
            grace=timedelta(minutes=row.grace_minutes),
            category=slugs[row.category_id] if row.category_id else None,
            extended_until=(extended or {}).get(row.pk),
        )
        for row in deadlines
        if row.kind == kind
    ]


def contacts(paper: Paper) -> dict[str, User | None]:
    """Where mail about `paper` goes: {address: account or None}, the submitter first, each address once."""
    found: dict[str, User | None] = {}
    if paper.submitter is not None and paper.submitter.is_active:
        found[paper.submitter.email] = paper.submitter
    for author in paper.authors.all():
        if author.is_contact and is_email(author.email):
            found.setdefault(author.email, None)
    return found


def fields_of(edition: Edition) -> list[ExtraField]:
    return list(edition.extra_fields.all())


def for_chairs(edition: Edition, user: User) -> "QuerySet[Paper]":
    """The papers of `edition` that `user` handles, ready for the chairs' list: constant queries at any size."""
    from submissions import policy

    return whole(Paper.objects.filter(policy.papers_handled_by(user), edition=edition)).order_by("number")


def concerned_by(deadline: Deadline) -> "QuerySet[Paper]":
    """The drafts and submitted papers that a move of `deadline` gives or takes time; none for other kinds of dates.

    A date for all categories does not concern those that have one of their own.
    """
    if deadline.kind not in (Deadline.Kind.REGISTRATION, Deadline.Kind.SUBMISSION):
        return Paper.objects.none()
    papers = Paper.objects.filter(edition=deadline.edition_id, state__in=[State.DRAFT, State.SUBMITTED])
    if deadline.category_id:
        return papers.filter(category=deadline.category_id)
    own = Deadline.objects.filter(
        edition=deadline.edition_id, kind=deadline.kind, category__isnull=False
    ).values("category")
    return papers.exclude(category__in=own)
