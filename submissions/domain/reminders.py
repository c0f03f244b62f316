"""When somebody is reminded of a deadline: what is due now, and what will come.

A rule says how long before or after a deadline its people are written to ("-7d", "-6h", "+1d"), that it goes on each week
("weekly"), or "daily" for digests. From a rule, a deadline, the reader's zone and what was sent already, `Course.due` finds
the one reminder to send now, or none:

* what is due is what has come and was not recorded, never what "is today": an outage loses nothing;
* after an outage only the latest one goes out, and none that speaks of a deadline to come when it has passed;
* what lay before the work began (or before the rule, or before the deadline moved) is left out;
* with a day or more to go nobody is written to at night: the reader's own clock shows 08:00 to 20:00.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from submissions.domain.deadlines import zone

DAILY = "daily"
#: Each week after the last of the rule's other times after the deadline (or after the deadline itself), for a year.
WEEKLY = "weekly"
#: The reader's day. Reminders are planned for 08:00 to 19:00, so that a worker that is late still comes before 20:00.
MORNING, EVENING, NIGHT = time(8), time(19), time(20)
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
#: A reminder after the deadline that could not be sent for this long is no use any more.
GIVEN_UP_AFTER = timedelta(days=14)
LONGEST = timedelta(days=365)

_OFFSET = re.compile(r"([+-])([1-9][0-9]{0,3})([dh])")


@dataclass(frozen=True)
class AudienceFacts:
    """Whom a rule may name. `kinds`: the kinds of dates it fits; `before`, `after`: on which side of the date."""

    slug: str
    label: str
    kinds: tuple[str, ...]
    before: bool = True
    after: bool = False
    daily: bool = False


#: The audiences that rules may name. The rooms above add theirs, with the people, in `services/audiences.py`.
AUDIENCES: dict[str, AudienceFacts] = {
    facts.slug: facts
    for facts in (
        AudienceFacts("incomplete", "contacts of drafts with something missing", ("submission",)),
        AudienceFacts(
            "camera_ready",
            "contacts of accepted papers without their final file",
            ("camera_ready",),
            after=True,
        ),
        AudienceFacts(
            "chairs",
            "the chairs: a digest each morning",
            ("submission", "reviews", "discussion", "notification"),
            before=False,
            daily=True,
        ),
    )
}


def offset(text: str) -> timedelta:
    """How far from the deadline "-7d" or "+36h" is. Raises ValueError with what is wrong and what to write."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise ValueError("is not a time before or after a deadline: write it like -7d, -6h or +1d")
    length = timedelta(days=int(found[2])) if found[3] == "d" else timedelta(hours=int(found[2]))
    if length > LONGEST:
        raise ValueError("is more than a year away from the deadline: choose a nearer time")
    return -length if found[1] == "-" else length


def weeks(when: Sequence[str]) -> list[str]:
    """What "weekly" stands for in a rule: after "+3d" these are "+10d", "+17d" and so on. Empty without the word."""
    if WEEKLY not in when:
        return []
    distances = [offset(text) for text in when if text not in (DAILY, WEEKLY)]
    last, found = max([timedelta(), *distances]), []
    while (last := last + A_WEEK) <= LONGEST:
        hours = last // timedelta(hours=1)
        found.append(f"+{hours}h" if hours % 24 else f"+{hours // 24}d")
    return found


def misfit(text: str, audience: AudienceFacts) -> str:
    """Why a rule for `audience` cannot say `text`; "" when it can."""
    if text == DAILY:
        if audience.daily:
            return ""
        side, example = ("before", "-7d") if audience.before else ("after", "+1d")
        return f"is for digests: say how long {side} the date, like {example}"
    if text == WEEKLY and not audience.daily:
        wrong = f"goes on after the date, when nothing is left to do for “{audience.slug}”"
        return "" if audience.after else f"{wrong}: say how long before it, like -7d"
    if audience.daily:
        return f"does not fit “{audience.slug}”, whom a digest reaches each morning: write {DAILY}"
    try:
        distance = offset(text)
    except ValueError as error:
        return str(error)
    if distance > timedelta() and not audience.after:
        return f"is after the date, when nothing is left to do for “{audience.slug}”: write -{text[1:]}"
    if distance < timedelta() and not audience.before:
        return f"is before the date, yet “{audience.slug}” exist only after it: write +{text[1:]}"
    return ""


