"""Between the facts of a call (`Call`) and its rows: reading all of them, writing those that differ."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone, translation
from django_countries import countries

from submissions.domain.call_facts import (
    Call,
    CategoryFacts,
    DateFacts,
    DirectionFacts,
    EditionFacts,
    FieldFacts,
    QuestionFacts,
    ReminderFacts,
    RoleFacts,
    TopicFacts,
    When,
    first_moment,
    last_moment,
    local,
)
from submissions.domain.call_values import clean_line, clean_text
from submissions.models.call import Category, Deadline, Edition, ExtraField, ReviewField, Role
from submissions.models.reminder import ReminderRule

TEXTS = ("format_note", "summary", "scope", "instructions")


def country_names() -> dict[str, str]:
    """ISO code to English name, whatever language the reader has."""
    with translation.override("en"):
        return {code: str(name) for code, name in countries}


def read(edition: Edition) -> Call:
    """The facts that the rows of `edition` hold, in eight queries whatever their number."""
    values = {name: getattr(edition, name) for name in EditionFacts.__dataclass_fields__}
    for name in TEXTS:
        values[name] = clean_text(values[name])
    return Call(
        edition=EditionFacts(**values),
        dates=tuple(_date(row, edition.time_zone) for row in edition.deadlines.select_related("category")),
        reminders=tuple(_reminder(row) for row in edition.reminder_rules.select_related("deadline")),
        categories=tuple(_category(row) for row in edition.categories.all()),
        topics=tuple(TopicFacts(row.slug, row.name, row.group) for row in edition.topics.all()),
        directions=tuple(DirectionFacts(row.title, clean_text(row.text)) for row in edition.directions.all()),
        extra_fields=tuple(_field(row) for row in edition.extra_fields.all()),
        review_form=tuple(_question(row) for row in edition.review_fields.all()),
        committee=tuple(
            RoleFacts(row.kind, clean_line(row.name), row.affiliation, str(row.country), row.email)
            for row in edition.roles.all()
        ),
    )


def _date(row: Deadline, zone_name: str) -> DateFacts:
    starts: When | None = None
    if row.starts_at is not None:
        day = local(row.starts_at, zone_name, date_only=True)
        whole = row.date_only and first_moment(day, zone_name) == row.starts_at
        starts = day if whole else local(row.starts_at.replace(microsecond=0), zone_name, date_only=False)
    return DateFacts(
        slug=row.slug,
        kind=row.kind,
        label=row.label,
        at=_written(row.at, zone_name, date_only=row.date_only),
        starts=starts,
        originally=_written(row.original_at, zone_name) if row.original_at != row.at else None,
        category=row.category.slug if row.category else None,
        grace_minutes=row.grace_minutes,
    )


def _written(moment: datetime, zone_name: str, *, date_only: bool = True) -> When:
    """A day only where the moment is exactly its end: writing it back must not move it."""
    day = local(moment, zone_name, date_only=True)
    if date_only and last_moment(day, zone_name) == moment:
        return day
    return local(moment.replace(microsecond=0), zone_name, date_only=False)


def _reminder(row: ReminderRule) -> ReminderFacts:
    return ReminderFacts(
        row.deadline.slug, row.audience, tuple(row.when), text=clean_text(row.text), active=row.active
    )


def _category(row: Category) -> CategoryFacts:
    return CategoryFacts(
        slug=row.slug,
        name=row.name,
        description=clean_text(row.description),
        needs_file=row.needs_file,
        min_pages=row.min_pages,
        max_pages=row.max_pages,
        excludes=tuple(row.excludes),
        max_total_pages=row.max_total_pages,
    )


def _field(row: ExtraField) -> FieldFacts:
    return FieldFacts(
        slug=row.slug,
        label=row.label,
        kind=row.kind,
        help=clean_text(row.help_text),
        required=row.required,
        choices=tuple(row.choices),
        max_chars=row.max_chars,
        visible_to=row.visible_to,
    )


def _question(row: ReviewField) -> QuestionFacts:
    return QuestionFacts(
        slug=row.slug,
        label=row.label,
        kind=row.kind,
        help=clean_text(row.help_text),
        required=row.required,
        choices=tuple(row.choices),
        visible_to=row.visible_to,
    )


def keep_first_announcement(call: Call, edition: Edition, before: Call) -> Call:
    """`call` with `originally` filled in where a date of a published call moves and the file does not say from when."""
    if not edition.published:
        return call
    known = {row.slug: row.originally or row.at for row in before.dates}
    dates = []
    for row in call.dates:
        if row.originally is None and row.slug in known and known[row.slug] != row.at:
            row = replace(row, originally=known[row.slug])
        dates.append(replace(row, originally=None) if row.originally == row.at else row)
    return replace(call, dates=tuple(dates))


@dataclass(frozen=True)
class Moved:
    """A deadline that was moved, and where from."""

    deadline: Deadline
    before: datetime


def write(edition: Edition, call: Call, before: Call) -> list[Moved]:
    """Make the rows of `edition` say `call`; `before` is what they say now. Returns the dates that moved.

    Call it inside a transaction that holds the edition's row.
    """
    if call.edition != before.edition:
        for name, value in asdict(call.edition).items():
            setattr(edition, name, value)
        edition.save()
    rezoned = call.edition.time_zone != before.edition.time_zone
    categories = _sync(
        edition.categories.all(), call.categories, before.categories, _by_slug, _category_values, edition
    )
    moved = _write_dates(edition, call, () if rezoned else before.dates, categories)
    _write_reminders(edition, call, before)
    _remove(edition.categories.all(), call.categories, _by_slug)
    # Removed first: a new topic may take the name of one that goes.
    _remove(edition.topics.all(), call.topics, _by_slug)
    _sync(edition.topics.all(), call.topics, before.topics, _by_slug, asdict, edition, park="name")
    _sync(
        edition.directions.all(), call.directions, before.directions, lambda row: row.title, asdict, edition
    )
    _remove(edition.directions.all(), call.directions, lambda row: row.title)
    _sync(
        edition.extra_fields.all(), call.extra_fields, before.extra_fields, _by_slug, _field_values, edition
    )
    _remove(edition.extra_fields.all(), call.extra_fields, _by_slug)
    _sync(edition.review_fields.all(), call.review_form, before.review_form, _by_slug, _field_values, edition)
    _remove(edition.review_fields.all(), call.review_form, _by_slug)
    _write_roles(edition, call, before)
    return moved


def _by_slug(row: Any) -> Hashable:
    slug: str = row.slug
    return slug


def _sync(
    rows: models.QuerySet[Any],
    wanted: Sequence[Any],
    before: Iterable[Any],
    identity: Callable[[Any], Hashable],
    values: Callable[[Any], Mapping[str, Any]],
    edition: Edition,
    park: str = "",
) -> dict[Hashable, Any]:
    """Add and change rows so that they say `wanted`, in its order; untouched facts are not written.

    `park` names a unique text column: changed rows first give up their value, so that two of them can swap.
    """
    existing = {identity(row): row for row in rows}
    said = {identity(facts): facts for facts in before}
    changed = [
        facts for facts in wanted if identity(facts) in existing and said.get(identity(facts)) != facts
    ]
    if park:
        for facts in changed:
            row = existing[identity(facts)]
            type(row).objects.filter(pk=row.pk).update(**{park: f"~{row.pk}"})
    for order, facts in enumerate(wanted):
        row = existing.setdefault(identity(facts), rows.model(edition=edition))
        if row.pk is None or facts in changed or getattr(row, "order", order) != order:
            for name, value in values(facts).items():
                setattr(row, name, value)
            row.order = order
            row.save()
    return existing


def _remove(rows: models.QuerySet[Any], wanted: Iterable[Any], identity: Callable[[Any], Hashable]) -> None:
    kept = {identity(facts) for facts in wanted}
    for row in rows:
        if identity(row) not in kept:
            row.delete()


def _category_values(facts: CategoryFacts) -> dict[str, Any]:
    return asdict(facts) | {"excludes": list(facts.excludes)}


def _field_values(facts: FieldFacts | QuestionFacts) -> dict[str, Any]:
    values = asdict(facts) | {"choices": list(facts.choices)}
    values["help_text"] = values.pop("help")
    return values


def _write_dates(
    edition: Edition, call: Call, before: Sequence[DateFacts], categories: Mapping[Hashable, Category]
) -> list[Moved]:
    _remove(edition.deadlines.all(), call.dates, _by_slug)
    existing = {row.slug: row for row in edition.deadlines.all()}
    said = {facts.slug: facts for facts in before}
    changed = [facts for facts in call.dates if said.get(facts.slug) != facts]
    # Two dates may swap their kinds; the kind `other` may be held by any number of them.
    edition.deadlines.filter(slug__in=[facts.slug for facts in changed]).update(kind=Deadline.Kind.OTHER)
    moved = []
    for facts in changed:
        row = existing.get(facts.slug) or Deadline(edition=edition, slug=facts.slug)
        old_at, is_new = row.at, row.pk is None
        _fill(row, facts, edition.time_zone, categories)
        if not is_new:
            row.revision += 1
            row.changed_at = timezone.now()
            row.moved_at = row.changed_at if row.at != old_at else row.moved_at
        row.save()
        if not is_new and row.at != old_at:
            moved.append(Moved(row, old_at))
    return moved


def _write_reminders(edition: Edition, call: Call, before: Call) -> None:
    """Rules are known by their date and audience. One that is new, switched on or has a new time speaks from now on only."""
    if call.reminders == before.reminders:
        return
    dates = {row.slug: row for row in edition.deadlines.all()}
    rows = {
        (row.deadline.slug, row.audience): row for row in edition.reminder_rules.select_related("deadline")
    }
    for order, facts in enumerate(call.reminders):
        row = rows.pop((facts.deadline, facts.audience), None) or ReminderRule(
            edition=edition, deadline=dates[facts.deadline], audience=facts.audience, active=False
        )
        if facts.active and (not row.active or set(facts.when) - set(row.when)):
            row.active_since = timezone.now()
        row.when, row.text, row.active, row.order = list(facts.when), facts.text, facts.active, order
        row.save()
    for row in rows.values():
        row.delete()


def _fill(row: Deadline, facts: DateFacts, zone_name: str, categories: Mapping[Hashable, Category]) -> None:
    row.kind, row.label, row.grace_minutes = facts.kind, facts.label, facts.grace_minutes
    row.category = categories[facts.category] if facts.category else None
    row.at = last_moment(facts.at, zone_name)
    row.date_only = facts.date_only
    row.starts_at = first_moment(facts.starts, zone_name) if facts.starts is not None else None
    row.original_at = last_moment(facts.originally, zone_name) if facts.originally is not None else row.at


def same_person(edition: Edition, call: Call) -> dict[int, RoleFacts]:
    """Which facts each role row goes on to say: by role and name, else by role and address (a corrected name)."""
    by_name = {(facts.role, facts.name): facts for facts in call.committee}
    rows = list(edition.roles.all())
    found = {row.pk: by_name[row.kind, row.name] for row in rows if (row.kind, row.name) in by_name}
    taken = {(facts.role, facts.name) for facts in found.values()}
    by_email = {(f.role, f.email): f for f in call.committee if f.email and (f.role, f.name) not in taken}
    for row in rows:
        if row.pk not in found and (row.kind, row.email) in by_email:
            found[row.pk] = by_email.pop((row.kind, row.email))
    return found


def _write_roles(edition: Edition, call: Call, before: Call) -> None:
    if call.committee == before.committee:
        return
    follows = same_person(edition, call)
    rows = {row.pk: row for row in edition.roles.all()}
    for pk, row in rows.items():
        if pk not in follows:
            row.delete()
        elif row.name != follows[pk].name:
            Role.objects.filter(pk=pk).update(name=f"~{pk}")
    holder = {(facts.role, facts.name): rows[pk] for pk, facts in follows.items()}
    for order, facts in enumerate(call.committee):
        row = holder.get((facts.role, facts.name)) or Role(edition=edition)
        values = {"kind": facts.role, "name": facts.name, "affiliation": facts.affiliation, "order": order}
        values |= {"country": facts.country, "email": facts.email}
        if row not in rows.values() or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()


def rows_to_remove(edition: Edition, call: Call) -> list[models.Model]:
    """The rows that `write` would delete and that other rows may refer to."""
    follows = same_person(edition, call)
    gone: list[models.Model] = []
    for rows, facts in (
        (edition.categories.all(), call.categories),
        (edition.topics.all(), call.topics),
        (edition.extra_fields.all(), call.extra_fields),
        (edition.deadlines.all(), call.dates),
    ):
        kept = {fact.slug for fact in facts}
        gone += [row for row in rows if row.slug not in kept]
    return gone + [row for row in edition.roles.all() if row.pk not in follows]
