"""Who reviews what at present, for one chair: numbers, papers with the weakest first, members with their loads.

Everything is counted over the papers that the chair handles, so that nothing tells of the others.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, FloatField, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from reviews import queries
from reviews.models import Assignment, Member, PairRule
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

PAGE = 50


def handled(actor: User, edition: Edition) -> QuerySet[Paper]:
    """The submitted papers of `edition` that `actor` handles."""
    return Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, state=State.SUBMITTED
    )


@dataclass(frozen=True)
class Standing:
    """`wanted`: reviews a paper shall have; `short`: papers that have fewer."""

    papers: int
    wanted: int
    live: int
    accepted: int
    short: int

    @property
    def needed(self) -> int:
        return self.papers * self.wanted

    @property
    def waiting(self) -> int:
        return self.live - self.accepted


def standing(*, actor: User, edition: Edition) -> Standing:
    """How far the assignment is. Constant queries."""
    wanted = queries.settings_of(edition).reviews_per_paper
    counts = list(_counted(actor, edition).values_list("live", "accepted"))
    return Standing(
        papers=len(counts),
        wanted=wanted,
        live=sum(live for live, _ in counts),
        accepted=sum(accepted for _, accepted in counts),
        short=sum(live < wanted for live, _ in counts),
    )


def _counted(actor: User, edition: Edition) -> QuerySet[Any]:
    live = Q(assignments__state__in=Assignment.LIVE)
    return handled(actor, edition).annotate(
        live=Count("assignments", filter=live),
        accepted=Count("assignments", filter=Q(assignments__state=Assignment.State.ACCEPTED)),
        total=Coalesce(Sum("assignments__score", filter=live), Value(0.0), output_field=FloatField()),
    )


@dataclass(frozen=True)
class PaperRow:
    """A paper with those who are asked for it or have answered; `total` of their scores, as far as these are known."""

    paper: Paper
    live: Sequence[Assignment]
    declined: Sequence[Assignment]
    total: float
    missing: int
    rules: Sequence[PairRule]


def by_paper(*, actor: User, edition: Edition, page: str, q: str = "") -> tuple[list[PaperRow], Page[Paper]]:
    """One page of the papers: the fewest reviewers first, then the smallest sum of scores. Constant queries."""
    wanted = queries.settings_of(edition).reviews_per_paper
    papers = _counted(actor, edition)
    if q:
        number = q.removeprefix("#")
        is_number = number.isascii() and number.isdigit() and len(number) < 9
        papers = papers.filter(Q(title__icontains=q) | (Q(number=int(number)) if is_number else Q(pk__in=[])))
    pages = Paginator(papers.order_by("live", "total", "number"), PAGE).get_page(page)
    found = list(pages)
    keys = [it.pk for it in found]
    of_paper: dict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.filter(paper__in=keys).exclude(state=Assignment.State.WITHDRAWN)
    for row in rows.select_related("member").order_by("member__name"):
        of_paper[row.paper_id].append(row)
    rules: dict[int, list[PairRule]] = defaultdict(list)
    for rule in PairRule.objects.filter(paper__in=keys).select_related("member").order_by("member__name"):
        rules[rule.paper_id].append(rule)
    listed = []
    for it in found:
        live = [row for row in of_paper[it.pk] if row.state in Assignment.LIVE]
        declined = [row for row in of_paper[it.pk] if row.state == Assignment.State.DECLINED]
        total = sum(row.score or 0.0 for row in live)
        listed.append(PaperRow(it, live, declined, total, max(0, wanted - len(live)), rules[it.pk]))
    return listed, pages


@dataclass(frozen=True)
class MemberRow:
    """A member with what they review among the papers the chair handles. `limit`: papers at most."""

    member: Member
    live: Sequence[Assignment]
    limit: int

    @property
    def percent(self) -> int:
        return percent(len(self.live), self.limit)


def percent(load: int, limit: int) -> int:
    """How full a load is, from 0 to 100."""
    return min(100, round(100 * load / limit)) if limit else (100 if load else 0)


def by_member(
    *, actor: User, edition: Edition, page: str, q: str = ""
) -> tuple[list[MemberRow], Page[Member]]:
    """One page of those who review, or still have papers, by name. Constant queries."""
    settings = queries.settings_of(edition)
    papers = handled(actor, edition).values("pk")
    mine = Assignment.objects.live().filter(member=OuterRef("pk"), paper__in=papers)
    reviewing = Member.objects.reviewing().filter(edition=edition).values("pk")
    members = Member.objects.filter(Q(pk__in=reviewing) | Q(Exists(mine)), edition=edition)
    if q:
        members = members.filter(name__icontains=q)
    pages = Paginator(members.select_related("user").order_by("name", "pk"), PAGE).get_page(page)
    found = list(pages)
    of_member: dict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.live().filter(member__in=[it.pk for it in found], paper__in=papers)
    for row in rows.select_related("paper").order_by("paper__number"):
        of_member[row.member_id].append(row)
    return [MemberRow(it, of_member[it.pk], queries.load_of(it, settings)) for it in found], pages
