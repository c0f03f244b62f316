"""The dates of a call as people read them, and what they mean now: open, just over, closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from submissions.domain.call_facts import When, first_moment, last_moment, local
from submissions.domain.deadlines import Closing, zone


@dataclass(frozen=True)
class KeyDate:
    """One date of the call. `starts` only where it lasts longer than its last moment `at`."""

    slug: str
    kind: str
    label: str
    at: datetime
    date_only: bool
    starts: datetime | None = None
    first_announced: datetime | None = None
    category: str = ""
    grace_minutes: int = 0

    @property
    def is_deadline(self) -> bool:
        """Whether somebody must have done something by then: only such days end "anywhere on Earth"."""
        return self.kind not in {"notification", "event", "other"}


@dataclass(frozen=True)
class Entry:
    """A `KeyDate` at a given time: `words` in the call's zone, `own` in the reader's (empty when they have none)."""

    date: KeyDate
    words: str
    own: str
    moment: datetime
    is_past: bool
    is_next: bool
    moved: str
    extended_from: str


def timeline(
    dates: Sequence[KeyDate], *, zone_name: str, now: datetime, reader_zone: str = ""
) -> list[Entry]:
    """The dates by time; the first that is not over is next."""
    ordered = sorted(dates, key=lambda it: (it.starts or it.at, it.at, it.label))
    following = next((it for it in ordered if it.at >= now), None)
    return [
        Entry(
            date=it,
            words=in_words(it, zone_name),
            own=_own(it, zone_name, reader_zone),
            moment=_mark(it).astimezone(zone(zone_name)),
            is_past=it.at < now,
            is_next=it is following,
            moved=_moved(it, zone_name),
            extended_from=_day_or_moment(it.first_announced, zone_name) if it.first_announced else "",
        )
        for it in ordered
    ]


def in_words(it: KeyDate, zone_name: str) -> str:
    """ "1 February 2021, end of day AoE", "20–21 May 2021", "1 February 2021, 17:00 Europe/Rome"."""
    end = local(it.at, zone_name, date_only=it.date_only)
    if it.starts is not None:
        return _span(local(it.starts, zone_name, date_only=it.date_only), end, zone_name)
    if isinstance(end, datetime):
        return f"{moment_words(end)} {zone_name}"
    return f"{day_words(end)}, end of day {zone_name}" if it.is_deadline else day_words(end)


def day_words(day: date) -> str:
    return f"{day:%-d %B %Y}"


def moment_words(moment: datetime) -> str:
    return f"{moment:%-d %B %Y, %H:%M}"


def _span(start: When, end: When, zone_name: str) -> str:
    if isinstance(start, datetime) and isinstance(end, datetime):
        last = f"{end:%H:%M}" if start.date() == end.date() else moment_words(end)
        return f"{moment_words(start)} – {last} {zone_name}"
    if (start.year, start.month) == (end.year, end.month):
        return day_words(end) if start.day == end.day else f"{start.day}–{day_words(end)}"
    first = f"{start:%-d %B}" if start.year == end.year else day_words(start)
    return f"{first} – {day_words(end)}"


def _own(it: KeyDate, zone_name: str, reader_zone: str) -> str:
    """The moment in the reader's zone; a mere day (of the event, of the notification) is the same day everywhere."""
    if not reader_zone or reader_zone == zone_name or (it.date_only and not it.is_deadline):
        return ""
    return f"{_mark(it).astimezone(zone(reader_zone)):%a %-d %B %Y, %H:%M} {reader_zone}"


def _mark(it: KeyDate) -> datetime:
    """The moment that readers look for: the end of a deadline, the beginning of what lasts for hours."""
    return it.at if it.starts is None or it.date_only else it.starts


def _day_or_moment(at: datetime, zone_name: str) -> str:
    day = local(at, zone_name, date_only=True)
    whole = last_moment(day, zone_name) == at
    return day_words(day) if whole else moment_words(at.astimezone(zone(zone_name)))


def _moved(it: KeyDate, zone_name: str) -> str:
    if it.first_announced is None or it.first_announced == it.at:
        return ""
    if it.at < it.first_announced:
        return "moved forward"
    return "extended" if it.is_deadline else "moved"


class Status(StrEnum):
    """How submission stands."""

    NO_DATE = "no_date"
    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"
    OVER = "over"


@dataclass(frozen=True)
class Phase:
    """Whether new papers are taken. LATE: the announced time is over and the grace is not."""

    status: Status
    closes: datetime | None = None

    @property
    def takes_papers(self) -> bool:
        return self.status in {Status.NO_DATE, Status.OPEN, Status.LATE}


def phase(closing: Closing | None, *, event_ends: datetime | None, now: datetime) -> Phase:
    """How submission stands at `now`, given when it closes and when the workshop is over."""
    if closing is not None and closing.open_at(now):
        announced = now < closing.at + timedelta(seconds=1)
        return Phase(Status.OPEN if announced else Status.LATE, closing.at)
    if event_ends is not None and event_ends < now:
        return Phase(Status.OVER, closing.at if closing else None)
    return Phase(Status.CLOSED, closing.at) if closing else Phase(Status.NO_DATE)


def starts_at(it: KeyDate, zone_name: str) -> datetime:
    """The first moment of a date that lasts: of a day its beginning, of a moment itself."""
    if it.starts is not None:
        return it.starts
    return first_moment(local(it.at, zone_name, date_only=True), zone_name) if it.date_only else it.at
