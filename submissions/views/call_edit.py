"""Where chairs edit the call in the browser. Every save goes through services/call.py and leaves an audit entry."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from submissions import queries
from submissions.domain.call_dates import timeline
from submissions.domain.call_facts import Call, DateFacts
from submissions.domain.call_toml import dump
from submissions.forms.call import (
    TEXT_FIELDS,
    CategoryForm,
    DateForm,
    DirectionForm,
    MoveForm,
    Rows,
    TextsForm,
    TopicForm,
    bound_forms,
    posted_rows,
    rearranged,
)
from submissions.forms.reminders import RuleForm
from submissions.models import Deadline, Edition
from submissions.services import call as service
from submissions.services import call_rows
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.navigation import nav_items
from submissions.views.papers import actor, find_chaired
from submissions.views.public import dates_of, key_date, phase_of

PREFIX = "rows"


@never_cache
@require_safe
@login_required
def overview(request: HttpRequest, edition: str) -> HttpResponse:
    found = find_chaired(request, edition)
    now = timezone.now()
    present = call_rows.read(found)
    context = {
        **_frame(request, found),
        "dates": dates_of(found, request, now, committee=True),
        "not_printed": Deadline.OF_COMMITTEE,
        "phase": phase_of(found, now),
        "differences": service.file_differences(found, present),
        "present": present,
        "roles": found.roles.all(),
        "history": audit.history(found).select_related("actor")[:15],
    }
    return render(request, "submissions/call_edit/overview.html", context)


@never_cache
@require_safe
@login_required
def toml(request: HttpRequest, edition: str) -> HttpResponse:
    """The call as it stands, as a call file. Holds the committee's addresses: for chairs only."""
    found = find_chaired(request, edition)
    moment = timezone.now().strftime("%Y-%m-%d %H:%M UTC")
    header = f"The call of {found.short_name} as it stood in the database on {moment}.\nExplained in docs/call-format.md."
    text = dump(call_rows.read(found), header=header)
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="{found.source_name or f"{found.file_prefix}.toml"}"'
    )
    return response


