"""What everybody may read: the editions, the call of one, and its dates for a calendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from submissions import policy, queries
from submissions.domain.call_dates import Entry, KeyDate, Phase, phase, starts_at, timeline
from submissions.domain.deadlines import zone
from submissions.models import Deadline, Edition, Role
from submissions.views.navigation import nav_items

#: How long a page that everybody sees alike may be kept by browsers and proxies.
PUBLIC_SECONDS = 60
CALENDAR_SECONDS = 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All editions: those that take papers first, then by address, the newest first."""
    now = timezone.now()
    editions = with_dates(Edition.objects.visible_to(request.user)).order_by("-slug")
    rows: list[dict[str, Any]] = [
        {
            "edition": it,
            "subtitle": subtitle(it),
            "phase": phase_of(it, now),
            "next": _next(dates_of(it, request, now)),
        }
        for it in editions
    ]
    rows.sort(key=lambda it: not it["phase"].takes_papers)
    return _public(request, render(request, "submissions/public/home.html", {"rows": rows}))


@require_safe
def call(request: HttpRequest, edition: str) -> HttpResponse:
    """The call for papers."""
    found = get_object_or_404(
        with_dates(Edition.objects.visible_to(request.user)).prefetch_related(
            "topics", "directions", "roles"
        ),
        slug=edition,
    )
    now = timezone.now()
    may_chair = policy.may_chair(request.user, found)
    dates = dates_of(found, request, now)
    registration = any(row.kind == Deadline.Kind.REGISTRATION for row in found.deadlines.all())
    own_dates = any(row.kind == Deadline.Kind.SUBMISSION and row.category_id for row in found.deadlines.all())
    context = {
        "edition": found,
        "subtitle": subtitle(found),
        "dates": dates,
        "next": _next(dates),
        "phase": phase_of(found, now),
        "papers_until": queries.call_closing(found) if registration and not own_dates else None,
        "own_dates": own_dates,
        "has_registration": registration,
        "now": now,
        "topic_groups": [
            (name, list(rows)) for name, rows in groupby(found.topics.all(), lambda it: it.group)
        ],
        "committee": _by_role(found.roles.all()),
        "categories": [
            {"row": category, "closing": queries.call_closing(found, category)}
            for category in found.categories.all()
        ],
        "described": any(category.description for category in found.categories.all()),
        "may_chair": may_chair,
        "canonical": settings.SITE_URL + reverse("call", args=[found.slug]),
        "structured": structured(found),
        "contact_email": found.contact_email,
        "nav_items": nav_items(request, found, may_chair=may_chair),
    }
    return _public(
        request, render(request, "submissions/public/call.html", context), published=found.published
    )


