"""Changing a call: from its file, and piece by piece in the browser.

Both ways check the same things: the whole call with the change in it must be one that the call file could state, and
nothing that papers refer to may disappear.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from submissions import policy
from submissions.domain.call_diff import Change, diff
from submissions.domain.call_facts import (
    Call,
    CategoryFacts,
    DateFacts,
    DirectionFacts,
    ReminderFacts,
    TopicFacts,
    last_moment,
    local,
)
from submissions.domain.call_problems import CallError, Problem
from submissions.domain.call_schema import parse
from submissions.domain.call_toml import dump
from submissions.models.call import Deadline, Edition
from submissions.models.reminder import ReminderRule
from submissions.services import call_rows
from submissions.services.call_uses import blockers
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.signals import deadline_moved


class Inconsistent(Refused):
    """The call would contradict itself. `problems` says where and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(
            " ".join(f"{problem.where} {problem.message}. {problem.remedy}" for problem in problems)
        )


class Orphans(Refused):
    """Papers refer to what would be removed. `reasons` holds one sentence for each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(reasons))


class EditedSince(Refused):
    """The call was changed in the browser since its file was loaded, and loading would undo that."""


@dataclass(frozen=True)
class Plan:
    """What loading a call file would do. `overwrites` are the changes that undo edits made in the browser."""

    edition: Edition | None
    call: Call
    changes: list[Change]
    overwrites: list[Change] = field(default_factory=list)
    blockers: list[str] = field(default_factory=list)
    publishes: bool = False

    @property
    def is_new(self) -> bool:
        return self.edition is None


def plan(call: Call, *, publish: bool = False) -> Plan:
    """What `load` would do with `call`; writes nothing."""
    edition = Edition.objects.filter(slug=call.edition.slug).first()
    if edition is None:
        return Plan(None, call, diff({}, call.as_data()), publishes=publish)
    before = call_rows.read(edition)
    call = call_rows.keep_first_announcement(call, edition, before)
    changes = diff(before.as_data(), call.as_data())
    edited = {change.fact for change in file_differences(edition, before)}
    return Plan(
        edition=edition,
        call=call,
        changes=changes,
        overwrites=[change for change in changes if change.fact in edited],
        blockers=blockers(edition, call),
        publishes=publish and not edition.published,
    )


def load(
    *, actor: User | None, call: Call, source_name: str, publish: bool = False, overwrite_edits: bool = False
) -> Plan:
    """Make the database say what `call` says; loading the same again changes nothing.

    `actor=None` is the operator at the command line. Raises NotAllowed, Orphans when papers refer to what the call no
    longer holds, and EditedSince when edits from the browser would be undone and `overwrite_edits` is not set.
    """
    with transaction.atomic():
        Edition.objects.select_for_update().filter(slug=call.edition.slug).first()
        todo = plan(call, publish=publish)
        if not _may_load(actor, todo.edition):
            raise NotAllowed("Only an administrator or a chair of the edition may load its call.")
        if todo.blockers:
            raise Orphans(todo.blockers)
        if todo.overwrites and not overwrite_edits:
            raise EditedSince("The call was edited in the browser since its file was loaded.")
        edition = todo.edition or _new_edition(call)
        before = call_rows.read(edition) if todo.edition else Call(edition=call.edition)
        was_published = edition.published
        moved = call_rows.write(edition, todo.call, before)
        edition.published = edition.published or publish
        edition.source, edition.source_name = todo.call.as_data(), source_name[:200]
        edition.loaded_at = timezone.now()
        edition.save()
        if todo.is_new or todo.changes or todo.publishes:
            verb = "call.created" if todo.is_new else "call.loaded"
            _record(
                actor,
                verb,
                edition,
                todo.changes if not todo.is_new else [],
                file=source_name,
                published=publish,
            )
        if was_published:
            _announce(moved, actor, "")
    return todo


def _may_load(actor: User | None, edition: Edition | None) -> bool:
    if actor is None or actor.is_superuser:
        return True
    return edition is not None and policy.may_chair(actor, edition)


def _new_edition(call: Call) -> Edition:
    return Edition.objects.create(
        **{name: getattr(call.edition, name) for name in call.edition.__dataclass_fields__}
    )


def file_differences(edition: Edition, now: Call | None = None) -> list[Change]:
    """What was changed since the call file was loaded: from what the file said to what holds now."""
    if not edition.source:
        return []
    return diff(edition.source, (now or call_rows.read(edition)).as_data())


def stamp(call: Call, section: str) -> str:
    """A short mark of one section's state. A form carries it, so that a save from an old page can be refused."""
    text = json.dumps(call.as_data()[section], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def edit_texts(*, actor: User, edition: Edition, expected: str, texts: dict[str, Any]) -> list[Change]:
    """Change facts of the edition itself. `texts` maps their names to new values; for errors see `_change`."""
    return _change(
        actor,
        edition,
        "edition",
        expected,
        lambda call: replace(call, edition=replace(call.edition, **texts)),
        "call.texts_edited",
    )


def edit_dates(
    *, actor: User, edition: Edition, expected: str, dates: Sequence[DateFacts], reason: str = ""
) -> list[Change]:
    """Replace the dates. A date that moves in a published call keeps what was announced first. Errors: `_change`."""
    return _change(
        actor,
        edition,
        "dates",
        expected,
        lambda call: replace(call, dates=tuple(dates)),
        "call.dates_edited",
        reason=reason,
    )


def edit_topics(
    *, actor: User, edition: Edition, expected: str, topics: Sequence[TopicFacts]
) -> list[Change]:
    """Replace the topics, in this order; a topic keeps its slug when it is renamed. Errors: `_change`."""
    return _change(
        actor,
        edition,
        "topics",
        expected,
        lambda call: replace(call, topics=tuple(topics)),
        "call.topics_edited",
    )


def edit_directions(
    *, actor: User, edition: Edition, expected: str, directions: Sequence[DirectionFacts]
) -> list[Change]:
    """Replace the research directions, in this order. Errors: `_change`."""
    return _change(
        actor,
        edition,
        "directions",
        expected,
        lambda call: replace(call, directions=tuple(directions)),
        "call.directions_edited",
    )


def edit_categories(
    *, actor: User, edition: Edition, expected: str, categories: Sequence[CategoryFacts]
) -> list[Change]:
    """Replace the categories and their limits. Papers that are in stay in, whatever the new limits. Errors: `_change`."""
    return _change(
        actor,
        edition,
        "categories",
        expected,
        lambda call: replace(call, categories=tuple(categories)),
        "call.categories_edited",
    )


def move_deadline(
    *,
    actor: User,
    edition: Edition,
    deadline: Deadline,
    at: datetime,
    reason: str = "",
    expected_at: datetime | None = None,
) -> Deadline:
    """Move one deadline of the whole edition to the moment `at`.

    The first announcement is kept and shown once the call is published, and `deadline_moved` is sent so that letters
    go out in the same transaction. Raises NotAllowed, Stale when the deadline is no longer at `expected_at`,
    Inconsistent when another date contradicts the new one.
    """
    day = local(at, edition.time_zone, date_only=True)
    whole_day = last_moment(day, edition.time_zone) == at.replace(microsecond=0)
    when = day if whole_day else local(at.replace(microsecond=0), edition.time_zone, date_only=False)

    def moved(call: Call) -> Call:
        current = Deadline.objects.filter(edition=edition, slug=deadline.slug).first()
        if current is None or (expected_at is not None and current.at != expected_at):
            raise Stale("Somebody moved this deadline since you opened the page. Look at it again.")
        dates = [
            replace(row, at=when, originally=None) if row.slug == deadline.slug else row for row in call.dates
        ]
        return replace(call, dates=tuple(dates))

    _change(actor, edition, "dates", None, moved, "call.deadline_moved", reason=reason)
    return Deadline.objects.get(edition=edition, slug=deadline.slug)


def edit_reminders(
    *, actor: User, edition: Edition, expected: str, reminders: Sequence[ReminderFacts]
) -> list[Change]:
    """Replace the reminder rules. What is new speaks from now on: nothing is sent for what lay before. Errors: `_change`."""
    return _change(
        actor,
        edition,
        "reminders",
        expected,
        lambda call: replace(call, reminders=tuple(reminders)),
        "call.reminders_edited",
    )


def switch_reminder(*, actor: User, edition: Edition, rule: ReminderRule, active: bool) -> list[Change]:
    """Switch a reminder rule on or off. Errors: `_change`."""
    place = (rule.deadline.slug, rule.audience)

    def switched(call: Call) -> Call:
        rules = [
            replace(row, active=active) if (row.deadline, row.audience) == place else row
            for row in call.reminders
        ]
        return replace(call, reminders=tuple(rules))

    verb = "call.reminder_on" if active else "call.reminder_off"
    return _change(actor, edition, "reminders", None, switched, verb)


def publish(*, actor: User, edition: Edition) -> bool:
    """Open the call's page to everybody; False when it already was. Raises NotAllowed."""
    if not policy.may_chair(actor, edition):
        raise NotAllowed("Only a chair may publish the call.")
    with transaction.atomic():
        done = Edition.objects.filter(pk=edition.pk, published=False).update(published=True)
        if done:
            _record(actor, "call.published", edition, [])
    return bool(done)


def _change(
    actor: User,
    edition: Edition,
    section: str,
    expected: str | None,
    make: Callable[[Call], Call],
    verb: str,
    *,
    reason: str = "",
) -> list[Change]:
    """Write the call that `make` makes of the present one, with one audit entry; returns what changed.

    Raises NotAllowed; Stale when the section is no longer in the state that the mark `expected` stands for;
    Inconsistent when the call file could not state the result; Orphans when papers refer to what would go.
    """
    if not policy.may_chair(actor, edition):
        raise NotAllowed("Only a chair of this edition may change its call.")
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(pk=edition.pk)
        before = call_rows.read(edition)
        if expected is not None and stamp(before, section) != expected:
            raise Stale("Somebody else, or you in another tab, changed this since you opened the page.")
        after = call_rows.keep_first_announcement(_checked(make(before), before), edition, before)
        changes = diff(before.as_data(), after.as_data())
        if not changes:
            return []
        if reasons := blockers(edition, after):
            raise Orphans(reasons)
        moved = call_rows.write(edition, after, before)
        _record(actor, verb, edition, changes, reason=reason)
        if edition.published:
            _announce(moved, actor, reason)
    return changes


def _checked(call: Call, before: Call) -> Call:
    """`call` as a call file would state it. Raises Inconsistent where none could.

    What was already wrong in `before` (set in the administration pages, say) does not stand in the way of another edit.
    """
    try:
        return parse(dump(call), countries=call_rows.country_names())
    except CallError as error:
        known = {(problem.where, problem.message) for problem in _problems(before)}
        new = [problem for problem in error.problems if (problem.where, problem.message) not in known]
        if new:
            raise Inconsistent([replace(problem, line=None) for problem in new]) from error
        return call


def _problems(call: Call) -> list[Problem]:
    try:
        parse(dump(call), countries=call_rows.country_names())
    except CallError as error:
        return error.problems
    return []


def _record(actor: User | None, verb: str, edition: Edition, changes: Sequence[Change], **more: Any) -> None:
    data: dict[str, Any] = {change.place: [change.before, change.after] for change in changes}
    data |= {name: value for name, value in more.items() if value}
    audit.record(actor=actor, verb=verb, subject=edition, edition=edition.slug, data=data)


def _announce(moved: Sequence[call_rows.Moved], actor: User | None, reason: str) -> None:
    for move in moved:
        deadline_moved.send(
            sender=Deadline, deadline=move.deadline, actor=actor, before=move.before, reason=reason
        )
