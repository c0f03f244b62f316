"""From rows to the solver's arrays: which papers, which people, what keeps them apart, what each pair is worth.

Only papers that the asking chair handles are looked at, and nothing in the outcome tells of others: what members do
for papers hidden from this chair is not taken from their loads (docs/decisions/0010-plans-and-walls.md).
"""

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.db.models import Count, Max, Sum
from django.utils import timezone

from accounts.models import User
from reviews import open_reviews, policy, queries
from reviews.data import directory
from reviews.domain import scores
from reviews.domain.assignment_facts import Facts, MemberFact, Options, Pair, PaperFact, Present
from reviews.domain.conflicts.names import name_keys
from reviews.models import (
    Absence,
    AffinityColumn,
    Assignment,
    Bid,
    CommitteeSettings,
    Conflict,
    Expertise,
    Member,
    OwnPaper,
    PairRule,
)
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Author, Deadline, DeclaredConflict, Edition, Paper, Topic
from submissions.services.errors import NotAllowed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reviews.domain.assignment.problem import Problem


# -- what keeps people and papers apart -----------------------------------------------------------------------------------


def gather(*, actor: User, edition: Edition, options: Options, planning: bool = False) -> Facts:
    """Everything a plan depends on but the scores, as of now; a constant number of queries, no numpy.

    `planning`: without papers that nobody is asked to review any more; what members do for them counts all the same. Raises NotAllowed unless `actor` runs the committee of `edition`.
    """
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such edition.")
    settings = queries.settings_of(edition)
    visible = _papers(actor, edition)
    wanted = set(options.papers)
    closed = open_reviews.closed(edition) if planning else {}
    papers = [it for it in visible if (not wanted or it.number in wanted) and it.pk not in closed]
    members = list(Member.objects.reviewing().filter(edition=edition).select_related("user").order_by("pk"))
    rows, keys = _Rows(edition, visible, members), {it.pk for it in papers}
    away = _away(edition, members)
    least = settings.least_load if options.round == "first" and not wanted else 0
    facts = []
    for member in members:
        load = 0 if member.pk in away else queries.load_of(member, settings)
        elsewhere = sum(paper not in keys for paper in rows.live_of[member.pk])
        facts.append(
            MemberFact(
                member.pk,
                member.name,
                load,
                least=min(least, load),
                institution=_institution(member) if options.one_per_institution else "",
                senior=member.senior,
                away=member.pk in away,
                elsewhere=elsewhere,
            )
        )
    return Facts(
        options=options,
        papers=tuple(PaperFact(it.pk, it.number) for it in papers),
        members=tuple(facts),
        forbidden={pair: why for pair, why in rows.forbidden().items() if pair[0] in keys},
        locks=frozenset(pair for pair in rows.rules[PairRule.Kind.LOCK] if pair[0] in keys),
        present={pair: it for pair, it in rows.present.items() if pair[0] in keys},
        coauthors=_coauthors(visible, members, rows) if options.no_coauthors else frozenset(),
        marks=_marks(actor, edition, settings),
    )


def _institution(member: Member) -> str:
    """The institution by which at most one reviewer of a paper is counted: a known one before the mere words of a name."""
    found = directory().places([member.email] if member.email else [], [member.affiliation])
    keys = [it.part or it.key for it in found if not it.ambiguous]
    return next((key for key in keys if not key.startswith("name:")), keys[0] if keys else "")


def _papers(actor: User, edition: Edition) -> list[Paper]:
    found = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, state=State.SUBMITTED
    )
    return list(found.only("pk", "number", "submitter_id", "edition_id").order_by("number"))


