"""The main navigation of an edition's pages: what this person can do here, and where they are.

Upper rooms add entries of theirs in `AppConfig.ready()`: navigation.more.append(entries_of_committee)
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from submissions import policy
from submissions.models import Edition

#: Each returns (label, address) pairs for this request, an edition and whether the person runs it. One query at most.
more: list[Callable[[HttpRequest, Edition, bool], list[tuple[str, str]]]] = []


def nav_items(
    request: HttpRequest, edition: Edition, *, may_chair: bool | None = None
) -> list[dict[str, Any]]:
    """Entries for `base.html`. `may_chair` where the view knows it already; otherwise it is asked for here."""
    if may_chair is None:
        may_chair = policy.may_chair(request.user, edition)
    items = [("Call for papers", reverse("call", args=[edition.slug]))]
    if request.user.is_authenticated:
        items.append(("My papers", reverse("my_papers")))
    if may_chair:
        items.append(("All papers", reverse("chair_papers", args=[edition.slug])))
        items.append(("Mail", reverse("chair_mail", args=[edition.slug])))
        items.append(("Reminders", reverse("chair_reminders", args=[edition.slug])))
        items.append(("Edit the call", reverse("call_edit", args=[edition.slug])))
    for entries in more:
        items += entries(request, edition, may_chair)
    return [{"label": label, "url": url, "current": request.path == url} for label, url in items]
