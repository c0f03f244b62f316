"""What a chair reads in a plan: papers with the weakest first, members, a grid, numbers and what would change.

All of it is read page by page and in a constant number of queries, from the papers that the chair handles now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.core.paginator import Page, Paginator

from accounts.models import User
from reviews.models import Assignment, Bid, Member, PairRule, Proposal
from reviews.services import assignment_overview as overview
from reviews.services import proposals
from submissions.models import Paper

#: Papers and members on a page; a member has some ten papers, a paper three members.
PAGE, MEMBERS = 25, 10
#: Papers and members of one grid: with three reviews a paper, those who have one of the papers fit.
GRID_PAPERS, GRID_MEMBERS = 12, 40
BINS = 10


@dataclass(frozen=True)
class Line:
    """One pair beside the present assignment. `mark`: "new", "kept", or "gone" for one that applying would take back.

    `score` is None for an assignment made without one; `rule` "lock", "forbid" or "".
    """

    paper: Paper
    member: Member
    score: float | None
    mark: str
    rule: str = ""


@dataclass(frozen=True)
class PaperRow:
    paper: Paper
    score: float
    wanted: int
    lines: Sequence[Line]
    reason: str = ""

    @property
    def filled(self) -> int:
        return sum(it.mark != "gone" for it in self.lines)


@dataclass(frozen=True)
class MemberRow:
    member: Member
    load: int
    limit: int
    lines: Sequence[Line]

    @property
    def percent(self) -> int:
        return overview.percent(self.load, self.limit)


def weakest_first(numbers: Mapping[str, Any]) -> list[int]:
    """Keys of the papers of a plan by rising score."""
    scores = numbers["scores"]
    return sorted((int(pk) for pk in scores), key=lambda pk: (scores[str(pk)], pk))


def by_paper(
    *, actor: User, proposal: Proposal, numbers: Mapping[str, Any], page: str, short: bool = False
) -> tuple[list[PaperRow], Page[int]]:
    """One page of a plan's papers, the weakest first; with `short` only those with too few reviewers."""
    reasons = {it["paper"]: it["reason"] for it in numbers["unfilled"]}
    keys = [pk for pk in weakest_first(numbers) if not short or pk in reasons]
    pages = Paginator(keys, PAGE).get_page(page)
    papers = Paper.objects.in_bulk(list(pages))
    lines = _lines(actor, proposal, papers=list(papers))
    of_paper: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        of_paper[line.paper.pk].append(line)
    rows = [
        PaperRow(
            papers[pk],
            numbers["scores"][str(pk)],
            numbers["wanted"][str(pk)],
            of_paper[pk],
            reasons.get(pk, ""),
        )
        for pk in pages
        if pk in papers
    ]
    return rows, pages


def by_member(
    *, actor: User, proposal: Proposal, numbers: Mapping[str, Any], page: str
) -> tuple[list[MemberRow], Page[Member]]:
    """One page of those who have papers in the plan or could take some, by name."""
    loads = {int(pk): load for pk, load in numbers["loads"].items()}
    limits = {int(pk): limit for pk, limit in numbers["limits"].items()}
    shown = [pk for pk in loads if loads[pk] or limits.get(pk)]
    pages = Paginator(Member.objects.filter(pk__in=shown).order_by("name", "pk"), MEMBERS).get_page(page)
    members = list(pages)
    of_member: dict[int, list[Line]] = defaultdict(list)
    covered = {int(pk) for pk in numbers["scores"]}
    for line in _lines(actor, proposal, members=[it.pk for it in members]):
        if line.paper.pk in covered:
            of_member[line.member.pk].append(line)
    return [MemberRow(it, loads[it.pk], limits.get(it.pk, 0), of_member[it.pk]) for it in members], pages


def _lines(
    actor: User,
    proposal: Proposal,
    *,
    papers: Sequence[int] | None = None,
    members: Sequence[int] | None = None,
) -> list[Line]:
    """The pairs of some papers or members, planned and present, planned ones by falling score, then those that go."""
    chosen: dict[str, Any] = {}
    if papers is not None:
        chosen["paper__in"] = papers
    if members is not None:
        chosen["member__in"] = members
    planned = list(proposals.pairs(actor=actor, proposal=proposal).filter(**chosen))
    handled = overview.handled(actor, proposal.edition).values("pk")
    live = Assignment.objects.live().filter(**chosen).filter(paper__in=handled)
    present = {(it.paper_id, it.member_id): it for it in live.select_related("paper", "member")}
    kinds = PairRule.objects.filter(**chosen).filter(paper__in=handled)
    rules = {(paper, member): kind for paper, member, kind in kinds.values_list("paper", "member", "kind")}
    found = []
    for it in planned:
        pair = (it.paper_id, it.member_id)
        mark = "kept" if pair in present else "new"
        found.append(Line(it.paper, it.member, it.score, mark, rules.get(pair, "")))
        present.pop(pair, None)
    gone = sorted(present.items(), key=lambda it: (it[1].paper.number, it[1].member.name))
    return found + [Line(it.paper, it.member, it.score, "gone", rules.get(pair, "")) for pair, it in gone]