class _Rows:
    """The pairs that stand in the database, of some papers and members; rows about other papers are left where they are."""

    def __init__(self, edition: Edition, papers: Sequence[Paper], members: Sequence[Member]) -> None:
        self._papers, self._members = {it.pk: it for it in papers}, {it.pk: it for it in members}
        self._of_user = {it.user_id: it.pk for it in members if it.user_id}
        self.of_address = addresses(members)
        here = {"paper__edition": edition}
        self.authors = [
            (paper, email)
            for paper, email in Author.objects.filter(**here).exclude(email="").values_list("paper", "email")
            if paper in self._papers
        ]
        declared = DeclaredConflict.objects.filter(**here).values_list(
            "paper", "role", "role__user", "role__name", "role__email"
        )
        self._declared = [row for row in declared if row[0] in self._papers]
        self._conflicts = self._known(
            Conflict.objects.standing().filter(**here).values_list("paper", "member").distinct()
        )
        self.rules: dict[str, set[Pair]] = defaultdict(set)
        for paper, member, kind in PairRule.objects.filter(**here).values_list("paper", "member", "kind"):
            self.rules[kind] |= self._known([(paper, member)])
        self.present: dict[Pair, Present] = {}
        self._declined: set[Pair] = set()
        self.live_of: dict[int, list[int]] = defaultdict(list)
        rows = Assignment.objects.filter(**here).values_list("paper", "member", "state", "started_at")
        for paper, member, state, started in rows:
            if not self._known([(paper, member)]):
                continue
            if state in Assignment.LIVE:
                fixed = state == Assignment.State.ACCEPTED or started is not None
                self.present[paper, member] = Present(state, fixed)
                self.live_of[member].append(paper)
            elif state == Assignment.State.DECLINED:
                self._declined.add((paper, member))

    def _known(self, pairs: Iterable[tuple[int, int]]) -> set[Pair]:
        return {pair for pair in pairs if pair[0] in self._papers and pair[1] in self._members}

    def forbidden(self) -> dict[Pair, str]:
        """Pairs kept apart, with the reason that weighs most."""
        found = dict.fromkeys(self.rules[PairRule.Kind.FORBID], "rule")
        found |= dict.fromkeys(self._declined, "declined")
        found |= dict.fromkeys(self._conflicts, "conflict")
        found |= dict.fromkeys(self._declared_pairs(), "declared")
        own = [(paper, self.of_address.get(email.lower())) for paper, email in self.authors]
        own += [
            (it.pk, self._of_user.get(it.submitter_id)) for it in self._papers.values() if it.submitter_id
        ]
        return found | {(paper, member): "own" for paper, member in own if member is not None}

    def _declared_pairs(self) -> set[Pair]:
        """The committee is a list of names: a conflict with a line holds for whoever has its account, address or name."""
        of_role: dict[int, list[int]] = defaultdict(list)
        of_name: dict[str, list[int]] = defaultdict(list)
        for member in self._members.values():
            of_name[member.name].append(member.pk)
            if member.role_id:
                of_role[member.role_id].append(member.pk)
        found: set[Pair] = set()
        for paper, role, user, name, email in self._declared:
            one = (self._of_user.get(user), self.of_address.get(email.lower()) if email else None)
            people = {*of_role[role], *of_name[name], *(it for it in one if it)}
            found |= {(paper, member) for member in people}
        return found


def addresses(members: Sequence[Member]) -> dict[str, int]:
    """Every address by which a member is known: the one of the roster, and those their account has proven."""
    of_user = {it.user_id: it.pk for it in members if it.user_id}
    proven = EmailAddress.objects.filter(user__in=list(of_user), verified=True).values_list("email", "user")
    found = {email.lower(): of_user[user] for email, user in proven}
    return {it.email: it.pk for it in members if it.email} | found


def _away(edition: Edition, members: Sequence[Member]) -> set[int]:
    """Members who cannot work on any day between now (or the last bid) and the day on which reviews are due."""
    dates: dict[str, date] = {}
    kinds = (Deadline.Kind.SUBMISSION, Deadline.Kind.BIDS, Deadline.Kind.REVIEWS)
    for row in Deadline.objects.filter(edition=edition, kind__in=kinds).order_by("at"):
        dates[row.kind] = row.at.date()
    absences = Absence.objects.filter(member__edition=edition).order_by("first")
    spans: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for member, first, last in absences.values_list("member", "first", "last"):
        spans[member].append((first, last))
    ends = dates.pop(Deadline.Kind.REVIEWS, None)
    begins = max([timezone.now().date(), *dates.values()])
    if ends is None or begins > ends:
        return set()
    return {member.pk for member in members if _covers(spans[member.pk], begins, ends)}


