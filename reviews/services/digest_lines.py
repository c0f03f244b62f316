"""What the chairs' digest tells each morning of the reviews: how many are in, what is new, and what is late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from reviews import open_reviews, queries
from reviews.models import Assignment, MoreTime, Review
from submissions.domain.reminders import time_left
from submissions.models import Edition, Paper
from submissions.services.digest import SHOWN, Lines

#: A request without an answer for so long is for the chairs to look at.
SILENT = timedelta(days=7)


def lines(edition: Edition, papers: Sequence[Paper], since: datetime, now: datetime) -> Lines:
    """Of `papers`, which are those that the reader handles, and of no others. Constant queries."""
    handled = {paper.pk for paper in papers}
    rows = [
        row
        for row in Assignment.objects.filter(paper__edition=edition).select_related(
            "paper", "member", "review"
        )
        if row.paper_id in handled
    ]
    if not rows:
        return Lines()
    live = [row for row in rows if row.state in Assignment.LIVE]
    arrived = {row.pk: at for row in live if (at := _submitted(row))}
    return Lines(
        counts=[f"reviews: {len(arrived)} of {len(live)} in"] if live else [],
        news=[
            *_told("review", "submitted", [row for row in live if arrived.get(row.pk, since) > since]),
            *_told("request", "to review declined", [row for row in rows if _declined(row, since)]),
        ],
        late=_late(edition, handled, now),
    )


def _late(edition: Edition, handled: set[int], now: datetime) -> list[str]:
    due = queries.reviews_due(edition)
    missing = [row for row in open_reviews.of(edition) if row.paper_id in handled]
    late, silent, asking = [], [], []
    for row in missing:
        closes = queries.due_of(row, due)
        asked = next((it for it in row.more_time.all() if it.state == MoreTime.State.ASKED), None)
        if closes is not None and not closes.open_at(now):
            late.append((row, f"{time_left(now, closes.at)} late"))
        elif row.state == Assignment.State.OFFERED and row.assigned_at + SILENT <= now:
            silent.append((row, f"asked {time_left(now, row.assigned_at)} ago"))
        if asked is not None:
            asking.append((row, f"until {asked.until:%-d %B}"))
    return [
        *_named("review", "late", late),
        *_named("request", "to review without an answer", silent),
        *_named("reviewer", "waiting for your word on more time", asking),
    ]


def _submitted(row: Assignment) -> datetime | None:
    review: Review | None = getattr(row, "review", None)
    return review.submitted_at if review else None


def _declined(row: Assignment, since: datetime) -> bool:
    at = row.answered_at
    return row.state == Assignment.State.DECLINED and at is not None and at > since


def _told(noun: str, what: str, rows: Sequence[Assignment]) -> list[str]:
    if not rows:
        return []
    numbers = sorted({row.paper.number for row in rows})
    shown = ", ".join(f"#{it}" for it in numbers[:SHOWN])
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return [f"{_many(len(rows), noun)} {what}: {shown}{more}"]


def _named(noun: str, what: str, rows: Sequence[tuple[Assignment, str]]) -> list[str]:
    """Who and since when, of the first few: the page behind the letter has all."""
    if not rows:
        return []
    shown = "; ".join(f"#{row.paper.number} {row.member}, {words}" for row, words in rows[:SHOWN])
    more = f"; and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return [f"{_many(len(rows), noun)} {what}: {shown}{more}"]


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
