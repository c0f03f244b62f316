"""Discussions as one of their readers sees them: the thread of a paper, and the list of all that one takes part in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from reviews import participants, policy, queries
from reviews.models import Assignment, Comment, DiscussionRead, Handling
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Paper

#: Comments on one page of a discussion.
SHOWN = 100


@dataclass
class Shown:
    """One comment for one reader. `who`: its writer as the reader knows them; `readers`: who else reads a private one."""

    comment: Comment
    who: str
    mine: bool
    new: bool
    readers: str
    editable: bool
    answers: list["Shown"] = field(default_factory=list)


@dataclass(frozen=True)
class Reviewer:
    """One reviewer of the paper as the reader knows them, and whether they find it ready to decide."""

    row: Assignment
    label: str
    you: bool
    lead: bool

    @property
    def ready(self) -> bool:
        return self.row.ready_at is not None


@dataclass(frozen=True)
class Page:
    """A discussion for one reader. `handles`: as a chair; `own`: their assignment where they review the paper.

    `threads`: of the comments on this page (`window`), the latest being on the first; `new_elsewhere`: how many are new on
    others.
    """

    handles: bool
    own: Assignment | None
    threads: Sequence[Shown]
    window: PageOfRows
    count: int
    new: int
    new_elsewhere: int
    latest: datetime | None
    reviewers: Sequence[Reviewer]
    out: int
    handling: Handling | None
    mentions: Sequence[tuple[str, str]]


def of(
    paper: Paper,
    user: User,
    now: datetime,
    editable_for: float,
    *,
    number: str | None = None,
    reply_to: int | None = None,
) -> Page:
    """The discussion of `paper` for somebody who takes part in it: the page with this `number`, in any case with the
    comment `reply_to`. Neither queries nor comments grow with the discussion.
    """
    settings = queries.settings_of(paper.edition)
    handles = papers_policy.may_handle(user, paper)
    sees_names = handles or settings.names_to_reviewers
    visible = Comment.objects.visible_to(user).filter(paper=paper)
    window, here, rows = _window(visible, number, reply_to)
    unread = _unread(visible, paper, user)
    fresh = set(unread.filter(pk__in=[it.pk for it in rows]).values_list("pk", flat=True))
    names = participants.names_of(paper)
    shown = {
        it.pk: Shown(
            comment=it,
            who=participants.who_wrote(it, user, names, sees_names=sees_names),
            mine=it.author_id == user.pk and not it.is_note,
            new=it.pk in fresh,
            readers=_readers(it, user, handles),
            editable=(now - it.at).total_seconds() <= editable_for,
        )
        for it in rows
    }
    new = unread.count()
    handling = Handling.objects.filter(paper=paper).select_related("lead").first()
    reviewers, out, own = _reviewers(paper, user, handling, sees_names)
    people = participants.of(paper)
    return Page(
        handles=handles,
        own=own,
        threads=_threads(shown),
        window=window,
        count=visible.filter(is_note=False, removed_at__isnull=True).count(),
        new=new,
        new_elsewhere=new - len(fresh & here),
        latest=max((it.at for it in rows), default=None),
        reviewers=reviewers,
        out=out,
        handling=handling,
        mentions=_mentions(people, user, handles, settings.names_to_reviewers),
    )


def _window(
    visible: QuerySet[Comment], number: str | None, reply_to: int | None
) -> tuple[PageOfRows, set[int], list[Comment]]:
    """One page of what is visible, the latest first; the keys on it; and its comments with those that they answer, in order."""
    pairs = visible.order_by("-at", "-pk").values_list("pk", "reply_to")
    window = Paginator(pairs, SHOWN).get_page(number)
    here = {pk for pk, _ in window.object_list}
    # What the page's comments answer stands above them, wherever it was said.
    above = {parent for _, parent in window.object_list if parent} | ({reply_to} if reply_to else set())
    return window, here, list(visible.filter(pk__in=here | above).select_related("author", "reply_to"))


def _unread(visible: QuerySet[Comment], paper: Paper, user: User) -> QuerySet[Comment]:
    """What others said since `user` last read the discussion."""
    read = DiscussionRead.objects.filter(paper=paper, user=user).values_list("at", flat=True).first()
    rows = visible.filter(removed_at__isnull=True).exclude(author=user)
    return rows if read is None else rows.filter(at__gt=read)


def _readers(comment: Comment, user: User, handles: bool) -> str:
    """Who reads a private note; "" for what all read."""
    if comment.readers != Comment.Readers.CHAIRS:
        return ""
    noted = comment.reply_to if comment.reply_to and comment.reply_to.readers == comment.readers else None
    if handles:
        to_reviewer = noted is not None and not noted.as_chair
        return "Chairs, and who wrote the note" if to_reviewer else "Chairs only"
    return "You and the chairs"


def _threads(shown: dict[int, Shown]) -> list[Shown]:
    """Comments in order, each answer under the one it belongs to, on one level."""
    roots: list[Shown] = []
    for it in shown.values():
        parent = shown.get(it.comment.reply_to_id or 0)
        while parent is not None and (above := shown.get(parent.comment.reply_to_id or 0)) is not None:
            parent = above
        (roots if parent is None else parent.answers).append(it)
    return roots


def _reviewers(
    paper: Paper, user: User, handling: Handling | None, sees_names: bool
) -> tuple[list[Reviewer], int, Assignment | None]:
    """Those whose review is in, by letter; how many are still out; and the reader's own assignment."""
    rows = list(
        Assignment.objects.live()
        .filter(paper=paper)
        .select_related("member", "review")
        .order_by("letter", "pk")
    )
    mine = set(
        Assignment.objects.filter(policy.own_assignments(user), paper=paper).values_list("pk", flat=True)
    )
    inside = [it for it in rows if (review := getattr(it, "review", None)) and review.submitted_at]
    lead = handling.lead_id if handling else None
    found = [
        Reviewer(
            row=it,
            label=f"{it.member} (Reviewer {it.letter})" if sees_names else f"Reviewer {it.letter or '?'}",
            you=it.pk in mine,
            lead=it.member_id == lead,
        )
        for it in inside
    ]
    own = next((it for it in inside if it.pk in mine), None)
    return found, len(rows) - len(inside), own


