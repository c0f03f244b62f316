"""What this room adds to an edition's navigation, and the tabs between the chairs' pages of the committee."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from submissions.models import Edition

#: The chairs' pages of the committee: label and name of the address.
TABS: list[tuple[str, str]] = []


def committee_tabs(request: HttpRequest, edition: Edition) -> list[dict[str, Any]]:
    """Entries for partials/tabs.html."""
    found = [(label, reverse(name, args=[edition.slug])) for label, name in TABS]
    return [{"label": label, "url": url, "current": request.path == url} for label, url in found]