# -- the grid -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """Some papers × at most GRID_MEMBERS members; `rows`: each paper with a line or None for every member."""

    members: Sequence[Member]
    rows: Sequence[tuple[Paper, Sequence[Line | None]]]
    papers: Page[int]
    columns: Page[Member]


def grid(
    *, actor: User, proposal: Proposal, numbers: Mapping[str, Any], page: str, everybody: bool, columns: str
) -> Grid:
    """One piece of the grid, the weakest papers first. Columns: who has one of these papers, or `everybody` page by page."""
    pages = Paginator(weakest_first(numbers), GRID_PAPERS).get_page(page)
    papers = Paper.objects.in_bulk(list(pages))
    lines = {
        (it.paper.pk, it.member.pk): it
        for it in _lines(actor, proposal, papers=list(papers))
        if it.mark != "gone"
    }
    loads, limits = numbers["loads"], numbers["limits"]
    keys = {member for _, member in lines}
    if everybody:
        keys = {int(pk) for pk in loads if loads[pk] or limits.get(pk)}
    members = Paginator(Member.objects.filter(pk__in=keys).order_by("name", "pk"), GRID_MEMBERS).get_page(
        columns
    )
    shown = list(members)
    rows = [(papers[pk], [lines.get((pk, it.pk)) for it in shown]) for pk in pages if pk in papers]
    return Grid(shown, rows, pages, members)


# -- numbers ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changes:
    """How many pairs applying would bring, leave and take back."""

    new: int
    kept: int
    gone: int


def changes(*, actor: User, proposal: Proposal, numbers: Mapping[str, Any]) -> Changes:
    """Against the assignments of the plan's papers as they are now. Two queries."""
    planned = set(
        proposals.pairs(actor=actor, proposal=proposal).order_by().values_list("paper_id", "member_id")
    )
    covered = {int(pk) for pk in numbers["scores"]}
    handled = overview.handled(actor, proposal.edition).values("pk")
    rows = Assignment.objects.live().filter(paper__in=handled).order_by()
    live = {(paper, member) for paper, member in rows.values_list("paper", "member") if paper in covered}
    return Changes(len(planned - live), len(planned & live), len(live - planned))


@dataclass(frozen=True)
class Bin:
    """Papers whose score lies from `low` up to `high`; `height` is a share of the fullest, from 0 to 100."""

    low: float
    high: float
    count: int
    height: int


def distribution(numbers: Mapping[str, Any]) -> list[Bin]:
    """The scores of the papers in equal steps from the smallest to the largest; one bin when all are equal."""
    scores = [score for pk, score in numbers["scores"].items() if numbers["wanted"][pk]]
    if not scores:
        return []
    low, high = min(scores), max(scores)
    if high - low < 1e-9:
        return [Bin(low, high, len(scores), 100)]
    step = (high - low) / BINS
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int((score - low) / step))] += 1
    most = max(counts)
    return [
        Bin(low + place * step, low + (place + 1) * step, count, round(100 * count / most))
        for place, count in enumerate(counts)
    ]


@dataclass(frozen=True)
class Makeup:
    """What the pairs of a plan are made of, whatever the weights. Means from 0 to 1, None where nothing is known."""

    pairs: int
    affinity: float | None
    topics: float | None
    bids: Mapping[int, int]

    def count(self, level: int) -> int:
        return self.bids.get(level, 0)


def makeup(*, actor: User, proposal: Proposal) -> Makeup:
    """Means of affinity and topics, and how many pairs have which bid (-1: none). One query."""
    parts = list(proposals.pairs(actor=actor, proposal=proposal).order_by().values_list("parts", flat=True))
    affinity = [it["affinity"] for it in parts if it.get("affinity") is not None]
    topics = [it["topics"] for it in parts if it.get("topics") is not None]
    bids: dict[int, int] = defaultdict(int)
    for it in parts:
        bids[it.get("bid", -1)] += 1
    return Makeup(len(parts), fmean(affinity) if affinity else None, fmean(topics) if topics else None, bids)


@dataclass(frozen=True)
class Comparison:
    """One number of this plan beside the same of the plan before."""

    label: str
    now: float | int | None
    before: float | int | None
    is_count: bool = False


def compared(*, actor: User, proposal: Proposal) -> tuple[Proposal | None, list[Comparison]]:
    """This plan and the one the same chair made before it, part by part: the effect of moving a weight or an option."""
    earlier = proposals.visible(actor=actor, edition=proposal.edition).filter(
        created_at__lt=proposal.created_at,
        state__in=[Proposal.State.READY, Proposal.State.APPLIED, Proposal.State.UNDONE],
    )
    before = earlier.first()
    mine = makeup(actor=actor, proposal=proposal)
    theirs = makeup(actor=actor, proposal=before) if before else None
    rows = [
        Comparison("Mean affinity of the pairs", mine.affinity, theirs.affinity if theirs else None),
        Comparison("Mean match of topics", mine.topics, theirs.topics if theirs else None),
    ]
    for level, label in [*reversed(Bid.Level.choices), (-1, "no bid")]:
        rows.append(
            Comparison(f"Pairs: {label}", mine.count(level), theirs.count(level) if theirs else None, True)
        )
    return before, rows
