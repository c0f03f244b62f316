"""How papers and moments are shown."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from submissions.domain.deadlines import in_words, zone
from submissions.domain.workflow import State
from submissions.models import Edition

register = template.Library()

#: Badge kind and icon for each state.
BADGES = {
    State.DRAFT: ("draft", "pencil"),
    State.SUBMITTED: ("success", "check"),
    State.WITHDRAWN: ("", "ban"),
    State.OUT_OF_SCOPE: ("danger", "ban"),
}

#: The verbs of the audit log in words for a paper's history.
VERBS = {
    "paper.created": "started this paper",
    "paper.changed": "changed it",
    "paper.submitted": "completed it: it is in",
    "paper.draft": "saved it; it is a draft",
    "paper.withdrawn": "withdrew it",
    "paper.out_of_scope": "marked it out of scope",
    "paper.extended": "granted more time",
    "paper.file_refused": "sent a file that was not accepted",
}


@register.simple_tag
def moment(at: datetime, edition: Edition) -> SafeString:
    """A moment in the call's zone and the reader's own: by their account, else added by the browser."""
    own = timezone.get_current_timezone_name()
    words = in_words(at, edition.time_zone)
    # Written with the offset of the call: the browser adds its own time only where that is another.
    at = at.astimezone(zone(edition.time_zone))
    if own != timezone.get_default_timezone_name() and own != edition.time_zone:
        return format_html(
            '<time datetime="{}">{} <span class="muted">({})</span></time>',
            at.isoformat(),
            words,
            in_words(at, own),
        )
    return format_html('<time datetime="{}" data-local>{}</time>', at.isoformat(), words)


@register.simple_tag
def said_at(at: datetime) -> SafeString:
    """When somebody did something, short: in the reader's zone by their account, else in UTC until the browser puts in its own."""
    own = timezone.get_current_timezone_name()
    if own != timezone.get_default_timezone_name():
        here = at.astimezone(zone(own))
        return format_html('<time datetime="{}">{}</time>', here.isoformat(), f"{here:%-d %b %Y, %H:%M}")
    at = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-said>{} UTC</time>', at.isoformat(), f"{at:%-d %b %Y, %H:%M}"
    )


@register.simple_tag
def state_badge(state: str) -> dict[str, str]:
    kind, icon = BADGES[State(state)]
    return {"text": State(state).label, "kind": kind, "icon": icon}


@register.filter
def verb(name: str) -> str:
    return VERBS.get(name, name.rpartition(".")[2].replace("_", " "))


@register.filter
def as_words(value: object) -> str:
    """One side of a recorded change."""
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "nothing"
    return str(value) if value not in (None, "") else "nothing"
