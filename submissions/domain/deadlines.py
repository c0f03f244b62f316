"""When something closes. A request is judged by the moment it arrived, never by when it was processed.

"AoE" (anywhere on Earth) is UTC-12: a day ends when it has ended everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

AOE = timezone(timedelta(hours=-12), "AoE")


@lru_cache(maxsize=1024)  # the list of known zones is read from the disk
def zone(name: str) -> tzinfo:
    """The time zone called `name` ("AoE" or an IANA name). Raises ValueError for an unknown one."""
    if name == "AoE":
        return AOE
    if name not in available_timezones():
        raise ValueError(f"“{name}” is not a time zone we know.")
    return ZoneInfo(name)


def end_of_day(day: date, zone_name: str) -> datetime:
    """The last second of `day` in the zone, in UTC."""
    return datetime.combine(day, time(23, 59, 59), zone(zone_name)).astimezone(UTC)


def in_words(moment: datetime, zone_name: str) -> str:
    """A moment as a person in the zone would write it: "1 February 2021, 23:59 AoE"."""
    return f"{moment.astimezone(zone(zone_name)):%-d %B %Y, %H:%M} {zone_name}"


@dataclass(frozen=True)
class Closing:
    """When work on one paper ends: announced at `at`, accepted until `at` + `grace`."""

    at: datetime
    grace: timedelta = timedelta()
    extended: bool = False

    @property
    def last_moment(self) -> datetime:
        return self.at + self.grace

    def open_at(self, moment: datetime) -> bool:
        """Whether a request that arrived at `moment` is in time (the last second counts)."""
        return moment < self.last_moment + timedelta(seconds=1)


@dataclass(frozen=True)
class DeadlineRow:
    """`category` None: for all categories that have no row of their own."""

    at: datetime
    grace: timedelta
    category: str | None
    extended_until: datetime | None = None


def closing(rows: Sequence[DeadlineRow], category: str | None) -> Closing | None:
    """The closing that holds for a paper of `category`, or None when the call sets none.

    A category's own row comes before the row for all. A draft without a category is held open as long as any
    category is. An extension for the paper moves its deadline later, never earlier.
    """
    if category is None:
        candidates = list(rows)
    else:
        own = [row for row in rows if row.category == category]
        candidates = own or [row for row in rows if row.category is None]
    if not candidates:
        return None
    return max((_closing(row) for row in candidates), key=lambda it: it.last_moment)


def _closing(row: DeadlineRow) -> Closing:
    if row.extended_until is not None and row.extended_until > row.at:
        return Closing(at=row.extended_until, grace=row.grace, extended=True)
    return Closing(at=row.at, grace=row.grace)
