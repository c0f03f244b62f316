"""What a member can bid on: the papers they may see, best matches first, and whether bids are taken now.

The order does not depend on the bids: a row stays where it is while one goes down the list.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from accounts.models import User
from reviews import policy, queries
from reviews.domain import scores
from reviews.models import AffinityColumn, Assignment, Bid, Member
from submissions.domain.deadlines import Closing, DeadlineRow, closing
from submissions.models import Deadline, Edition, Paper

#: Rows on a page.
PAGE = 50
#: Bids that suit a member, for each paper of their load: with fewer, a plan often has to go against somebody's wish.
BIDS_PER_PAPER = 5


@dataclass(frozen=True)
class Bidding:
    """Whether bids are taken. `begins`: when the last paper is in, where that is still to come."""

    begins: datetime | None
    dates: Sequence[DeadlineRow]
    assigned: bool

    @property
    def closing(self) -> Closing | None:
        """When the last bid is taken, if the call sets a date for it."""
        return closing(self.dates, None)

    def open_at(self, moment: datetime, category: str | None = None) -> bool:
        """Whether a bid that arrived at `moment` counts. Without a date: until reviewers are assigned."""
        if self.begins is not None:
            return False
        ends = closing(self.dates, category)
        return not self.assigned if ends is None else ends.open_at(moment)


def bidding_of(edition: Edition, now: datetime) -> Bidding:
    """How bidding stands in `edition`."""
    kinds = (Deadline.Kind.SUBMISSION, Deadline.Kind.BIDS)
    dates = list(Deadline.objects.filter(edition=edition, kind__in=kinds).select_related("category"))
    coming = [it.at for it in dates if it.kind == Deadline.Kind.SUBMISSION and it.at > now]
    early = bool(coming) and queries.settings_of(edition).bids_before_deadline
    rows = [
        DeadlineRow(
            at=it.at,
            grace=timedelta(minutes=it.grace_minutes),
            category=it.category.slug if it.category else None,
        )
        for it in dates
        if it.kind == Deadline.Kind.BIDS
    ]
    assigned = not rows and Assignment.objects.filter(paper__edition=edition).exists()
    return Bidding(max(coming) if coming and not early else None, rows, assigned)


@dataclass(frozen=True)
class Match:
    """How a paper fits a member. `affinity` from 0 to 1, None where it is not known (yet)."""

    score: float
    affinity: float | None
    topics: Collection[int]

    @property
    def percent(self) -> int:
        return round(100 * self.score)


@dataclass(frozen=True)
class Row:
    paper: Paper
    match: Match
    level: int | None
    open: bool


@dataclass(frozen=True)
class Progress:
    """How far a member is: `bids` on `papers`, of which `good` are a good number (0: no bids are needed)."""

    bids: int
    papers: int
    good: int
    load: int

    @property
    def enough(self) -> bool:
        return self.bids >= self.good


def good_number(load: int, papers: int) -> int:
    """How many bids suit somebody who takes `load` papers, out of `papers`."""
    return min(papers, load * BIDS_PER_PAPER)


def papers_for(user: User, edition: Edition) -> QuerySet[Paper]:
    """The papers of `edition` that `user` may bid on."""
    return Paper.objects.filter(policy.papers_to_bid_on(user), edition=edition)


def progress(member: Member, user: User) -> Progress:
    """How far `member` is with the papers they can see now."""
    papers = papers_for(user, member.edition)
    count, load = papers.count(), queries.load_of(member, queries.settings_of(member.edition))
    bids = Bid.objects.filter(member=member, paper__in=papers).count()
    return Progress(bids, count, good_number(load, count), load)


@dataclass(frozen=True)
class Wanted:
    """What of the list to show. `bid`: "none", "any", or a level as text."""

    q: str = ""
    topic: int | None = None
    category: int | None = None
    bid: str = ""
    sort: str = ""

    def keeps(self, light: "_Light", level: int | None) -> bool:
        return (
            (self.topic is None or self.topic in light.topics)
            and (self.category is None or self.category == light.category)
            and (
                not self.bid
                or (self.bid == "none" and level is None)
                or (self.bid == "any" and level is not None)
                or self.bid == str(level)
            )
        )


@dataclass(frozen=True)
class _Light:
    """What the order and the filters need of a paper: a thousand of these are read, and fifty papers."""

    pk: int
    number: int
    category: int | None
    topics: frozenset[int]


@dataclass(frozen=True)
class Listed:
    """One page of the list. `pages` is what partials/pagination.html needs."""

    rows: list[Row]
    pages: Page[_Light]


def page(
    member: Member, user: User, wanted: Wanted, *, number: str, bidding: Bidding, arrived_at: datetime
) -> Listed:
    """One page of the list, in a constant number of queries whatever the number of papers."""
    papers = papers_for(user, member.edition)
    if wanted.q:
        papers = papers.filter(_mentions(wanted.q))
    levels = dict(Bid.objects.filter(member=member).values_list("paper_id", "level"))
    light = [it for it in _light(papers) if wanted.keeps(it, levels.get(it.pk))]
    matches = _matches(member, light)
    light.sort(key=lambda it: (0.0 if wanted.sort == "number" else -matches[it.pk].score, it.number))
    pages = Paginator(light, PAGE).get_page(number)
    found = papers.filter(pk__in=[it.pk for it in pages]).select_related("category")
    loaded = {it.pk: it for it in found.prefetch_related("topics", "authors")}
    rows = [
        Row(
            loaded[it.pk],
            matches[it.pk],
            levels.get(it.pk),
            bidding.open_at(arrived_at, _slug(loaded[it.pk])),
        )
        for it in pages
        if it.pk in loaded  # a paper may leave the list between two queries
    ]
    return Listed(rows, pages)


def standing(
    member: Member, paper: Paper, *, bidding: Bidding, arrived_at: datetime
) -> tuple[int | None, bool]:
    """The bid on one paper as it stands now, and whether it can be changed."""
    level = Bid.objects.filter(member=member, paper=paper).values_list("level", flat=True).first()
    return level, bidding.open_at(arrived_at, _slug(paper))


def _slug(paper: Paper) -> str | None:
    return paper.category.slug if paper.category else None


def _mentions(words: str) -> Q:
    text = Q(title__icontains=words) | Q(abstract__icontains=words)
    number = words.removeprefix("#")
    return text | Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else text


def _light(papers: QuerySet[Paper]) -> list[_Light]:
    topics: defaultdict[int, set[int]] = defaultdict(set)
    pairs = Paper.topics.through.objects.filter(paper__in=papers.values("pk"))
    for paper, topic in pairs.values_list("paper_id", "topic_id"):
        topics[paper].add(topic)
    rows = papers.values_list("pk", "number", "category_id")
    return [_Light(pk, number, category, frozenset(topics[pk])) for pk, number, category in rows]


def _matches(member: Member, light: Iterable[_Light]) -> dict[int, Match]:
    """How each paper fits, by the one formula (domain/scores.py), without the bids."""
    levels = dict(member.expertise.values_list("topic_id", "level"))
    column = AffinityColumn.objects.filter(member=member).first()
    told: Mapping[str, float] = column.scores if column else {}
    weights = queries.weights_of(queries.settings_of(member.edition))
    found = {}
    for it in light:
        affinity = told.get(str(it.pk))
        parts = scores.parts(
            None if affinity is None or column is None else scores.scaled_one(affinity, column.reference),
            topic_match(it.topics, levels),
            scores.NO_BID,
            weights,
        )
        mine = frozenset(topic for topic in it.topics if topic in levels)
        found[it.pk] = Match(parts.score, parts.affinity, mine)
    return found


def topic_match(topics: Collection[int], levels: Mapping[int, int]) -> float | None:
    """`scores.topic_match` for one pair, without arrays: the mean worth of the member's levels, None if not known."""
    if not topics or not levels:
        return None
    return sum(scores.KNOWS[levels.get(topic, scores.NO_EXPERTISE)] for topic in topics) / len(topics)
