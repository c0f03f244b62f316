"""Forms in which chairs edit a call. They shape what was typed; whether it is a possible call, the service decides."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.fields import LineField
from submissions.domain import call_facts as facts
from submissions.domain.call_dates import day_words, moment_words
from submissions.domain.call_facts import CategoryFacts, DateFacts, DirectionFacts, Key, TopicFacts, When
from submissions.domain.call_values import slug_from
from submissions.domain.deadlines import zone
from submissions.models import Category, Deadline, Edition

MAX_ROWS = 200
#: What chairs may change in the browser; slug, zone and what papers were counted by stay with the call file.
TEXT_FIELDS = (
    *("name", "short_name", "host_event", "place", "format", "format_note", "site_url", "contact_email"),
    *("summary", "scope", "instructions", "style_name", "style_url"),
    *("abstract_min_words", "abstract_max_words", "max_topics", "max_file_mb"),
)
LABELS = {
    "host_event": "Part of",
    "format_note": "More on how it is held",
    "format": "How it is held",
    "site_url": "Workshop site",
    "contact_email": "Address for questions",
    "style_url": "Where the templates are",
    "style_name": "Document style",
    "max_file_mb": "Largest file (MB)",
    "max_topics": "Most topics of a paper",
    "abstract_min_words": "Abstract: fewest words",
    "abstract_max_words": "Abstract: most words",
}
MARKDOWN_HELP = "Markdown: blank lines part paragraphs, **bold**, [a link](https://…)."
ROWS_OF = {"scope": 12, "instructions": 8, "format_note": 4, "summary": 3}


class TextsForm(forms.Form):
    """The facts of the edition itself. Its fields follow the keys of the call file."""

    expected = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = {key.name: key for key in (*facts.EDITION_KEYS, *facts.SUBMISSION_KEYS)}
        for name in TEXT_FIELDS:
            self.fields[name] = _field(keys[name])

    def facts(self) -> dict[str, Any]:
        """The values as the call states them."""
        values = {name: self.cleaned_data[name] for name in TEXT_FIELDS}
        for name in ("abstract_min_words", "abstract_max_words"):
            values[name] = values[name] or 0
        return values


def _field(key: Key) -> forms.Field:
    label = LABELS.get(key.name, key.name.replace("_", " ").capitalize())
    required = key.default is facts.REQUIRED
    if key.type == "integer":
        needed = key.name == "max_file_mb"
        widget = forms.NumberInput(attrs={"class": "input--short"})
        return forms.IntegerField(
            label=label, required=needed, min_value=key.minimum, max_value=key.maximum, widget=widget
        )
    if key.type == "choice":
        return forms.ChoiceField(label=label, choices=Edition.Format.choices)
    if key.type == "text":
        area = forms.Textarea(attrs={"rows": ROWS_OF[key.name]})
        hint = "" if key.name == "summary" else MARKDOWN_HELP
        return forms.CharField(
            label=label, required=False, max_length=key.maximum, widget=area, help_text=hint
        )
    hint = "Shown to everybody." if key.name == "contact_email" else ""
    return LineField(label=label, required=required, max_length=key.maximum, help_text=hint)


class TopicForm(forms.Form):
    slug = forms.CharField(required=False, widget=forms.HiddenInput)
    name = LineField(label="Topic", max_length=200)
    group = LineField(
        label="Group",
        max_length=200,
        required=False,
        help_text="A heading; topics of a group stand together.",
    )

    def facts(self) -> TopicFacts:
        values = self.cleaned_data
        return TopicFacts(values["slug"] or slug_from(values["name"]), values["name"], values["group"])

    @staticmethod
    def initial_of(row: TopicFacts) -> dict[str, Any]:
        return {"slug": row.slug, "name": row.name, "group": row.group}


class DirectionForm(forms.Form):
    title = LineField(label="Direction", max_length=200)
    text = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), help_text=MARKDOWN_HELP
    )

    def facts(self) -> DirectionFacts:
        return DirectionFacts(self.cleaned_data["title"], self.cleaned_data["text"])

    @staticmethod
    def initial_of(row: DirectionFacts) -> dict[str, Any]:
        return {"title": row.title, "text": row.text}


class CategoryForm(forms.Form):
    slug = forms.CharField(required=False, widget=forms.HiddenInput)
    name = LineField(label="Name", max_length=100, help_text="In the singular: Regular paper")
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    needs_file = forms.BooleanField(label="A PDF belongs to it", required=False, initial=True)
    min_pages = forms.IntegerField(label="Fewest pages", required=False, min_value=1, max_value=2000)
    max_pages = forms.IntegerField(label="Most pages", required=False, min_value=1, max_value=2000)
    excludes = forms.MultipleChoiceField(
        label="Does not count",
        required=False,
        choices=[(part, part.capitalize()) for part in facts.PARTS],
        widget=forms.CheckboxSelectMultiple,
    )
    max_total_pages = forms.IntegerField(
        label="Most pages in all",
        required=False,
        min_value=1,
        max_value=2000,
        help_text="When parts do not count.",
    )

    def facts(self) -> CategoryFacts:
        values = dict(self.cleaned_data)
        values["slug"] = values["slug"] or slug_from(values["name"])[:50].rstrip("-")
        values["excludes"] = tuple(part for part in facts.PARTS if part in values["excludes"])
        return CategoryFacts(**values)

    @staticmethod
    def initial_of(row: CategoryFacts) -> dict[str, Any]:
        return {name: getattr(row, name) for name in CategoryForm.base_fields} | {
            "excludes": list(row.excludes)
        }


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class DateForm(forms.Form):
    slug = forms.CharField(required=False, widget=forms.HiddenInput)
    label = LineField(label="What", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=Deadline.Kind.choices)
    category = forms.ChoiceField(label="Only for", required=False)
    day = forms.DateField(label="Day", widget=DateInput)
    time = forms.TimeField(label="Time", required=False, widget=TimeInput, help_text="Empty: the whole day.")
    starts_day = forms.DateField(
        label="First day", required=False, widget=DateInput, help_text="Of an event that lasts longer."
    )
    starts_time = forms.TimeField(label="Begins at", required=False, widget=TimeInput)
    grace_minutes = forms.IntegerField(
        label="Grace (minutes)",
        required=False,
        min_value=0,
        max_value=10080,
        help_text="Not shown to authors.",
    )

    def __init__(self, *args: Any, categories: Sequence[Category] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "All categories"), *((row.slug, row.name) for row in categories)]
        self.fields["category"] = forms.ChoiceField(label="Only for", required=False, choices=offered)

    def facts(self) -> DateFacts:
        values = self.cleaned_data
        at = when(values["day"], values["time"])
        starts = when(values["starts_day"], values["starts_time"]) if values["starts_day"] else None
        return DateFacts(
            slug=values["slug"],
            kind=values["kind"],
            label=values["label"],
            at=at,
            starts=starts,
            category=values["category"] or None,
            grace_minutes=values["grace_minutes"] or 0,
        )

    @staticmethod
    def initial_of(row: DateFacts) -> dict[str, Any]:
        return {
            "slug": row.slug,
            "label": row.label,
            "kind": row.kind,
            "category": row.category or "",
            "day": _day(row.at),
            "time": _time(row.at),
            "starts_day": _day(row.starts),
            "starts_time": _time(row.starts),
            "grace_minutes": row.grace_minutes,
        }


def when(day: date, at: time | None) -> When:
    """A day, or a moment of it. A minute before midnight is meant to its last second, as the end of a day is."""
    if at is None:
        return day
    return datetime.combine(day, at.replace(second=59) if (at.hour, at.minute) == (23, 59) else at)


def _day(value: When | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _time(value: When | None) -> time | None:
    return value.time() if isinstance(value, datetime) else None


class MoveForm(forms.Form):
    """A new time for one deadline, in the zone of the call."""

    expected = forms.DateTimeField(widget=forms.HiddenInput)
    day = forms.DateField(label="New day", widget=DateInput)
    time = forms.TimeField(
        label="Time", required=False, widget=TimeInput, help_text="Empty: the end of the day, 23:59."
    )
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the letter to the authors and in the log.",
    )

    def __init__(
        self, *args: Any, edition: Edition, deadline: Deadline, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.edition, self.deadline, self.now = edition, deadline, now

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        at = facts.last_moment(when(values["day"], values["time"]), self.edition.time_zone)
        if at <= self.now:
            there = moment_words(self.now.astimezone(zone(self.edition.time_zone)))
            self.add_error("day", f"This is over: it is {there} {self.edition.time_zone} now.")
        elif at < self.deadline.at and not values["reason"].strip():
            now_on = day_words(self.deadline.at.astimezone(zone(self.edition.time_zone)))
            self.add_error("reason", f"This is earlier than {now_on}, and authors lose time: say why.")
        return values | {"at": at}


Rows = list[dict[str, Any]]


def posted_rows(data: QueryDict, prefix: str, form: type[forms.Form]) -> Rows:
    """The rows of an editor as they were posted, in the order the person gave them, without the removed ones."""
    try:
        total = min(int(data.get(f"{prefix}-TOTAL_FORMS", "0")), MAX_ROWS)
    except ValueError:
        total = 0
    found: list[tuple[float, dict[str, Any]]] = []
    for index in range(total):
        row: dict[str, Any] = {}
        for name, field in form.base_fields.items():
            key = f"{prefix}-{index}-{name}"
            row[name] = (
                data.getlist(key) if isinstance(field, forms.MultipleChoiceField) else data.get(key, "")
            )
        if not data.get(f"{prefix}-{index}-DELETE") and _is_filled(row, form):
            found.append((_number(data.get(f"{prefix}-{index}-ORDER", ""), index + 1), row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _is_filled(row: Mapping[str, Any], form: type[forms.Form]) -> bool:
    """Whether the person wrote anything: what is only chosen or ticked stands in an untouched row as well."""
    chosen = (forms.ChoiceField, forms.BooleanField)
    return any(row[name] for name, field in form.base_fields.items() if not isinstance(field, chosen))


def _number(text: str, default: float) -> float:
    return float(text) if text.isdecimal() and len(text) < 6 else default


def rearranged(rows: Rows, command: str) -> Rows:
    """`rows` after the button `command` ("add", "up-2", "down-0", "remove-1"), for browsers without JavaScript."""
    verb, _, number = command.partition("-")
    place = int(number) if number.isdecimal() and len(number) < 6 else -1
    rows = list(rows)
    if verb == "add":
        return [*rows, {}]
    if not 0 <= place < len(rows):
        return rows
    row = rows.pop(place)
    if verb in {"up", "down"}:
        rows.insert(max(0, place + (1 if verb == "down" else -1)), row)
    elif verb != "remove":
        rows.insert(place, row)
    return rows


def bound_forms(
    rows: Sequence[Mapping[str, Any]], prefix: str, form: type[forms.Form], **kwargs: Any
) -> list[forms.Form]:
    """One bound form for each posted row."""
    bound = []
    for index, row in enumerate(rows):
        data = QueryDict(mutable=True)
        for name, value in row.items():
            data.setlist(f"{prefix}-{index}-{name}", value if isinstance(value, list) else [value])
        bound.append(form(data, prefix=f"{prefix}-{index}", **kwargs))
    return bound
