"""The main navigation of an edition's pages: what this person can do here, and where they are.

Few places stand in it, so that it fits on one line; each area shows its own pages as tabs. Upper rooms add entries of theirs in
`AppConfig.ready()`: navigation.more.append(entries_of_committee)
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from submissions import policy
from submissions.models import Edition

#: Each returns (label, address) pairs for this request, an edition and whether the person runs it. One query at most.
more: list[Callable[[HttpRequest, Edition, bool], list[tuple[str, str]]]] = []
#: How the addresses of an area begin, by the name of its entry's address, where it is not with that one alone. Upper rooms
#: add theirs in `AppConfig.ready()`.
BEGINS: dict[str, tuple[str, ...]] = {"call": ("call_edit",), "chair_mail": ("chair_mail", "chair_reminders")}


def nav_items(
    request: HttpRequest, edition: Edition, *, may_chair: bool | None = None
) -> list[dict[str, Any]]:
    """Entries for `base.html`. `may_chair` where the view knows it already; otherwise it is asked for here."""
    if may_chair is None:
        may_chair = policy.may_chair(request.user, edition)
    items = [("Call for papers", reverse("call", args=[edition.slug]))]
    if may_chair:
        items.append(("All papers", reverse("chair_papers", args=[edition.slug])))
    for entries in more:
        items += entries(request, edition, may_chair)
    if may_chair:
        items.append(("Mail", reverse("chair_mail", args=[edition.slug])))
    if request.user.is_authenticated:
        items.append(("My papers", reverse("my_papers")))
    begins = {
        reverse(name, args=[edition.slug]): [reverse(start, args=[edition.slug]) for start in starts]
        for name, starts in BEGINS.items()
    }
    return marked(request.path, items, begins)


def marked(
    path: str, items: Sequence[tuple[str, str]], begins: Mapping[str, Sequence[str]] | None = None
) -> list[dict[str, Any]]:
    """Entries with `current` for the page itself, and `within` for the one whose area it belongs to: whose address is the
    longest that `path` begins with. `begins`: with what the pages of an area begin instead, by the address of its entry.
    """
    nearest, longest = "", 0
    for _, url in items:
        for start in (begins or {}).get(url, (url,)):
            if path.startswith(start) and len(start) > longest:
                nearest, longest = url, len(start)
    return [
        {"label": label, "url": url, "current": path == url, "within": url == nearest and path != url}
        for label, url in items
    ]
