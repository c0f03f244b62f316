"""The conflicts as a chair sees them: listed, counted, as CSV, and what looks odd. Constant queries, one page of rows.

Only submitted papers that the chair handles are there, in every count too. A conflict that follows from a paper this chair
does not handle is listed without its reason (`Row.masked`): that two people wrote it would tell whose it is.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from reviews import conflict_facts
from reviews.data import directory
from reviews.domain.conflicts.anomalies import anomalies
from reviews.domain.conflicts.facts import Found
from reviews.domain.conflicts.facts import Rule as FoundRule
from reviews.domain.conflicts.names import Confidence
from reviews.models import Bid, Conflict, ConflictLook, ConflictSearch, Member
from submissions import policy as papers_policy
from submissions.chair_list import Echo, harmless
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

PAGE = 50
Rule = Conflict.Rule

#: What of the list to show.
SHOWS = {
    "": "All that act",
    "new": "New since you last looked",
    "doubt": "With a doubt",
    "probable": "Probable",
    "certain": "Certain",
    "dismissed": "Dismissed",
    "ended": "Ended",
}
ORDERS = {"": "By paper", "person": "By person", "doubt": "Doubtful first"}
MASKED_RULE = "known to other chairs"
MASKED_EVIDENCE = "The reason lies with a paper that you do not handle."


@dataclass(frozen=True)
class Wanted:
    """What of the list to show, and in which order."""

    q: str = ""
    rule: str = ""
    show: str = ""
    by: str = ""


@dataclass(frozen=True)
class Row:
    conflict: Conflict
    new: bool
    masked: bool

    @property
    def rule(self) -> str:
        return MASKED_RULE if self.masked else self.conflict.get_rule_display()

    @property
    def evidence(self) -> str:
        return MASKED_EVIDENCE if self.masked else self.conflict.evidence

    @property
    def doubt(self) -> str:
        return "" if self.masked else self.conflict.doubt

    @property
    def certain(self) -> bool:
        return self.conflict.confidence == Conflict.Confidence.CERTAIN

    @property
    def said_by(self) -> str:
        """Who declared or set it."""
        return str(self.conflict.declared_by or "") if self.conflict.rule in Conflict.DECLARED else ""

    @property
    def may_dismiss(self) -> bool:
        it = self.conflict
        return not (self.certain or self.masked or it.dismissed_at or it.rule in Conflict.DECLARED)

    @property
    def may_restore(self) -> bool:
        return bool(self.conflict.dismissed_at and self.conflict.facts)

    @property
    def may_remove(self) -> bool:
        return self.conflict.rule == Rule.SET_BY_CHAIR


@dataclass(frozen=True)
class Listed:
    """One page of the list. `counts`: how many each choice of `SHOWS` has, without other filters."""

    rows: list[Row]
    page: Page[int]
    counts: dict[str, int]
    looked_at: datetime | None
    searched_at: datetime | None


def listed(edition: Edition, user: User, wanted: Wanted, *, number: str = "") -> Listed:
    """One page, in a constant number of queries."""
    sight = _Sight.of(edition, user)
    # Sorted by key alone, then one page of whole rows: texts of thousands of rows would be sorted along.
    keys = _ordered(_matching(sight, wanted), wanted.by).values_list("pk", flat=True)
    page = Paginator(keys, PAGE).get_page(number)
    loaded = sight.everything.in_bulk(list(page))
    search = ConflictSearch.objects.filter(edition=edition).first()
    return Listed(
        rows=[sight.row(loaded[pk]) for pk in page if pk in loaded],
        page=page,
        counts=_counts(sight),
        looked_at=sight.look,
        searched_at=search.at if search else None,
    )


@dataclass(frozen=True)
class _Sight:
    """What a chair sees: all conflicts of papers they handle, since when some are new, and which are masked."""

    everything: QuerySet[Conflict]
    look: datetime | None
    masked: frozenset[int]

    @classmethod
    def of(cls, edition: Edition, user: User) -> "_Sight":
        papers = _handled(edition, user).filter(state=State.SUBMITTED)
        everything = Conflict.objects.filter(paper__in=papers.values("pk")).select_related(
            "paper", "member", "declared_by", "dismissed_by"
        )
        masked: frozenset[int] = frozenset()
        if hidden := _hidden(edition, user):
            told = everything.filter(rule=Rule.COAUTHOR_THIS_EDITION).order_by()
            masked = frozenset(pk for pk, why in told.values_list("pk", "evidence") if _tells(why, hidden))
        return cls(everything, _look(edition, user), masked)

    def row(self, conflict: Conflict) -> Row:
        new = conflict.dismissed_at is None and (self.look is None or conflict.found_at > self.look)
        return Row(conflict, new, conflict.pk in self.masked)


def _handled(edition: Edition, user: User) -> QuerySet[Paper]:
    return Paper.objects.filter(papers_policy.papers_handled_by(user), edition=edition)


def _look(edition: Edition, user: User) -> datetime | None:
    return ConflictLook.objects.filter(edition=edition, user=user).values_list("at", flat=True).first()


def _hidden(edition: Edition, user: User) -> frozenset[str]:
    """How sentences name the papers of `edition` that `user` does not handle."""
    walled = Paper.objects.filter(edition=edition).exclude(pk__in=_handled(edition, user).values("pk"))
    return frozenset(f"#{number}" for number in walled.values_list("number", flat=True))


def is_masked(conflict: Conflict, user: User) -> bool:
    """Whether `user` must not read why this conflict stands."""
    return conflict.rule == Rule.COAUTHOR_THIS_EDITION and _tells(
        conflict.evidence, _hidden(conflict.member.edition, user)
    )


def _tells(evidence: str, hidden: frozenset[str]) -> bool:
    return not hidden.isdisjoint(re.findall(r"#\d+", evidence))


def _shows(show: str, sight: _Sight) -> Q:
    """The filter for one of `SHOWS`."""
    today = timezone.now().date()
    acting = Q(dismissed_at__isnull=True) & (Q(expires__isnull=True) | Q(expires__gt=today))
    return {
        "new": acting & (Q(found_at__gt=sight.look) if sight.look else Q()),
        "doubt": acting
        & Q(confidence=Conflict.Confidence.PROBABLE)
        # What is masked is not found by its doubt, nor by its rule: both would tell of it.
        & ~Q(doubt="")
        & ~Q(pk__in=sight.masked),
        "probable": acting & Q(confidence=Conflict.Confidence.PROBABLE),
        "certain": acting & Q(confidence=Conflict.Confidence.CERTAIN),
        "dismissed": Q(dismissed_at__isnull=False),
        "ended": Q(dismissed_at__isnull=True, expires__lte=today),
    }.get(show, acting)


def _counts(sight: _Sight) -> dict[str, int]:
    numbers = {f"n{place}": Count("pk", filter=_shows(show, sight)) for place, show in enumerate(SHOWS)}
    found = sight.everything.order_by().aggregate(**numbers)
    return {show: found[f"n{place}"] for place, show in enumerate(SHOWS)}


def _matching(sight: _Sight, wanted: Wanted) -> QuerySet[Conflict]:
    rows = sight.everything.filter(_shows(wanted.show, sight))
    if wanted.rule:
        rows = rows.filter(rule=wanted.rule).exclude(pk__in=sight.masked)
    for word in wanted.q.split()[:8]:
        mark = word.removeprefix("#")
        if word.startswith("#") and mark.isascii() and mark.isdigit() and len(mark) < 9:
            rows = rows.filter(paper__number=int(mark))
        else:
            rows = rows.filter(
                Q(paper__title__icontains=word)
                | Q(member__name__icontains=word)
                | Q(member__affiliation__icontains=word)
            )
    return rows


def _ordered(rows: QuerySet[Conflict], by: str) -> QuerySet[Conflict]:
    by_paper = ("paper__number", "member__name", "member", "rule")
    if by == "person":
        return rows.order_by("member__name", "member", "paper__number", "rule")
    if by == "doubt":
        sure = When(confidence=Conflict.Confidence.CERTAIN, then=Value(2))
        rank = Case(sure, When(doubt="", then=Value(1)), default=Value(0), output_field=IntegerField())
        return rows.annotate(rank=rank).order_by("rank", *by_paper)
    return rows.order_by(*by_paper)


# -- CSV ------------------------------------------------------------------------------------------------------------------

HEADINGS = (
    *("paper", "title", "person", "email", "affiliation", "reason", "how sure", "evidence", "doubt"),
    *("said by", "since", "ends", "dismissed", "dismissed by", "why dismissed"),
)


def as_csv(edition: Edition, user: User, wanted: Wanted) -> Iterator[str]:
    """All that `wanted` matches, page or not."""
    sight = _Sight.of(edition, user)
    rows = _ordered(_matching(sight, wanted), wanted.by)
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(HEADINGS)
    for it in rows.iterator(chunk_size=1000):
        yield writer.writerow([harmless(str(cell)) for cell in _cells(sight.row(it))])


def _cells(row: Row) -> tuple[object, ...]:
    it = row.conflict
    return (
        *(it.paper.number, it.paper.title, it.member.name, it.member.email, it.member.affiliation),
        *(row.rule, it.get_confidence_display(), row.evidence, row.doubt, row.said_by),
        f"{it.found_at:%Y-%m-%d}",
        f"{it.expires:%Y-%m-%d}" if it.expires else "",
        f"{it.dismissed_at:%Y-%m-%d}" if it.dismissed_at else "",
        it.dismissed_by or "" if it.dismissed_at else "",
        it.dismissed_reason,
    )


# -- what looks odd -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oddity:
    """Something to look at: a paper, perhaps a member, and why."""

    paper: Paper
    member: Member | None
    kind: str
    sentence: str


def oddities(edition: Edition, user: User) -> list[Oddity]:
    """What looks odd among the papers that `user` handles, as if there were no others."""
    handled = _handled(edition, user).filter(state=State.SUBMITTED)
    papers = {str(it.pk): it for it in handled.only("pk", "number", "title", "edition")}
    members = {
        str(it.pk): it for it in Member.objects.filter(edition=edition).exclude(state=Member.State.REMOVED)
    }
    answered = Bid.objects.filter(paper__in=handled.values("pk")).values_list("member", flat=True).distinct()
    found = anomalies(
        conflict_facts.members_facts(edition, members.values(), with_publications=False),
        conflict_facts.papers_facts(handled, members.values()),
        _acting(handled),
        directory(),
        answered={str(pk) for pk in answered},
    )
    return [
        Oddity(papers[it.paper], members.get(it.member), it.kind.value, it.sentence)
        for it in found
        if it.paper in papers
    ]


def _acting(papers: QuerySet[Paper]) -> Iterable[Found]:
    """The rules that act between papers and members. What a chair set is not spoken of: it explains itself."""
    rows = Conflict.objects.standing().filter(paper__in=papers.values("pk")).exclude(rule=Rule.SET_BY_CHAIR)
    return (
        Found(FoundRule(rule), str(member), str(paper), Confidence.PROBABLE, "")
        for rule, member, paper in rows.order_by("pk").values_list("rule", "member", "paper")
    )