def _covers(spans: Iterable[tuple[date, date]], begins: date, ends: date) -> bool:
    """Whether `spans`, by their first day, leave no day free from `begins` to `ends`."""
    free = begins
    for first, last in spans:
        if first <= free <= last:
            free = last + timedelta(days=1)
    return free > ends


def _coauthors(papers: Sequence[Paper], members: Sequence[Member], rows: _Rows) -> frozenset[Pair]:
    """Members who wrote a paper together: one that the chair handles, or one in the list of their own papers."""
    groups: dict[Any, set[int]] = defaultdict(set)
    for paper, email in rows.authors:
        if member := rows.of_address.get(email.lower()):
            groups[paper].add(member)
    keys = {member.pk: name_keys(member.name) for member in members}
    of_key: dict[str, set[int]] = defaultdict(set)
    for pk, names in keys.items():
        for key in names:
            of_key[key].add(pk)
    listed = OwnPaper.objects.filter(member__in=[it.pk for it in members])
    for owner, fingerprint, authors in listed.values_list("member", "fingerprint", "authors"):
        groups[fingerprint].add(owner)
        for author in authors:
            for key in name_keys(str(author)):
                groups[fingerprint] |= of_key[key] if len(of_key[key]) == 1 else set()
    return frozenset(pair for group in groups.values() for pair in combinations(sorted(group), 2))


def _marks(actor: User, edition: Edition, settings: CommitteeSettings) -> dict[str, str]:
    """Fingerprints of what decides the scores, from counts and sums: enough to notice a change, cheap at any size.

    A bid on a paper that the actor does not handle must not show as a change.
    """
    here = {"member__edition": edition}
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor), edition=edition).values("pk")
    told = [
        Bid.objects.filter(paper__in=handled).aggregate(Count("pk"), Sum("level"), Max("at")),
        AffinityColumn.objects.filter(**here).aggregate(Count("pk"), Max("computed_at")),
        Expertise.objects.filter(**here).aggregate(Count("pk"), Sum("level"), Max("pk")),
        Paper.topics.through.objects.filter(paper__in=handled).aggregate(
            Count("pk"), Sum("topic"), Max("pk")
        ),
    ]
    weights = (settings.weight_affinity, settings.weight_topics, settings.weight_bids)
    rules = (settings.reviews_per_paper, settings.default_load, settings.least_load, *weights)
    return {"scores": _digest(told), "settings": _digest(rules)}


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


# -- what each pair is worth ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matrix:
    """The scores of all pairs of `facts` and what they are made of; papers × members, in the order of `facts`.

    `affinity` is scaled (domain/scores.py) and, like `topics`, NaN where nothing is known.
    """

    facts: Facts
    weights: scores.Weights
    affinity: "NDArray[np.float32]"
    topics: "NDArray[np.float32]"
    bids: "NDArray[np.int8]"
    scores: "NDArray[np.float32]"

    @property
    def places(self) -> tuple[dict[int, int], dict[int, int]]:
        """Row of each paper, column of each member."""
        papers = {it.pk: row for row, it in enumerate(self.facts.papers)}
        return papers, {it.pk: column for column, it in enumerate(self.facts.members)}

    def parts(self, row: int, column: int) -> dict[str, Any]:
        """What one pair's score is made of, as `scores.Parts` with its names."""
        affinity, topics = float(self.affinity[row, column]), float(self.topics[row, column])
        told = scores.parts(
            None if affinity != affinity else affinity,  # NaN
            None if topics != topics else topics,
            int(self.bids[row, column]),
            self.weights,
        )
        return asdict(told)

    def problem(self) -> "Problem":
        """As the solver wants it. Raises InvalidProblem with words for the chair."""
        import numpy as np

        from reviews.domain.assignment.problem import Problem

        facts, options = self.facts, self.facts.options
        rows, columns = self.places
        forbidden = np.zeros(self.scores.shape, dtype=bool)
        for paper, member in facts.forbidden:
            forbidden[rows[paper], columns[member]] = True
        members, limits = facts.members, facts.limits()
        return Problem(
            scores=self.scores,
            reviews=facts.needs(),
            max_load=limits,
            min_load=[min(it.least, limit) for it, limit in zip(members, limits, strict=True)],
            forbidden=forbidden,
            locked=[(rows[paper], columns[member]) for paper, member in sorted(facts.kept())],
            institutions=[it.institution or None for it in members] if options.one_per_institution else None,
            senior=[it.senior for it in members] if options.one_senior else None,
            coauthors=[(columns[one], columns[other]) for one, other in sorted(facts.coauthors)],
            seed=options.seed,
            paper_names=[f"#{it.number}" for it in facts.papers],
            reviewer_names=[it.name for it in members],
        )

    def pack(self) -> bytes:
        """The arrays as numpy's compressed archive; the facts are kept beside them."""
        import numpy as np

        file = io.BytesIO()
        weights = np.array([self.weights.affinity, self.weights.topics, self.weights.bids])
        np.savez_compressed(
            file,
            weights=weights,
            affinity=self.affinity,
            topics=self.topics,
            bids=self.bids,
            scores=self.scores,
        )
        return file.getvalue()

    @classmethod
    def unpack(cls, facts: Facts, data: bytes) -> "Matrix":
        import numpy as np

        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            weights = scores.Weights(*(float(it) for it in kept["weights"]))
            return cls(facts, weights, kept["affinity"], kept["topics"], kept["bids"], kept["scores"])


