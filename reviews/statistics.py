"""Counts of papers and people that tell nothing of a single one."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from accounts.models import User
from reviews.models import Member
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

#: Smaller numbers of papers are not shown: two looks would tell what one paper did in between.
SMALLEST = 5


@dataclass(frozen=True)
class Line:
    """A category with its number of papers in each state; None where the number is small."""

    label: str
    cells: list[tuple[str, int | None]]


@dataclass(frozen=True)
class Papers:
    """`in_sight`: what the shown numbers add up to, so that a hidden one cannot be found by subtraction."""

    states: list[str]
    lines: list[Line]
    in_sight: int
    hidden: bool


def papers(edition: Edition, user: User) -> Papers:
    """Papers by category and state, without those that `user` wrote or has a conflict with. Two queries."""
    rows = Paper.objects.filter(edition=edition).exclude(papers_policy.papers_walled_off_from(user))
    tally: Counter[tuple[int | None, str]] = Counter()
    for category, state, number in rows.order_by().values_list("category", "state").annotate(n=Count("pk")):
        tally[category, state] += number
    kinds: list[tuple[int | None, str]] = [(it.pk, it.name) for it in edition.categories.all()]
    if any(category is None for category, _ in tally):
        kinds.append((None, "Not yet chosen"))
    lines = [Line(name, [(state.label, _shown(tally[pk, state])) for state in State]) for pk, name in kinds]
    cells = [cell for line in lines for _, cell in line.cells]
    return Papers(
        [state.label for state in State],
        lines,
        sum(cell or 0 for cell in cells),
        any(cell is None for cell in cells),
    )


def _shown(number: int) -> int | None:
    return number if number >= SMALLEST else None


def committee(edition: Edition) -> list[tuple[str, int, int]]:
    """(role, accepted, asked and not yet answered). One query. The call prints most of it."""
    waiting = (Member.State.INVITED, Member.State.LATER)
    tally = Counter(Member.objects.filter(edition=edition).values_list("kind", "state"))
    return [
        (
            kind.label,
            tally[kind.value, Member.State.ACCEPTED],
            sum(tally[kind.value, state] for state in waiting),
        )
        for kind in Member.Kind
    ]
