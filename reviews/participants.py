"""Who takes part in the discussion of a paper, and by which name each reader knows them.

Reviewers see each other's names where the edition's settings say so, else letters. Chairs see names, and everybody knows
who speaks as a chair. Nobody is listed whom a conflict keeps away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Q, Value, When

from accounts import mail_wishes
from accounts.models import User
from reviews import policy
from reviews.models import Assignment, Comment, Handling
from submissions import policy as papers_policy
from submissions.models import Edition, Paper, Role

#: The handle that stands for all chairs who handle the paper.
CHAIRS = "chairs"


@dataclass(frozen=True)
class Participant:
    """Somebody who may read the discussion. `letter`: as a reviewer; `chair`: they handle the paper as a chair."""

    user: User
    name: str
    letter: str
    chair: bool


def chairs_of(edition: Edition) -> list[User]:
    """Everybody who holds a chair's office of `edition`, whatever conflicts they have. Two queries."""
    roles = list(edition.roles.filter(kind__in=Role.CHAIRS).select_related("user").order_by("order", "pk"))
    owners = mail_wishes.owners_of(it.email for it in roles if it.user is None and it.email)
    found = [it.user or owners.get(it.email) for it in roles]
    return [it for it in dict.fromkeys(found) if it is not None and it.is_active]


def without_conflict(paper: Paper, asker: User) -> list[User]:
    """The chairs whom no conflict keeps from `paper`, with a second factor or without. Three queries.

    `asker` handles it, so that they need not be looked at again.
    """
    chairs = chairs_of(paper.edition)
    others = {f"wall_{it.pk}": it for it in chairs if it != asker}
    walls = {name: _flag(papers_policy.papers_walled_off_from(it)) for name, it in others.items()}
    kept = Paper.objects.filter(pk=paper.pk).annotate(**walls).values(*walls).first() if walls else {}
    return [it for it in chairs if it == asker or (kept and not kept[f"wall_{it.pk}"])]


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def handling_chairs(paper: Paper) -> list[User]:
    """Those chairs who handle `paper`: no conflict, and with the second factor."""
    return [it for it in chairs_of(paper.edition) if papers_policy.may_handle(it, paper)]


def chairs_in_charge(paper: Paper) -> list[User]:
    """Whom a request about `paper` goes to: the chair who handles it, or all who may while nobody does."""
    chairs = handling_chairs(paper)
    chosen = Handling.objects.filter(paper=paper).values_list("chair", flat=True).first()
    return [it for it in chairs if it.pk == chosen] or chairs


def of(paper: Paper) -> list[Participant]:
    """Everybody who may read the discussion of `paper`: chairs first, then reviewers by letter.

    The number of queries grows with the people of one paper, not with papers or comments.
    """
    rows = list(
        Assignment.objects.live()
        .filter(paper=paper, review__submitted_at__isnull=False)
        .select_related("member__user")
        .order_by("letter", "pk")
    )
    owners = mail_wishes.owners_of(it.member.email for it in rows if it.member.user is None)
    reviewers = {
        user: row
        for row in rows
        if (user := row.member.user or owners.get(row.member.email)) is not None and user.is_active
    }
    chairs = handling_chairs(paper)
    found = [
        Participant(it, str(it), reviewers[it].letter if it in reviewers else "", chair=True) for it in chairs
    ]
    for user, row in reviewers.items():
        reads = Paper.objects.filter(policy.papers_discussed_by(user), pk=paper.pk)
        if user not in chairs and reads.exists():
            found.append(Participant(user, str(row.member), row.letter, chair=False))
    return found


def handles(people: Iterable[Participant], *, names: bool) -> dict[str, list[int]]:
    """What may follow an @ for whom: {handle: keys of users}. Without `names` reviewers are known by letters only."""
    found: dict[str, list[int]] = {}
    for it in people:
        if it.chair:
            found.setdefault(CHAIRS, []).append(it.user.pk)
        if it.letter:
            found.setdefault(f"Reviewer {it.letter}", []).append(it.user.pk)
        if it.chair or names:
            found.setdefault(it.name, []).append(it.user.pk)
    return found


def names_of(paper: Paper) -> dict[int, str]:
    """How the committee's list names those who were ever asked to review `paper`, by user. One query."""
    rows = Assignment.objects.filter(paper=paper, member__user__isnull=False)
    return dict(rows.values_list("member__user", "member__name"))


def who_wrote(comment: Comment, reader: User, names: Mapping[int, str], *, sees_names: bool) -> str:
    """The writer of `comment` as `reader` knows them. `names`: of the committee's list, by user, where it has them."""
    if comment.author_id == reader.pk:
        return "You"
    author = comment.author
    if comment.as_chair:
        return author.name or "A chair" if author else "A chair who left"
    letter = f"Reviewer {comment.letter or '?'}"
    if author is None or not sees_names:
        return letter
    return names.get(author.pk) or author.name or letter
