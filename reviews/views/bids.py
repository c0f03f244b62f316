"""Bidding: the list of papers, and one bid at a time, with htmx or as a plain form."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reviews import bid_list, policy
from reviews.forms.bids import ConflictForm, FilterForm
from reviews.models import Bid, Member
from reviews.services import bids, conflicts
from reviews.views.members import address, find_reviewer
from submissions.models import Paper
from submissions.services.errors import Closed, NotAllowed, Refused
from submissions.views.papers import actor, show

#: The buttons: level, label, key.
LEVELS = (
    (Bid.Level.EAGER.value, "Eager", "1"),
    (Bid.Level.WILLING.value, "Willing", "2"),
    (Bid.Level.IN_A_PINCH.value, "In a pinch", "3"),
    (Bid.Level.NOT_WILLING.value, "Not willing", "4"),
)


@never_cache
@require_safe
@login_required
def bid_list_page(request: HttpRequest, edition: str) -> HttpResponse:
    member = find_reviewer(request, edition)
    bidding = bid_list.bidding_of(member.edition, _arrived_at(request))
    form = FilterForm(request.GET, edition=member.edition)
    listed = bid_list.page(
        member,
        actor(request),
        form.wanted,
        number=request.GET.get("page", ""),
        bidding=bidding,
        arrived_at=_arrived_at(request),
    )
    context = {
        "member": member,
        "bidding": bidding,
        "open": bidding.open_at(_arrived_at(request)),
        "form": form,
        "rows": listed.rows,
        "page_obj": listed.pages,
        "progress": bid_list.progress(member, actor(request)),
        "masked": policy.masks_authors(member.edition),
        "back": request.GET.urlencode(),
        **_frame(member),
    }
    return show(request, "reviews/bids/list.html", context, edition=member.edition)


@require_POST
def place(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Set, change or take back one bid, or declare a conflict."""
    if not request.user.is_authenticated and request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, number, problem="You are no longer signed in: reload the page.", status=403)
    return _place(request, edition, number)


@login_required
def _place(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    member = find_reviewer(request, edition)
    choice = request.POST.get("level", "")
    try:
        if choice == "conflict":
            return _declare(request, member, number)
        paper = bids.place(
            actor=actor(request),
            member=member,
            number=number,
            level=_level(choice),
            arrived_at=_arrived_at(request),
        )
    except NotAllowed:
        return _gone(request, member, number)
    except Refused as error:
        return _refused(request, member, number, error)
    said = next((label.lower() for value, label, _ in LEVELS if str(value) == choice), "no bid")
    return _saved(request, member, paper, f"Saved. #{number}: {said}.")


def _declare(request: HttpRequest, member: Member, number: int) -> HttpResponse:
    paper = bids.visible(actor(request), member.edition, number)
    form = ConflictForm(request.POST)
    if not form.is_valid():
        problem = form.errors["reason"][0]
        if request.htmx:  # type: ignore[attr-defined]
            return _row(request, member, paper, conflict_problem=problem, status=422)
        messages.error(request, f"#{number}: {problem}")
        return _back(request, member, number)
    conflicts.declare(actor=actor(request), member=member, paper=paper, reason=form.cleaned_data["reason"])
    said = f"You declared a conflict with #{number}: the paper has left your list, and the chairs see why."
    if request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, number, said=said, member=member)
    messages.success(request, said)
    return _back(request, member)


def _saved(request: HttpRequest, member: Member, paper: Paper, said: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _row(request, member, paper, said=said)
    messages.success(request, said)
    return _back(request, member, paper.number)


def _refused(request: HttpRequest, member: Member, number: int, error: Refused) -> HttpResponse:
    """The bid was not taken: too late, or no bid at all. The row then shows how it stands."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, str(error))
        return _back(request, member, number)
    try:
        paper = bids.visible(actor(request), member.edition, number)
    except NotAllowed:
        return _gone(request, member, number)
    return _row(request, member, paper, problem=str(error), status=409 if isinstance(error, Closed) else 422)


def _gone(request: HttpRequest, member: Member, number: int) -> HttpResponse:
    """The paper is not in the member's list: withdrawn, in conflict, or never there. The answer is one for all."""
    problem = (
        f"There is no paper #{number} in your list (any more), so nothing was saved. Papers leave it when they are "
        "withdrawn, or when a conflict is found."
    )
    if request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, number, problem=problem, member=member, status=404)
    messages.error(request, problem)
    return _back(request, member)


def _row(
    request: HttpRequest, member: Member, paper: Paper, *, status: int = 200, **said: Any
) -> HttpResponse:
    """What stands below a paper, with the bid as it is now, and the progress beside it."""
    bidding = bid_list.bidding_of(member.edition, _arrived_at(request))
    level, is_open = bid_list.standing(member, paper, bidding=bidding, arrived_at=_arrived_at(request))
    context = {
        "number": paper.number,
        "level": level,
        "open": is_open,
        "edition": member.edition,
        "back": request.POST.get("back", "")[:2000],
        "progress": bid_list.progress(member, actor(request)),
        "htmx": True,
        **_frame(member),
        **said,
    }
    return render(request, "reviews/bids/_saved.html", context, status=status)


def _fragment(request: HttpRequest, number: int, *, status: int = 200, **context: Any) -> HttpResponse:
    """In place of the buttons of a paper that is no longer there."""
    if member := context.get("member"):
        context["progress"] = bid_list.progress(member, actor(request))
        context |= _frame(member)
    return render(request, "reviews/bids/_gone.html", {"number": number, **context}, status=status)


def _back(request: HttpRequest, member: Member, number: int | None = None) -> HttpResponse:
    """To the list as it was shown, at the paper."""
    query = QueryDict(request.POST.get("back", "")[:2000]).urlencode()
    url = reverse("member_bids", args=[member.edition.slug]) + (f"?{query}" if query else "")
    return HttpResponseRedirect(url + (f"#paper-{number}" if number is not None else ""))


def _frame(member: Member) -> dict[str, Any]:
    return {"levels": LEVELS, "conflicts_url": address("member_conflicts", member.edition.slug)}


def _level(choice: str) -> int | None:
    """The level that a button stands for, None for the one that takes a bid back. Raises Refused."""
    if choice == "clear":
        return None
    if choice not in {str(level) for level in Bid.Level.values}:
        raise Refused(f"“{choice[:40]}” is not a bid: choose one of the four levels. Nothing was saved.")
    return int(choice)


def _arrived_at(request: HttpRequest) -> datetime:
    moment: datetime = request.arrived_at  # type: ignore[attr-defined]
    return moment
