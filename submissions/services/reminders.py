"""Sending what is due, showing what will come, and what chairs may do about it.

`send_due` may run at any time, any number of times and in several processes: each reminder is a row with a unique key,
written in the transaction that queues its message.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import Message, User
from submissions import letters, policy
from submissions.domain.deadlines import in_words
from submissions.domain.reminders import DAILY, WEEKLY, Course, Occasion, span
from submissions.letter_kinds import KINDS
from submissions.models import Edition, Paper, Reminder, ReminderRule
from submissions.services import call
from submissions.services.audiences import Audience, Recipient, audiences
from submissions.services.errors import NotAllowed, Refused, Stale

log = logging.getLogger(__name__)

#: With less than this to go, a reminder does not wait for a reader's daily mail.
AT_ONCE = timedelta(days=2)


@dataclass(frozen=True)
class Entry:
    """One reminder to come: for whom, and when as things stand."""

    to: Recipient
    occasion: Occasion


@dataclass(frozen=True)
class Planned:
    """One occasion of a rule with all whom it will reach. Their own clocks may spread it over some hours."""

    rule: ReminderRule
    name: str
    entries: Sequence[Entry]

    @property
    def letters(self) -> list[Sequence[Entry]]:
        """What is joined into one letter each, or every entry by itself."""
        return _letters(audiences[self.rule.audience], self.entries)

    @property
    def first(self) -> datetime:
        return min(entry.occasion.at for entry in self.entries)

    @property
    def last(self) -> datetime:
        return max(entry.occasion.at for entry in self.entries)

    @property
    def daily(self) -> bool:
        return DAILY in self.rule.when

    @property
    def stamp(self) -> str:
        """A short mark of exactly these recipients, so that a confirmation is for what was shown."""
        text = "\n".join(sorted(f"{entry.to.about} {entry.to.address}" for entry in self.entries))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def send_due(*, now: datetime | None = None, edition: Edition | None = None) -> int:
    """Queue every reminder that is due; returns how many messages. Safe to run twice at once."""
    now = now or timezone.now()
    sent = 0
    for rule in _active_rules(edition):
        audience = audiences.get(rule.audience)
        if audience is None:
            log.error("Rule %s names an audience that no room knows: %s", rule.pk, rule.audience)
        if audience is None or not _in_season(rule, audience, now):
            continue
        found = [Entry(to, it) for to, course in _courses(rule, audience) if (it := course.due(now))]
        for entries in _letters(audience, found):
            sent += _send_quietly(rule, audience, entries, now)
    return sent


def due(*, now: datetime, edition: Edition) -> list[Planned]:
    """What `send_due` would send at `now`."""
    found = []
    for rule in _active_rules(edition):
        audience = audiences.get(rule.audience)
        courses = _courses(rule, audience) if audience else []
        entries = [Entry(to, occasion) for to, course in courses if (occasion := course.due(now))]
        found += _grouped(rule, entries)
    return found


def plan(*, edition: Edition, now: datetime, user: User | None = None) -> list[Planned]:
    """All reminders to come by time, with their recipients as of now. Of digests, the next one.

    `user`: only what this chair may know; reminders about papers behind a conflict are left out. Unpublished calls send
    nothing, so nothing comes.
    """
    handled = _handled(edition, user)
    found: list[Planned] = []
    for rule in _active_rules(edition):
        audience = audiences.get(rule.audience)
        courses = _courses(rule, audience) if audience else []
        found += _grouped(
            rule,
            [
                Entry(to, occasion)
                for to, course in courses
                if handled is None or to.paper is None or to.paper.pk in handled
                for occasion in course.coming(now)
            ],
        )
    return sorted(found, key=lambda it: (it.first, it.rule.order))


def sent(*, edition: Edition, user: User) -> "list[Reminder]":
    """What was dealt with, latest first, without papers behind a conflict."""
    handled = _handled(edition, user) or set()
    rows = edition.reminders.select_related("paper")[:2000]
    return [row for row in rows if row.paper_id is None or row.paper_id in handled]


def switch(*, actor: User, edition: Edition, rule: ReminderRule, active: bool) -> bool:
    """Switch a rule of the call on or off; False when it was so. Raises NotAllowed; Refused where it could never fire."""
    if active and _never_fires(rule, timezone.now()):
        raise Refused(
            f"“{rule.deadline.label}” was on {in_words(rule.deadline.at, edition.time_zone)}, and this rule writes "
            "only before it: there is nothing left to send. Move the date first."
        )
    return bool(call.switch_reminder(actor=actor, edition=edition, rule=rule, active=active))


def send_now(*, actor: User, rule: ReminderRule, name: str, expected: str) -> int:
    """Send one planned occasion at once, instead of at its time; returns how many messages.

    It reaches exactly the recipients that were shown (`expected` is their `Planned.stamp`), all of papers that `actor`
    handles; others get theirs at its time. Raises NotAllowed, Stale when the recipients are no longer the same, and
    Refused for a digest or when nothing of that name is to come.
    """
    edition, now = rule.edition, timezone.now()
    if not policy.may_chair(actor, edition):
        raise NotAllowed("Only a chair of this edition may send its reminders.")
    planned = find(edition=edition, rule=rule, name=name, user=actor, now=now)
    if planned is None:
        raise Refused("Nothing of this is left to send: it was sent, or nobody has anything to do any more.")
    if planned.daily:
        raise Refused("A digest is sent each morning. Its preview shows what it would say now.")
    if planned.stamp != expected:
        raise Stale("The recipients have changed since you opened the page. Look at them again.")
    with transaction.atomic():
        count = sum(_send(rule, audiences[rule.audience], entries, now) for entries in planned.letters)
        audit.record(
            actor=actor,
            verb="reminder.sent_now",
            subject=rule,
            edition=edition.slug,
            data={"occasion": name, "messages": count},
        )
    return count


def find(*, edition: Edition, rule: ReminderRule, name: str, user: User, now: datetime) -> Planned | None:
    """One occasion of the plan, as `user` may see it."""
    coming = plan(edition=edition, now=now, user=user)
    return next((it for it in coming if it.rule.pk == rule.pk and it.name == name), None)


def _active_rules(edition: Edition | None) -> Iterable[ReminderRule]:
    rules = ReminderRule.objects.filter(active=True, edition__published=True)
    if edition is not None:
        rules = rules.filter(edition=edition)
    return rules.select_related("edition", "deadline").order_by("edition_id", "order")


def _in_season(rule: ReminderRule, audience: Audience, now: datetime) -> bool:
    """Whether anything of this rule can be due at all."""
    at = rule.deadline.at
    if audience.own_dates and not audience.never_earlier:
        return True
    if now <= at or audience.own_dates:
        return span(rule.when, at, at)[0] <= now
    last = rule.deadline.extensions.aggregate(last=Max("until"))["last"] or at
    return now <= span(rule.when, at, max(at, last))[1]


def _handled(edition: Edition, user: User | None) -> set[int] | None:
    """The papers that `user` handles; None for the operator at the command line, who is shown all."""
    if user is None:
        return None
    return set(
        Paper.objects.filter(policy.papers_handled_by(user), edition=edition).values_list("pk", flat=True)
    )


def _courses(rule: ReminderRule, audience: Audience) -> Iterator[tuple[Recipient, Course]]:
    """Each recipient with what decides about it."""
    recipients = audience.recipients(rule)
    if not recipients:
        return
    recorded: dict[tuple[str, str, str], set[str]] = {}
    rows = Reminder.objects.filter(
        edition=rule.edition_id, deadline_slug=rule.deadline.slug, audience=rule.audience
    )
    for *whom, name in rows.values_list("about", "address", "deadline_at", "occasion"):
        recorded.setdefault((whom[0], whom[1], whom[2]), set()).add(name)
    for to in recipients:
        yield (
            to,
            Course(
                when=rule.when,
                deadline=to.deadline,
                reader_zone=to.reader_zone,
                since=to.since,
                recorded=recorded.get((to.about, to.address, _mark(rule, to)), ()),
                until=to.until,
            ),
        )


def _grouped(rule: ReminderRule, entries: Iterable[Entry]) -> list[Planned]:
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        # Digests have the date as their name, and morning comes at another moment for each reader.
        by_name.setdefault(DAILY if DAILY in rule.when else entry.occasion.name, []).append(entry)
    return [Planned(rule, name, found) for name, found in by_name.items()]


def _mark(rule: ReminderRule, to: Recipient) -> str:
    """The date as it stands. A morning is the same morning, wherever the date is moved."""
    return "" if DAILY in rule.when else f"{to.deadline.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _letters(audience: Audience, entries: Iterable[Entry]) -> list[Sequence[Entry]]:
    """Those that go into the same letter, side by side."""
    if not audience.joined:
        return [[entry] for entry in entries]
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.to.address, entry.occasion.name), []).append(entry)
    return list(found.values())


def _send_quietly(rule: ReminderRule, audience: Audience, entries: Sequence[Entry], now: datetime) -> bool:
    """One reminder that fails does not keep the others back; it is tried again at the next round."""
    try:
        return _send(rule, audience, entries, now)
    except Exception:
        first = entries[0]
        log.exception("Reminder %s about %s could not be queued.", first.occasion.name, first.to.about)
        return False


def _send(rule: ReminderRule, audience: Audience, entries: Sequence[Entry], now: datetime) -> bool:
    """Record and queue one letter. False when another process did, or the work was done in the meantime."""
    with transaction.atomic():
        rows, left = [], []
        for entry in entries:
            still = audience.still(rule, entry.to)
            row = _recorded(rule, still, entry.occasion, now) if still else None
            if still and row:
                rows.append(row)
                left.append(still)
        if not left:
            return False
        values = audience.together(rule, left, now)
        if values is None:
            outcome = Reminder.Outcome.NO_NEWS
        elif _write(rule, audience, left, entries[0].occasion, values, now) is None:
            outcome = Reminder.Outcome.UNWANTED
        else:
            return True
        Reminder.objects.filter(pk__in=rows).update(outcome=outcome)
        return False


def _recorded(rule: ReminderRule, to: Recipient, occasion: Occasion, now: datetime) -> int | None:
    """The new row that says so, or None where there is one already."""
    row, is_first = Reminder.objects.get_or_create(
        edition=rule.edition,
        deadline_slug=rule.deadline.slug,
        audience=rule.audience,
        about=to.about,
        address=to.address,
        occasion=occasion.name,
        deadline_at=_mark(rule, to),
        defaults={"paper": to.paper, "at": now},
    )
    return row.pk if is_first else None


def _write(
    rule: ReminderRule,
    audience: Audience,
    to: Sequence[Recipient],
    occasion: Occasion,
    values: Mapping[str, str],
    now: datetime,
) -> Message | None:
    first, mark = to[0], [policy.joined_mark(rule.edition)] if audience.joined else []
    return letters.send(
        audience.letter,
        edition=rule.edition,
        to=first.address,
        person=first.person,
        about=first.about,
        also_about=[*(it.about for it in to), *mark],
        occasion=f"{rule.deadline.slug} {occasion.name} {_mark(rule, first)}".strip(),
        url=audience.url(rule, to),
        paper=None if audience.joined else first.paper,
        values=_with_date(rule, to, values),
        # Who wants mail once a day gets this by itself where next morning might be too late.
        at_once=DAILY in rule.when or min(it.deadline for it in to) - now < AT_ONCE,
    )


def for_eyes_of(user: User, planned: Planned) -> Planned | None:
    """`planned` with the letters that `user` may look at, None where there are none.

    A digest tells what its own reader may know: to somebody with another conflict it would tell too much.
    """
    if not KINDS[audiences[planned.rule.audience].letter].personal:
        return planned
    own = [entry for entry in planned.entries if entry.to.person == user]
    return replace(planned, entries=own) if own else None


def preview(*, planned: Planned, entry: Entry, now: datetime) -> letters.Letter | None:
    """The letter with `entry` at `now`, as far as `planned` may be seen; None when there would be nothing to say.

    See `for_eyes_of`.
    """
    rule, audience = planned.rule, audiences[planned.rule.audience]
    to = [it.to for it in next(found for found in planned.letters if entry in found)]
    values = audience.together(rule, to, now)
    if values is None:
        return None
    return letters.compose(
        KINDS[audience.letter],
        edition=rule.edition,
        to=entry.to.address,
        person=entry.to.person,
        url=audience.url(rule, to),
        paper=None if audience.joined else entry.to.paper,
        values=_with_date(rule, to, values),
        sample=True,
    )


def _with_date(rule: ReminderRule, to: Sequence[Recipient], values: Mapping[str, str]) -> dict[str, str]:
    deadline = letters.moment_in_words(min(it.deadline for it in to), rule.edition, to[0].person)
    return {"date": rule.deadline.label, "deadline": deadline, **values}


def _never_fires(rule: ReminderRule, now: datetime) -> bool:
    """Whether all that the rule says lies before a date that has passed (no digest follows it, either)."""
    audience = audiences.get(rule.audience)
    if audience is not None and audience.own_dates:
        return False
    return rule.deadline.at < now and not any(text == WEEKLY or text.startswith("+") for text in rule.when)