def build(facts: Facts, edition: Edition) -> Matrix:
    """The scores of all pairs of `facts`; a constant number of queries, imports numpy."""
    import numpy as np

    weights = queries.weights_of(queries.settings_of(edition))
    rows = {it.pk: row for row, it in enumerate(facts.papers)}
    columns = {it.pk: column for column, it in enumerate(facts.members)}
    affinity = _affinity(edition, rows, columns)
    topics, topics_known = _topics(edition, rows, columns)
    bids = np.full((len(rows), len(columns)), scores.NO_BID, dtype=np.int8)
    told = Bid.objects.filter(member__edition=edition).values_list("paper", "member", "level")
    for paper, member, level in told.iterator():
        if paper in rows and member in columns:
            bids[rows[paper], columns[member]] = level
    known = ~np.isnan(affinity)
    pairs = scores.scores(np.nan_to_num(affinity), known, topics, topics_known, bids, weights)
    return Matrix(
        facts,
        weights,
        affinity.astype(np.float32),
        np.where(topics_known, topics, np.nan).astype(np.float32),
        bids,
        pairs.astype(np.float32),
    )


def _affinity(edition: Edition, rows: dict[int, int], columns: dict[int, int]) -> "NDArray[np.float64]":
    import numpy as np

    found = np.full((len(rows), len(columns)), np.nan)
    kept = AffinityColumn.objects.filter(member__edition=edition).values_list("member", "reference", "scores")
    for member, reference, of_paper in kept.iterator(chunk_size=50):
        if member not in columns:
            continue
        told = [
            (row, value) for paper, value in of_paper.items() if (row := rows.get(int(paper))) is not None
        ]
        if told:
            places, values = np.array(told).T
            found[places.astype(np.int64), columns[member]] = scores.scaled(values, reference)
    return found


def _topics(
    edition: Edition, rows: dict[int, int], columns: dict[int, int]
) -> "tuple[scores.Matrix, scores.Mask]":
    import numpy as np

    places = {
        pk: place
        for place, pk in enumerate(Topic.objects.filter(edition=edition).values_list("pk", flat=True))
    }
    chosen = np.zeros((len(rows), len(places)), dtype=bool)
    for paper, topic in Paper.topics.through.objects.filter(paper__edition=edition).values_list(
        "paper", "topic"
    ):
        if paper in rows and topic in places:
            chosen[rows[paper], places[topic]] = True
    levels = np.zeros((len(columns), len(places)), dtype=np.int8)
    for member, topic, level in Expertise.objects.filter(member__edition=edition).values_list(
        "member", "topic", "level"
    ):
        if member in columns and topic in places:
            levels[columns[member], places[topic]] = level
    return scores.topic_match(chosen, levels)