@require_POST
@login_required
def publish(request: HttpRequest, edition: str) -> HttpResponse:
    found = find_chaired(request, edition)
    if service.publish(actor=actor(request), edition=found):
        messages.success(request, "The call is published: everybody can read it now.")
    return redirect("call_edit", found.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def texts(request: HttpRequest, edition: str) -> HttpResponse:
    found = find_chaired(request, edition)
    present = call_rows.read(found)
    mark = service.stamp(present, "edition")
    saved = {name: getattr(present.edition, name) for name in TEXT_FIELDS}
    form = TextsForm(request.POST or None, initial={**saved, "expected": mark})
    context: dict[str, Any] = {**_frame(request, found, "Texts"), "form": form}
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        try:
            changes = service.edit_texts(
                actor=actor(request), edition=found, expected=form.cleaned_data["expected"], texts=facts
            )
        except Stale as error:
            context["stale"] = str(error)
            context["stale_rows"] = [
                (form[name].label, facts[name], saved[name])
                for name in TEXT_FIELDS
                if facts[name] != saved[name]
            ]
            context["form"] = TextsForm(_with(request, expected=mark))
        except (Refused, NotAllowed) as error:
            context["problems"] = sentences(error)
        else:
            return _saved(request, found, len(changes))
    return render(request, "submissions/call_edit/texts.html", context)


@dataclass(frozen=True)
class Section:
    """A list of the call that is edited row by row."""

    name: str
    title: str
    lead: str
    noun: str
    form: Any
    save: Callable[..., Sequence[Any]]
    #: The page it belongs to, by the name of its address, and what is said there after saving.
    home: str = "call_edit"
    home_label: str = "Edit the call"
    saved: str = "Saved. The call's page shows it now."
    #: What the rows of this list can choose among.
    options: Callable[[Edition, Call], dict[str, Any]] = lambda edition, call: {}

    @property
    def movable(self) -> bool:
        return self.name != "dates"  # shown by time, whatever their order here

    def initial(self, call: Call) -> Rows:
        return [self.form.initial_of(row) for row in getattr(call, self.name)]


TOPICS = Section(
    "topics",
    "Topics",
    "Authors choose among these, and reviewers are matched by them. A renamed topic stays the same topic of a paper.",
    "Topic",
    TopicForm,
    lambda facts, **by: service.edit_topics(topics=facts, **by),
)
DIRECTIONS = Section(
    "directions",
    "Research directions",
    "Shown on the call's page between the scope and the topics.",
    "Direction",
    DirectionForm,
    lambda facts, **by: service.edit_directions(directions=facts, **by),
)
CATEGORIES = Section(
    "categories",
    "Categories",
    "New limits hold for files uploaded from now on. Papers that are in stay in.",
    "Category",
    CategoryForm,
    lambda facts, **by: service.edit_categories(categories=facts, **by),
)
DATES = Section(
    "dates",
    "Dates",
    "All times are in the zone of the call. To move a deadline alone and tell the authors why, use “Move” on the call's page.",
    "Date",
    DateForm,
    lambda facts, **by: service.edit_dates(dates=facts, **by),
    options=lambda edition, call: {"categories": list(edition.categories.all())},
)
RULES = Section(
    "reminders",
    "Rules of the reminders",
    "-7d is 7 days before the date, -6h is 6 hours before it, +1d a day after it; daily is for digests. A new time "
    "counts from now on: nothing is sent for one that has passed.",
    "Rule",
    RuleForm,
    lambda facts, **by: service.edit_reminders(reminders=facts, **by),
    home="chair_reminders",
    home_label="Reminders",
    saved="Saved. The plan below is as the rules are now.",
    options=lambda edition, call: RuleForm.options(call),
)


def topics(request: HttpRequest, edition: str) -> HttpResponse:
    return _rows_page(request, edition, TOPICS)


def directions(request: HttpRequest, edition: str) -> HttpResponse:
    return _rows_page(request, edition, DIRECTIONS)


def categories(request: HttpRequest, edition: str) -> HttpResponse:
    return _rows_page(request, edition, CATEGORIES)


def dates(request: HttpRequest, edition: str) -> HttpResponse:
    return _rows_page(request, edition, DATES)


def reminder_rules(request: HttpRequest, edition: str) -> HttpResponse:
    return _rows_page(request, edition, RULES)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def _rows_page(request: HttpRequest, edition: str, section: Section) -> HttpResponse:
    found = find_chaired(request, edition)
    present = call_rows.read(found)
    options = section.options(found, present)
    posted = posted_rows(request.POST, PREFIX, section.form) if request.method == "POST" else []
    home = (section.home_label, reverse(section.home, args=[found.slug]))
    context: dict[str, Any] = {**_frame(request, found, section.title, home), "section": section}
    context["expected"] = request.POST.get("expected", service.stamp(present, section.name))
    command = request.POST.get("row", "")
    if request.method == "POST" and not command:
        rows = bound_forms(posted, PREFIX, section.form, **options)
        if all(row.is_valid() for row in rows):
            try:
                changes = _save(request, found, section, rows, present)
            except Stale as error:
                context["stale"] = str(error)
                context["stale_saved"] = section.initial(present)
                context["expected"] = service.stamp(present, section.name)
            except (Refused, NotAllowed) as error:
                context["problems"] = sentences(error)
            else:
                return _saved(request, found, changes, section)
        context["failed"] = any(row.errors for row in rows)
    else:
        initial = rearranged(posted, command) if command else section.initial(present)
        rows = [
            section.form(initial=row, prefix=f"{PREFIX}-{index}", **options)
            for index, row in enumerate(initial)
        ]
    context["rows"] = rows
    context["empty_row"] = section.form(prefix=f"{PREFIX}-__prefix__", **options)
    return render(request, "submissions/call_edit/rows.html", context)


def _save(
    request: HttpRequest, edition: Edition, section: Section, rows: Sequence[forms.Form], present: Call
) -> int:
    facts = [row.facts() for row in rows]  # type: ignore[attr-defined]
    if section is DATES:
        facts = [_with_first_announcement(row, present) for row in facts]
    expected = request.POST.get("expected", "")
    return len(section.save(facts, actor=actor(request), edition=edition, expected=expected))


def _with_first_announcement(row: DateFacts, present: Call) -> DateFacts:
    """The form does not show what was announced first: it stays as it is."""
    before = next((it for it in present.dates if it.slug and it.slug == row.slug), None)
    return DateFacts(**{**vars(row), "originally": before.originally}) if before else row


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def move(request: HttpRequest, edition: str, deadline: str) -> HttpResponse:
    """Move one deadline for everybody, with a reason for the authors."""
    found = find_chaired(request, edition)
    row = get_object_or_404(found.deadlines.select_related("category"), slug=deadline)
    now = timezone.now()
    form = MoveForm(request.POST or None, edition=found, deadline=row, now=now, initial={"expected": row.at})
    entry = timeline(
        [key_date(row, found)], zone_name=found.time_zone, now=now, reader_zone=_own_zone(request)
    )[0]
    context: dict[str, Any] = {**_frame(request, found, f"Move: {row.label}"), "form": form, "entry": entry}
    context["told"] = queries.concerned_by(row).count() if found.published else 0
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            service.move_deadline(
                actor=actor(request),
                edition=found,
                deadline=row,
                at=values["at"],
                reason=values["reason"].strip(),
                expected_at=values["expected"],
            )
        except Stale as error:
            context["problems"] = [str(error)]
            context["form"] = MoveForm(
                _with(request, expected=row.at.isoformat()), edition=found, deadline=row, now=now
            )
        except (Refused, NotAllowed) as error:
            context["problems"] = sentences(error)
        else:
            messages.success(request, f"“{row.label}” was moved.")
            return redirect("call_edit", found.slug)
    return render(request, "submissions/call_edit/move.html", context)


def _own_zone(request: HttpRequest) -> str:
    return timezone.get_current_timezone_name() if actor(request).time_zone else ""


def sentences(error: Exception) -> list[str]:
    """A refusal as sentences for the chair: each problem of the call, each reason, or the one message."""
    if isinstance(error, service.Inconsistent):
        return [f"{_place(it.where)} {it.message}. {it.remedy}" for it in error.problems]
    if isinstance(error, service.Orphans):
        return error.reasons
    return [str(error)]


def _place(where: str) -> str:
    """`dates[2].at` as a person would say it: Dates, row 2, at."""
    return re.sub(r"\[(\d+)\]", r", row \1", where).replace(".", ", ").replace("_", " ").capitalize()


def _with(request: HttpRequest, **values: str) -> Any:
    data = request.POST.copy()
    for name, value in values.items():
        data[name] = value
    return data


def _saved(request: HttpRequest, edition: Edition, changes: int, section: Section = TOPICS) -> HttpResponse:
    if changes:
        messages.success(request, section.saved)
    else:
        messages.info(request, "Nothing was different, so nothing was saved.")
    return redirect(section.home, edition.slug)


def _frame(
    request: HttpRequest, edition: Edition, title: str = "", home: tuple[str, str] | None = None
) -> dict[str, Any]:
    label, url = home or ("Edit the call", reverse("call_edit", args=[edition.slug]))
    crumbs = [
        {"label": edition.short_name, "url": edition.get_absolute_url()},
        {"label": label, "url": url},
    ]
    return {
        "edition": edition,
        "nav_items": nav_items(request, edition, may_chair=True),
        "title": title,
        "home": url,
        "crumbs": [*crumbs, {"label": title, "url": ""}] if title else crumbs,
    }
