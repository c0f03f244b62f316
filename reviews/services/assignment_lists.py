"""What chairs and members read about assignments: candidates for a paper, open slots, problems, one's own list."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Prefetch

from accounts.models import User
from reviews import open_reviews, policy, queries
from reviews.domain import scores
from reviews.domain.assignment_facts import REASONS, Facts, Options
from reviews.models import AffinityColumn, Assignment, Bid, Expertise, Member, PairRule
from reviews.services import matrix
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed


@dataclass(frozen=True)
class Candidate:
    """A member who could review a paper. `load` papers of `limit` among those the chair sees; `rule` "lock" or ""."""

    member: Member
    score: float
    parts: dict[str, Any]
    load: int
    limit: int
    rule: str = ""

    @property
    def free(self) -> bool:
        """Whether the load has room for one more."""
        return self.load < self.limit


def candidates(*, actor: User, paper: Paper) -> list[Candidate]:
    """Everybody who may review `paper` and does not yet, best first; who must not or declined is left out, and who is away.

    Constant queries. Raises NotAllowed.
    """
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor), pk=paper.pk)
    found = handled.select_related("edition").first()
    if found is None:
        raise NotAllowed("There is no such paper.")
    # All papers: what a member has already counts, wherever the chair sees it.
    facts = matrix.gather(actor=actor, edition=found.edition, options=Options())
    return _candidates(facts, found.edition, [found.pk])[found.pk]


def _candidates(facts: Facts, edition: Edition, papers: Sequence[int]) -> dict[int, list[Candidate]]:
    """For each of some papers; a constant number of queries and no numpy."""
    members = (
        Member.objects.filter(edition=edition).select_related("user").in_bulk([it.pk for it in facts.members])
    )
    worth = _Worth(edition, papers)
    load = Counter(member for _, member in facts.present)
    found: dict[int, list[Candidate]] = {}
    for paper in papers:
        rows = [
            Candidate(
                members[it.pk],
                (parts := worth.parts(paper, it.pk)).score,
                asdict(parts),
                load[it.pk],
                it.load,
                PairRule.Kind.LOCK if (paper, it.pk) in facts.locks else "",
            )
            for it in facts.members
            if not it.away and (paper, it.pk) not in facts.forbidden and (paper, it.pk) not in facts.present
        ]
        found[paper] = sorted(rows, key=lambda it: (-it.score, it.load - it.limit, it.member.name))
    return found


class _Worth:
    """The scores of some papers with everybody, by the one formula, without arrays."""

    def __init__(self, edition: Edition, papers: Sequence[int]) -> None:
        self._weights = queries.weights_of(queries.settings_of(edition))
        here = {"member__edition": edition}
        self._affinity: dict[tuple[int, int], float] = {}
        columns = AffinityColumn.objects.filter(**here)
        told = columns.values_list("member", "reference", "scores")
        for member, reference, of_paper in told.iterator(chunk_size=50):
            for paper in papers:
                if (known := of_paper.get(str(paper))) is not None:
                    self._affinity[paper, member] = scores.scaled_one(known, reference)
        rows = Bid.objects.filter(paper__in=papers).values_list("paper", "member", "level")
        self._bids = {(paper, member): level for paper, member, level in rows}
        self._levels: dict[int, dict[int, int]] = defaultdict(dict)
        for member, topic, level in Expertise.objects.filter(**here).values_list("member", "topic", "level"):
            self._levels[member][topic] = level
        self._topics: dict[int, list[int]] = defaultdict(list)
        chosen = Paper.topics.through.objects.filter(paper__in=papers).values_list("paper", "topic")
        for paper, topic in chosen:
            self._topics[paper].append(topic)

    def parts(self, paper: int, member: int) -> scores.Parts:
        topics, levels = self._topics[paper], self._levels.get(member, {})
        match = None
        if topics and levels:
            match = sum(scores.KNOWS[levels.get(it, scores.NO_EXPERTISE)] for it in topics) / len(topics)
        bid = self._bids.get((paper, member), scores.NO_BID)
        return scores.parts(self._affinity.get((paper, member)), match, bid, self._weights)


@dataclass(frozen=True)
class Opening:
    """A paper short of reviewers, with the best free candidate; no two openings of a list overload one person."""

    paper: Paper
    missing: int
    declined: Sequence[Assignment]
    best: Candidate | None


def openings(*, actor: User, edition: Edition, most: int | None = None) -> list[Opening]:
    """Papers the actor handles that have too few reviewers, most urgent first; none before the first reviewers are assigned.

    At most `most` of them: each is matched with the whole committee. Constant queries. Raises NotAllowed.
    """
    facts = matrix.gather(actor=actor, edition=edition, options=Options())
    wanted = queries.settings_of(edition).reviews_per_paper
    if not facts.present:
        return []
    has = Counter(paper for paper, member in facts.present if (paper, member) not in facts.forbidden)
    closed = open_reviews.closed(edition)
    short = {it.pk: wanted - has[it.pk] for it in facts.papers if has[it.pk] < wanted and it.pk not in closed}
    papers = Paper.objects.in_bulk(list(short))
    order = sorted(short, key=lambda pk: (-short[pk], papers[pk].number))[:most]
    declined: dict[int, list[Assignment]] = defaultdict(list)
    for row in Assignment.objects.filter(paper__in=order, state=Assignment.State.DECLINED).select_related(
        "member"
    ):
        declined[row.paper_id].append(row)
    lists = _candidates(facts, edition, order)
    given: Counter[int] = Counter()
    found = []
    for pk in order:
        best = next((it for it in lists[pk] if it.load + given[it.member.pk] < it.limit), None)
        if best is not None:
            given[best.member.pk] += 1
        found.append(Opening(papers[pk], short[pk], declined[pk], best))
    return found


@dataclass(frozen=True)
class Problem:
    """Live assignments that should not stay as they are. `kind`: "conflict", "member" or "load"."""

    kind: str
    sentence: str
    member: Member
    assignments: Sequence[Assignment] = field(default_factory=tuple)


def problems(*, actor: User, edition: Edition) -> list[Problem]:
    """What went wrong with assignments of papers the actor handles. Constant queries. Raises NotAllowed."""
    facts = matrix.gather(actor=actor, edition=edition, options=Options())
    limits = {it.pk: it.load for it in facts.members}
    keys = [it.pk for it in facts.papers]
    rows = Assignment.objects.live().filter(paper__edition=edition).select_related("paper", "member__user")
    by_member: dict[Member, list[Assignment]] = defaultdict(list)
    handled = set(keys)
    for row in rows:
        if row.paper_id in handled:
            by_member[row.member].append(row)
    found: list[Problem] = []
    for member, mine in sorted(by_member.items(), key=lambda it: it[0].name):
        found += _problems_of(member, mine, facts, limits)
    return found


def _problems_of(
    member: Member, mine: Sequence[Assignment], facts: Facts, limits: Mapping[int, int]
) -> Iterable[Problem]:
    if member.pk not in limits:
        numbers = ", ".join(f"#{it.paper.number}" for it in mine)
        yield Problem(
            "member",
            f"{member} has {numbers}, but does not review any more ({member.get_state_display()}).",
            member,
            mine,
        )
        return
    for it in mine:
        why = facts.forbidden.get((it.paper_id, member.pk))
        if why is not None:
            yield Problem("conflict", f"{member} has #{it.paper.number}: {REASONS[why]}.", member, [it])
    if len(mine) > limits[member.pk]:
        yield Problem(
            "load", f"{member} has {len(mine)} papers, with a load of {limits[member.pk]}.", member, mine
        )


def own(*, user: User, edition: Edition) -> list[Assignment]:
    """The assignments `user` is asked for or works on in `edition`, by paper number, papers and topics read along."""
    rows = Assignment.objects.filter(policy.own_assignments(user), paper__edition=edition)
    papers = (
        Paper.objects.filter(state=State.SUBMITTED)
        .select_related("category")
        .prefetch_related("topics", "authors")
    )
    return list(
        rows.select_related("member", "review")
        .prefetch_related(Prefetch("paper", papers))
        .order_by("paper__number")
    )