def _mentions(
    people: Sequence[participants.Participant], user: User, handles: bool, names: bool
) -> list[tuple[str, str]]:
    """Whom one may mention: what to write behind the @, and for chairs whose letter it is."""
    others = [it for it in people if it.user.pk != user.pk]
    found = [(it.name, "chair" if it.chair else "") for it in others if it.chair or names]
    if not names:
        # A chair who reviews is one of them: a letter that were missing here would tell whose it is.
        letters = sorted((len(it.letter), it.letter, it.name) for it in others if it.letter or not it.chair)
        found += [(f"Reviewer {letter or '?'}", name if handles else "") for _, letter, name in letters]
    if any(it.chair for it in others):
        found.append((participants.CHAIRS, "all chairs of this paper"))
    return found


def discussed_by(user: User, edition: str) -> QuerySet[Any]:
    """The papers of the edition with this slug that `user` discusses, with `new` and `said` (numbers of comments) and `last` (a moment).

    Chairs find those on which there is a review or a comment. What is new comes first.
    """
    reviewed = Assignment.objects.live().filter(paper=OuterRef("pk"), review__submitted_at__isnull=False)
    rows = Comment.objects.visible_to(user).filter(paper=OuterRef("pk"), removed_at__isnull=True)
    visible = rows.order_by().values("paper")
    read = DiscussionRead.objects.filter(paper=OuterRef("paper"), user=user).values("at")[:1]
    unread = (
        visible.exclude(author=user)
        .annotate(read=Subquery(read))
        .filter(Q(read__isnull=True) | Q(at__gt=F("read")))
    )
    return (
        Paper.objects.filter(policy.papers_discussed_by(user), edition__slug=edition)
        .exclude(state=State.DRAFT)
        .annotate(
            said=_counted(visible.filter(is_note=False)),
            new=_counted(unread),
            last=Subquery(visible.annotate(last=Max("at")).values("last"), output_field=DateTimeField()),
        )
        .filter(Exists(reviewed) | Q(last__isnull=False))
        .order_by("-new", "number")
    )


def _counted(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(
        Subquery(rows.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0
    )


def readiness(papers: Sequence[Paper]) -> dict[int, tuple[int, int]]:
    """For each paper how many of its reviewers find it ready to decide, and how many reviews are in. One query."""
    rows = Assignment.objects.live().filter(paper__in=papers, review__submitted_at__isnull=False)
    counted = (
        rows.order_by()
        .values("paper")
        .annotate(ready=Count("pk", filter=Q(ready_at__isnull=False)), reviews=Count("pk"))
    )
    return {it["paper"]: (it["ready"], it["reviews"]) for it in counted}
