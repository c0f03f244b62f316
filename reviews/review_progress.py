"""How the reviews come in: over time against their date, by reviewer, and which papers are at risk.

Counted over the papers that one chair handles.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from reviews import queries
from reviews.decision_facts import handled
from reviews.models import Assignment, Decision, Member
from submissions.domain.deadlines import Closing, zone
from submissions.models import Edition, Paper

#: A paper whose reviews are due within this time and not in is at risk.
SOON = timedelta(hours=48)
#: The picture's size, in its own units.
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 260, 44, 28


@dataclass(frozen=True)
class Day:
    """A day of the call's zone on which reviews arrived, with how many there were by its end."""

    day: date
    arrived: int
    total: int


@dataclass(frozen=True)
class Curve:
    """The line of reviews in, as points of the picture. `due_x`: where their date stands; `goal_y`: all expected."""

    line: str
    due_x: float | None
    goal_y: float
    first: date
    last: date
    expected: int


@dataclass
class Load:
    """One reviewer's work among the papers that the chair handles."""

    member: Member
    papers: int = 0
    submitted: int = 0
    started: int = 0
    late: list[Paper] = field(default_factory=list)

    @property
    def out(self) -> int:
        return self.papers - self.submitted


@dataclass
class Risk:
    """A paper without a decision that may lack reviews at the date. `reasons` are sentences."""

    paper: Paper
    expected: int = 0
    submitted: int = 0
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    expected: int
    submitted: int
    late: int
    due: Closing | None
    days: Sequence[Day]
    curve: Curve | None
    people: Sequence[Load]
    risks: Sequence[Risk]


def of(user: User, edition: Edition, now: datetime | None = None) -> Progress:
    """Everything that the page of the progress shows. Constant queries."""
    now = now or timezone.now()
    due, wanted = queries.reviews_due(edition), queries.settings_of(edition).reviews_per_paper
    papers = {
        it.pk: it
        for it in handled(user, edition).order_by("number").only("pk", "number", "title", "edition_id")
    }
    rows = [
        row
        for row in Assignment.objects.live()
        .filter(paper__edition=edition)
        .select_related("member", "review")
        .order_by("member__name", "member_id")
        if row.paper_id in papers
    ]
    decided = set(Decision.objects.filter(paper__edition=edition).values_list("paper", flat=True))
    people: dict[int, Load] = {}
    risks = {pk: Risk(paper) for pk, paper in papers.items()}
    waiting: dict[int, Counter[str]] = defaultdict(Counter)
    times: list[datetime] = []
    for row in rows:
        load = people.setdefault(row.member_id, Load(row.member))
        load.papers += 1
        load.started += row.started_at is not None
        risks[row.paper_id].expected += 1
        review = getattr(row, "review", None)
        if review is not None and review.submitted_at is not None:
            load.submitted += 1
            risks[row.paper_id].submitted += 1
            times.append(review.submitted_at)
        elif queries.is_late(row, due, now):
            load.late.append(papers[row.paper_id])
            waiting[row.paper_id]["late"] += 1
        elif (closes := queries.due_of(row, due)) is not None and closes.at - now < SOON:
            waiting[row.paper_id]["soon" if row.started_at else "not begun"] += 1
    for pk, risk in risks.items():
        risk.reasons = _reasons(risk, waiting[pk], wanted, bool(rows))
    begun = min((row.assigned_at for row in rows), default=None)
    days = _days(sorted(times), edition)
    return Progress(
        expected=len(rows),
        submitted=len(times),
        late=sum(len(it.late) for it in people.values()),
        due=due,
        days=days,
        curve=_curve(sorted(times), begun, due, now, len(rows), edition) if begun else None,
        people=sorted(people.values(), key=lambda it: (-len(it.late), -it.out, it.member.name)),
        risks=sorted(
            (it for pk, it in risks.items() if it.reasons and pk not in decided),
            key=lambda it: (it.submitted, -len(it.reasons), it.paper.number),
        ),
    )


def _reasons(risk: Risk, waiting: Counter[str], wanted: int, assigned: bool) -> list[str]:
    found = []
    if assigned and risk.expected < wanted:
        found.append(
            f"{risk.expected or 'None'} of {wanted} reviewers {'is' if risk.expected == 1 else 'are'} asked."
        )
    for kind, words in (
        ("late", ("review is late", "reviews are late")),
        ("not begun", ("review is due soon and not begun", "reviews are due soon and not begun")),
        ("soon", ("review is due soon", "reviews are due soon")),
    ):
        if number := waiting[kind]:
            found.append(f"{number} {words[number != 1]}.")
    return found


def _days(times: Sequence[datetime], edition: Edition) -> list[Day]:
    tally = Counter(it.astimezone(zone(edition.time_zone)).date() for it in times)
    found, total = [], 0
    for day in sorted(tally):
        total += tally[day]
        found.append(Day(day, tally[day], total))
    return found


def _curve(
    times: Sequence[datetime],
    begun: datetime,
    due: Closing | None,
    now: datetime,
    expected: int,
    edition: Edition,
) -> Curve:
    """A step for each review, from the first assignment to now or the date, whichever is later."""
    ends = max([now, *([due.at] if due else [])])
    span = max((ends - begun).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        share = (at - begun).total_seconds() / span
        return round(LEFT + (WIDTH - LEFT - 8) * min(1.0, max(0.0, share)), 1)

    def y(number: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 16) * number / max(1, expected), 1)

    points = [(x(begun), y(0))]
    for number, at in enumerate(times, start=1):
        points += [(x(at), y(number - 1)), (x(at), y(number))]
    points.append((x(now), y(len(times))))
    here = zone(edition.time_zone)
    return Curve(
        line=" ".join(f"{across},{down}" for across, down in points),
        due_x=x(due.at) if due else None,
        goal_y=y(expected),
        first=begun.astimezone(here).date(),
        last=ends.astimezone(here).date(),
        expected=expected,
    )
