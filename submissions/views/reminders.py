"""The chairs' plan of reminders: what will come and was sent, a look at one letter, on and off, and sending now."""

from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from submissions.domain.call_dates import day_words
from submissions.domain.deadlines import zone
from submissions.domain.reminders import AUDIENCES, in_words
from submissions.forms.reminders import ConfirmForm, RecipientForm
from submissions.models import Edition, Reminder, ReminderRule
from submissions.services import reminders
from submissions.services.audiences import audiences
from submissions.services.errors import NotAllowed, Refused
from submissions.services.reminders import Planned
from submissions.views.papers import actor, find_chaired, show


@never_cache
@require_safe
@login_required
def plan(request: HttpRequest, edition: str) -> HttpResponse:
    found = find_chaired(request, edition)
    context = {
        "rules": [
            {
                "rule": rule,
                "audience": AUDIENCES[rule.audience].label if rule.audience in AUDIENCES else rule.audience,
                "when": [in_words(text) for text in rule.when],
            }
            for rule in found.reminder_rules.select_related("deadline")
        ],
        "days": _by_day(reminders.plan(edition=found, now=timezone.now(), user=actor(request)), found),
        "sent": _sent(reminders.sent(edition=found, user=actor(request)), found),
    }
    return show(request, "submissions/reminders/plan.html", context, edition=found)


@never_cache
@require_safe
@login_required
def preview(request: HttpRequest, edition: str, rule: int, occasion: str) -> HttpResponse:
    """One letter, as a chosen recipient would get it now."""
    found, planned = _planned(request, edition, rule, occasion)
    if planned is None:
        return _nothing_left(request, found)
    planned = reminders.for_eyes_of(actor(request), planned)
    if planned is None:
        messages.info(request, "Each digest is for its own reader, and none of these is yours.")
        return redirect("chair_reminders", found.slug)
    form = RecipientForm(request.GET or None, planned=planned)
    entry = form.cleaned_data["to"] if form.is_bound and form.is_valid() else planned.entries[0]
    context = {
        "planned": planned,
        "words": in_words(planned.name),
        "entry": entry,
        "form": form if form.is_bound else RecipientForm(planned=planned),
        "letter": reminders.preview(planned=planned, entry=entry, now=timezone.now()),
    }
    return show(request, "submissions/reminders/preview.html", context, edition=found)


@require_POST
@login_required
def switch(request: HttpRequest, edition: str, rule: int) -> HttpResponse:
    found = find_chaired(request, edition)
    row = get_object_or_404(found.reminder_rules.select_related("deadline"), pk=rule)
    active = request.POST.get("active") == "on"
    try:
        reminders.switch(actor=actor(request), edition=found, rule=row, active=active)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            "The rule is on: it speaks of what comes from now on."
            if active
            else "The rule is off: nothing more is sent for it.",
        )
    return redirect("chair_reminders", found.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def send(request: HttpRequest, edition: str, rule: int, occasion: str) -> HttpResponse:
    """Send one planned occasion at once, after a look at exactly whom it reaches."""
    found, planned = _planned(request, edition, rule, occasion)
    if planned is None or planned.daily:
        return _nothing_left(request, found)
    form = ConfirmForm(request.POST or None, initial={"expected": planned.stamp})
    if request.method == "POST" and form.is_valid():
        try:
            count = reminders.send_now(
                actor=actor(request), rule=planned.rule, name=occasion, expected=form.cleaned_data["expected"]
            )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, str(error))
            return redirect("chair_reminder_send", found.slug, rule, occasion)
        queued = "1 letter is" if count == 1 else f"{count} letters are"
        messages.success(
            request, f"{queued} in the mail queue. This reminder will not be sent again at its time."
        )
        return redirect("chair_reminders", found.slug)
    context = {"planned": planned, "words": in_words(planned.name), "form": form}
    return show(request, "submissions/reminders/send.html", context, edition=found)


def _planned(request: HttpRequest, edition: str, rule: int, occasion: str) -> tuple[Edition, Planned | None]:
    """One occasion of the plan as this chair may see it, None when there is none (any more)."""
    found = find_chaired(request, edition)
    row = get_object_or_404(
        ReminderRule.objects.select_related("edition", "deadline"), edition=found, pk=rule
    )
    planned = reminders.find(edition=found, rule=row, name=occasion, user=actor(request), now=timezone.now())
    return found, planned


def _nothing_left(request: HttpRequest, edition: Edition) -> HttpResponse:
    messages.info(request, "Nothing of this is left to send by hand.")
    return redirect("chair_reminders", edition.slug)


def _by_day(planned: list[Planned], edition: Edition) -> list[dict[str, Any]]:
    """The plan as a calendar: by the day on which each begins, in the zone of the call, as its times are shown."""
    there = zone(edition.time_zone)
    rows: list[dict[str, Any]] = [{"planned": it, "words": in_words(it.name)} for it in planned]
    days = groupby(rows, key=lambda row: row["planned"].first.astimezone(there).date())
    return [{"day": day, "rows": list(group)} for day, group in days]


def _sent(rows: list[Reminder], edition: Edition) -> list[dict[str, Any]]:
    """What was sent, joined by occasion: its name, the last time, and how many were dealt with how."""
    labels = {row.slug: row.label for row in edition.deadlines.all()}
    groups: dict[tuple[str, str, str], list[Reminder]] = {}
    for row in rows:
        groups.setdefault((row.deadline_slug, row.audience, row.occasion), []).append(row)
    return [
        {
            "deadline": labels.get(slug, slug),
            "words": _occasion(name),
            "rows": found,
            "at": found[0].at,
            "count": _letters(found),
        }
        for (slug, _, name), found in groups.items()
    ]


def _letters(rows: list[Reminder]) -> int:
    """How many letters they were: a reader's papers may be joined into one."""
    queued = [row for row in rows if row.outcome == Reminder.Outcome.QUEUED]
    audience = audiences.get(rows[0].audience)
    return len({(row.address, row.at) for row in queued}) if audience and audience.joined else len(queued)


def _occasion(name: str) -> str:
    """The name of a recorded occasion in words; that of a digest is its day."""
    try:
        return f"digest of {day_words(date.fromisoformat(name))}"
    except ValueError:
        return in_words(name)