def span(when: Sequence[str], first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """Outside of this time nothing is due, where the deadline of nobody is before `first` or after `last`.

    It spares most rounds the look at every paper.
    """
    distances = [offset(text) for text in (*when, *weeks(when)) if text not in (DAILY, WEEKLY)]
    begins = first + min(distances) - A_DAY if distances else first - 10 * LONGEST
    after = [A_DAY] if DAILY in when else [distance for distance in distances if distance > timedelta()]
    ends = last + max(after) + A_DAY + GIVEN_UP_AFTER if after else last
    return begins, ends


def in_words(text: str) -> str:
    """ "-7d" as people say it: "7 days before". Another name of an occasion stays as it is."""
    if text == DAILY:
        return "each morning"
    if text == WEEKLY:
        return "then each week"
    if not _OFFSET.fullmatch(text):
        return text
    number, unit = int(text[1:-1]), "day" if text[-1] == "d" else "hour"
    return f"{number} {unit}{'' if number == 1 else 's'} {'before' if text[0] == '-' else 'after'}"


def time_left(deadline: datetime, now: datetime) -> str:
    """How long is left, as people count: in days while there are about two, then in hours, then in minutes."""
    hours = (deadline - now).total_seconds() / 3600
    if hours <= 0:
        return "no time"
    if hours >= 36:
        number, unit = round(hours / 24), "day"
    elif hours >= 2:
        number, unit = round(hours), "hour"
    else:
        number, unit = max(1, round(hours * 60)), "minute"
    return f"{number} {unit}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Occasion:
    """One reminder for one reader: `nominal` by its distance from the deadline, `at` at the reader's decent hour."""

    name: str
    nominal: datetime
    at: datetime
    before: bool


@dataclass(frozen=True)
class Course:
    """What decides when one reader is reminded of one piece of work.

    `since`: when the work came to be undone, or the rule or the deadline came to be, if that was later. Nothing is made
    up for that lay before. `recorded`: the names of the occasions dealt with, for this reader and this deadline.
    `until`: from then on nothing is sent, whatever the rule says.
    """

    when: Sequence[str]
    deadline: datetime
    reader_zone: str
    since: datetime
    recorded: Collection[str] = ()
    until: datetime | None = None

    def occasions(self) -> list[Occasion]:
        """What offsets plan, by time. Digests are not among them: there is one each morning."""
        times = [text for text in self.when if text not in (DAILY, WEEKLY)]
        found = [self._occasion(text) for text in (*times, *weeks(self.when))]
        return sorted(found, key=lambda it: it.nominal)

    def due(self, now: datetime) -> Occasion | None:
        """The one reminder to send at `now`, or None."""
        waiting = self.waiting(now)
        return waiting if waiting is not None and self._may_send(now) else None

    def waiting(self, now: datetime) -> Occasion | None:
        """The reminder whose time has come and that is not recorded; at night it waits for the morning."""
        latest = self._digest(now) if DAILY in self.when else None
        for occasion in self.occasions():
            if occasion.at <= now and not (occasion.before and now >= self.deadline):
                latest = occasion
        if latest is None or latest.nominal < self.since or latest.name in self.recorded:
            return None
        if self.until is not None and now >= self.until:
            return None
        if not latest.before and now - latest.at > GIVEN_UP_AFTER:
            return None
        return latest

    def coming(self, now: datetime) -> list[Occasion]:
        """What will be sent if nothing changes: the one that waits, and all that follow (of what has no end, the next)."""
        waiting = self.waiting(now)
        found = [replace(waiting, at=self._sending_hour(now))] if waiting else []
        later = self.occasions()
        if DAILY in self.when:
            tomorrow = self._digest(now + A_DAY)
            later += [tomorrow] if tomorrow else []
        found += [
            it for it in later if it.at > now and it.nominal >= self.since and it.name not in self.recorded
        ]
        repeated = [it for it in found if it.name in weeks(self.when)]
        last = repeated[0].nominal if repeated else None
        return [
            it
            for it in found
            if (last is None or it.nominal <= last) and (self.until is None or it.at < self.until)
        ]

    def _occasion(self, text: str) -> Occasion:
        distance = offset(text)
        nominal = self.deadline + distance
        # With less than a day to go (or gone) the distance is what counts, whatever the hour.
        at = nominal if abs(distance) < A_DAY else self._decent(nominal)
        return Occasion(text, nominal, at, distance < timedelta())

    def _decent(self, moment: datetime) -> datetime:
        """`moment`, or the nearest end of that day's decent hours in the reader's zone."""
        there = moment.astimezone(zone(self.reader_zone))
        if there.time() < MORNING:
            return self._at(there.date(), MORNING)
        return self._at(there.date(), EVENING) if there.time() > EVENING else moment

    def _digest(self, now: datetime) -> Occasion | None:
        """The latest morning that has come; the last is the first one after the deadline."""
        there = zone(self.reader_zone)
        last = self.deadline.astimezone(there).date()
        if self._at(last, MORNING) < self.deadline:
            last += A_DAY
        day = now.astimezone(there).date()
        if self._at(day, MORNING) > now:
            day -= A_DAY
        day = min(day, last)
        at = self._at(day, MORNING)
        return Occasion(f"{day:%Y-%m-%d}", at, at, at < self.deadline)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, zone(self.reader_zone)).astimezone(UTC)

    def _may_send(self, now: datetime) -> bool:
        """Whether it is day for the reader, or too late to wait for it."""
        if timedelta() < self.deadline - now < A_DAY:
            return True
        return MORNING <= now.astimezone(zone(self.reader_zone)).time() <= NIGHT

    def _sending_hour(self, now: datetime) -> datetime:
        """When what waits at `now` is sent: at once, or next morning."""
        if self._may_send(now):
            return now
        there = now.astimezone(zone(self.reader_zone))
        return self._at(there.date() + (timedelta() if there.time() < MORNING else A_DAY), MORNING)
