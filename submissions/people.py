"""What the accounts room may know of papers and committees, registered in `SubmissionsConfig.ready()`."""

import re
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import MessageAbout
from submissions.models import Author, Paper, Reminder, Role
from submissions.policy import papers_handled_by, papers_written_by, proven_addresses, roles_held_by
from submissions.queries import is_waived

if TYPE_CHECKING:
    from accounts.models import User

CHAIR_PAGE = re.compile(r"/[^/]+/chair(/|$)")
PAPER_PAGE = re.compile(r"/[^/]+/papers/[0-9]+/")


def is_chair(user: "User") -> bool:
    """Whether `user` runs any edition."""
    return Role.objects.filter(roles_held_by(user), kind__in=Role.CHAIRS).exists()


def is_chair_page(path: str) -> bool:
    """Whether the address belongs to the chairs' pages of an edition."""
    return CHAIR_PAGE.match(path) is not None


def is_paper_page(path: str) -> bool:
    """Whether the address is about one paper: its authors and those who handle it use the same."""
    return PAPER_PAGE.match(path) is not None


def entries_of_papers(user: "User") -> Q:
    """What the record says about papers that `user` does not handle."""
    handled = Paper.objects.filter(papers_handled_by(user))
    return Q(subject_type=Paper._meta.label_lower) & ~Q(subject_id__in=handled.values("pk"))


def messages_of_papers(user: "User") -> Q:
    """Mail about papers that `user` does not handle, be it among others."""
    handled = Paper.objects.filter(papers_handled_by(user))
    about = handled.annotate(key=Concat(Value("paper:"), Cast("pk", CharField()))).values("key")
    hidden = Q(about__startswith="paper:") & ~Q(about__in=about)
    return hidden | Q(Exists(MessageAbout.objects.filter(hidden, message=OuterRef("pk"))))


def last_chair_of(user: "User") -> str:
    """Why `user` must not leave now: an edition that has papers and would have no chair. "" when nothing stands against it."""
    for role in Role.objects.filter(roles_held_by(user), kind__in=Role.CHAIRS).select_related("edition"):
        others = Role.objects.filter(edition=role.edition, kind__in=Role.CHAIRS).exclude(roles_held_by(user))
        if role.edition.papers.exists() and not others.filter(Q(user__isnull=False) | ~Q(email="")).exists():
            return (
                f"You are the only chair of {role.edition}, which has papers. Ask an administrator to name another "
                "chair first."
            )
    return ""


def papers_named(user: "User", email: str) -> str:
    """The sentence for somebody who has just confirmed `email`; "" when no paper names it."""
    count = Paper.objects.filter(authors__email=email.lower()).distinct().count()
    if not count:
        return ""
    return (
        "One paper names this address: it is on your list of papers now."
        if count == 1
        else f"{count} papers name this address: they are on your list of papers now."
    )


def export_papers(user: "User") -> list[dict[str, Any]]:
    """The papers of `user` with all versions of the file, for “Download my data”."""
    papers = (
        Paper.objects.filter(papers_written_by(user))
        .select_related("edition", "category", "waiver")
        .prefetch_related(
            "authors",
            "topics",
            "manuscripts",
            "extra_answers__field",
            "declared_conflicts__role",
            "extensions",
        )
        .order_by("edition__slug", "number")
    )
    return [
        {
            "edition": paper.edition.slug,
            "number": paper.number,
            "title": paper.title,
            "abstract": paper.abstract,
            "category": paper.category.name if paper.category else None,
            "topics": [topic.name for topic in paper.topics.all()],
            "state": paper.state,
            "you_submitted_it": paper.submitter_id == user.pk,
            "created_at": paper.created_at,
            "submitted_at": paper.submitted_at,
            "authors": [_author(author) for author in paper.authors.all()],
            "answers": {answer.field.label: answer.value for answer in paper.extra_answers.all()},
            "declared_conflicts": [conflict.role.name for conflict in paper.declared_conflicts.all()],
            "declared_institutions": paper.institutions,
            "extensions": [
                {"until": it.until, "reason": it.reason, "at": it.granted_at} for it in paper.extensions.all()
            ],
            "page_limit_waived": paper.waiver.reason if is_waived(paper) else None,
            "manuscripts": [
                {
                    "version": m.version,
                    "size": m.size,
                    "sha256": m.sha256,
                    "pages": m.pages,
                    "at": m.arrived_at,
                }
                for m in paper.manuscripts.all()
            ],
        }
        for paper in papers
    ]


def _author(author: Author) -> dict[str, Any]:
    return {
        "position": author.position,
        "name": author.name,
        "email": author.email,
        "affiliation": author.affiliation,
        "country": str(author.country or ""),
        "orcid": author.orcid,
        "is_contact": author.is_contact,
    }


def export_roles(user: "User") -> list[dict[str, Any]]:
    """The places in committees that `user` holds."""
    roles = Role.objects.filter(roles_held_by(user)).order_by("edition__slug", "order")
    return [
        dict(role)
        for role in roles.values("edition__slug", "kind", "name", "affiliation", "country", "email")
    ]


def export_reminders(user: "User") -> list[dict[str, Any]]:
    """What the addresses of `user` were reminded of."""
    addresses = proven_addresses(user).values("email")
    found = Reminder.objects.filter(address__in=addresses).order_by("pk")
    return [dict(row) for row in found.values("edition__slug", "about", "address", "occasion", "outcome")]