@require_safe
def dates_ics(request: HttpRequest, edition: str) -> HttpResponse:
    """The dates as an iCalendar file that calendars may subscribe to."""
    found = get_object_or_404(with_dates(Edition.objects.visible_to(request.user)), slug=edition)
    response = HttpResponse(calendar(found).to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{found.file_prefix}-dates.ics"'
    if found.published:
        patch_cache_control(response, public=True, max_age=CALENDAR_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response


def subtitle(edition: Edition) -> str:
    """The full name without the short one in front of it, which stands above."""
    return edition.name.removeprefix(edition.short_name).lstrip(":–—- ")


def with_dates(editions: QuerySet[Edition]) -> QuerySet[Edition]:
    """`editions` with what decides how they stand, in two queries whatever their number."""
    return editions.prefetch_related(
        Prefetch("deadlines", queryset=Deadline.objects.select_related("category")), "categories"
    )


def dates_of(
    edition: Edition, request: HttpRequest, now: datetime, *, committee: bool = False
) -> list[Entry]:
    """The edition's dates as this person reads them now; `committee`: also those that the call does not print."""
    own = request.user.time_zone if request.user.is_authenticated else ""
    try:
        zone(own or "UTC")
    except ValueError:
        own = ""  # zones are renamed now and then; an old profile must not break the page
    keys = [key_date(row, edition) for row in edition.deadlines.all() if row.is_public or committee]
    return timeline(keys, zone_name=edition.time_zone, now=now, reader_zone=own)


def key_date(row: Deadline, edition: Edition) -> KeyDate:
    category = row.category.name if row.category else ""
    return KeyDate(
        slug=row.slug,
        kind=row.kind,
        label=row.label,
        at=row.at,
        date_only=row.date_only,
        starts=row.starts_at,
        first_announced=row.original_at if edition.published and row.original_at != row.at else None,
        category=category if category.casefold() not in row.label.casefold() else "",
        grace_minutes=row.grace_minutes,
    )


def phase_of(edition: Edition, now: datetime) -> Phase:
    """Whether new papers are taken, by the rule that the service enforces."""
    event = next((row.at for row in edition.deadlines.all() if row.kind == Deadline.Kind.EVENT), None)
    return phase(queries.registration_closing(edition), event_ends=event, now=now)


def _next(entries: list[Entry]) -> Entry | None:
    return next((entry for entry in entries if entry.is_next), None)


def _by_role(roles: Iterable[Role]) -> list[tuple[str, list[Role]]]:
    """The committee by role, in the order of the roles, with a heading that counts."""
    rows = list(roles)
    groups = [(kind, [row for row in rows if row.kind == kind]) for kind in Role.Kind]
    return [(_heading(kind, len(members)), members) for kind, members in groups if members]


def _heading(kind: Role.Kind, number: int) -> str:
    return f"{kind.label}s" if number > 1 and kind.label.endswith("Chair") else str(kind.label)


def structured(edition: Edition) -> dict[str, Any]:
    """The event in schema.org's words, for search engines. Only what the page itself shows."""
    event = next((row for row in edition.deadlines.all() if row.kind == Deadline.Kind.EVENT), None)
    modes = {"in_person": "OfflineEventAttendanceMode", "virtual": "OnlineEventAttendanceMode"}
    site = edition.site_url or settings.SITE_URL + edition.get_absolute_url()
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": edition.name,
        "url": site,
        "eventAttendanceMode": f"https://schema.org/{modes.get(edition.format, 'MixedEventAttendanceMode')}",
        "eventStatus": "https://schema.org/EventScheduled",
        "organizer": {"@type": "Organization", "name": edition.series},
    }
    if edition.summary:
        data["description"] = edition.summary
    if event is not None:
        begin = starts_at(key_date(event, edition), edition.time_zone).astimezone(zone(edition.time_zone))
        end = event.at.astimezone(zone(edition.time_zone))
        data["startDate"] = begin.date().isoformat() if event.date_only else begin.isoformat()
        data["endDate"] = end.date().isoformat() if event.date_only else end.isoformat()
    place = {"@type": "Place", "name": edition.place, "address": edition.place} if edition.place else None
    online = {"@type": "VirtualLocation", "url": site} if edition.format != Edition.Format.IN_PERSON else None
    locations = [location for location in (place, online) if location]
    if locations:
        data["location"] = locations[0] if len(locations) == 1 else locations
    if edition.host_event:
        data["superEvent"] = {"@type": "Event", "name": edition.host_event}
    return data


def calendar(edition: Edition) -> Calendar:
    """The dates as events. A UID never changes; SEQUENCE and DTSTAMP rise when a date does."""
    found = Calendar()
    found.add("prodid", "-//ScaDL submissions//Key dates//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", f"{edition.short_name}: key dates")
    found.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    for row in edition.deadlines.all():
        if row.is_public:
            found.add_component(_event(row, edition))
    return found


def _event(row: Deadline, edition: Edition) -> Event:
    key = key_date(row, edition)
    begin, end = starts_at(key, edition.time_zone), row.at
    there = zone(edition.time_zone)
    event = Event()
    event.add("uid", f"{edition.slug}-{row.slug}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", row.changed_at)
    event.add("last-modified", row.changed_at)
    event.add("sequence", row.revision)
    if row.date_only:
        event.add("dtstart", begin.astimezone(there).date())
        event.add("dtend", end.astimezone(there).date() + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", begin)
        if row.starts_at is not None:
            event.add("dtend", end)
    what = f"{row.label} ({key.category})" if key.category else row.label
    event.add("summary", f"{edition.short_name}: {what}")
    entry = timeline([key], zone_name=edition.time_zone, now=end)[0]
    note = f" ({entry.moved} from {entry.extended_from})" if entry.moved else ""
    event.add("description", f"{entry.words}{note}")
    event.add("url", settings.SITE_URL + edition.get_absolute_url())
    if row.kind == Deadline.Kind.EVENT and edition.place:
        event.add("location", edition.place)
    return event


def _tells(request: HttpRequest) -> bool:
    """Whether the page shows a message, which is meant for one person and one time."""
    return bool(getattr(get_messages(request), "used", False))


def _public(request: HttpRequest, response: HttpResponse, *, published: bool = True) -> HttpResponse:
    """Let a page that everybody sees alike be kept for a minute; keep anybody's own page to themselves."""
    alike = published and not request.user.is_authenticated and not _tells(request)
    if alike and not response.cookies:
        patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response
