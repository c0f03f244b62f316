"""How the bids stand, for one chair: by member, and papers that have too few. Only papers that this chair handles count."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from accounts.models import User
from reviews import bid_list, queries
from reviews.models import Bid, Conflict, Member
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.policy import papers_handled_by

#: Bids that say that somebody would like to review the paper.
POSITIVE = (Bid.Level.EAGER, Bid.Level.WILLING)


@dataclass(frozen=True)
class MemberRow:
    """`levels`: how many bids of each level; `good`: how many bids would suit this member."""

    member: Member
    levels: Mapping[int, int]
    last: datetime | None
    load: int
    good: int

    @property
    def bids(self) -> int:
        return sum(self.levels.values())

    @property
    def counts(self) -> list[int]:
        return _from_best(self.levels)

    @property
    def behind(self) -> bool:
        return self.bids < self.good


@dataclass(frozen=True)
class PaperRow:
    """`wanted`: by how many members; `short`: whether that is too few to choose from."""

    pk: int
    number: int
    title: str
    levels: Mapping[int, int]
    wanted: int
    short: bool

    @property
    def counts(self) -> list[int]:
        return _from_best(self.levels)


@dataclass(frozen=True)
class Standing:
    members: list[MemberRow]
    papers: list[PaperRow]
    enough: int
    """Positive bids that a paper should have: one more than its reviews."""

    @property
    def bidders(self) -> int:
        return sum(1 for row in self.members if row.bids)

    @property
    def behind(self) -> int:
        return sum(1 for row in self.members if row.behind)

    @property
    def short(self) -> int:
        return sum(1 for row in self.papers if row.short)


MEMBER_SORTS: dict[str, tuple[str, Callable[[MemberRow], object]]] = {
    "": ("Fewest bids first", lambda row: (not row.behind, row.bids - row.good, row.member.name.casefold())),
    "name": ("By name", lambda row: row.member.name.casefold()),
    "last": ("Latest bid first", lambda row: -(row.last.timestamp() if row.last else 0.0)),
}
PAPER_SORTS: dict[str, tuple[str, Callable[[PaperRow], object]]] = {
    "": ("Fewest bids first", lambda row: (row.wanted, row.levels.get(Bid.Level.IN_A_PINCH, 0), row.number)),
    "number": ("By number", lambda row: row.number),
}


def standing(edition: Edition, user: User) -> Standing:
    """The bids of `edition` as `user` may know of them, in a constant number of queries."""
    settings = queries.settings_of(edition)
    handled = Paper.objects.filter(papers_handled_by(user), edition=edition, state=State.SUBMITTED)
    papers = list(handled.values_list("pk", "number", "title"))
    # A bid that somebody placed before a conflict was found says nothing any more.
    conflict = Conflict.objects.standing().filter(paper=OuterRef("paper"), member=OuterRef("member"))
    bids = Bid.objects.filter(
        ~Exists(conflict), paper__in=handled.values("pk"), member__in=Member.objects.reviewing().values("pk")
    )
    by_member, last = _counted(bids, "member")
    by_paper, _ = _counted(bids, "paper")
    members = []
    for it in Member.objects.reviewing().filter(edition=edition):
        load = queries.load_of(it, settings)
        # Chairs who take no papers are not asked for bids.
        if load or by_member[it.pk]:
            good = bid_list.good_number(load, len(papers))
            members.append(MemberRow(it, by_member[it.pk], last.get(it.pk), load, good))
    enough = settings.reviews_per_paper + 1
    rows = []
    for pk, number, title in papers:
        wanted = sum(by_paper[pk].get(level, 0) for level in POSITIVE)
        rows.append(PaperRow(pk, number, title, by_paper[pk], wanted, wanted < enough))
    return Standing(members, rows, enough)


def _counted(bids: QuerySet[Bid], what: str) -> tuple[defaultdict[int, dict[int, int]], dict[int, datetime]]:
    """How many bids of each level by `what` (member or paper), and when the last was placed."""
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    last: dict[int, datetime] = {}
    rows = bids.order_by().values_list(what, "level").annotate(Count("pk"), Max("at"))
    for key, level, count, at in rows:
        found[key][level] = count
        last[key] = max(last.get(key, at), at)
    return found, last


def _from_best(levels: Mapping[int, int]) -> list[int]:
    return [levels.get(level, 0) for level in reversed(Bid.Level)]
