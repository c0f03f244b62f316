"""What a member declares, and the names of institutions for whoever writes one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reviews import bid_list, policy
from reviews.data import directory
from reviews.forms.conflicts import DeclareForm, SearchForm
from reviews.models import Conflict, Member
from reviews.services import bids, conflicts
from reviews.views.members import find_reviewer, member_links
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_edition, show

#: Papers that a search shows: who looks for one knows a word of its title.
MOST_PAPERS = 20


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    """What this member declared, and a search for papers to declare."""
    return _page(request, find_reviewer(request, edition))


def _page(
    request: HttpRequest, member: Member, *, declaring: DeclareForm | None = None, status: int = 200
) -> HttpResponse:
    masked = policy.masks_authors(member.edition)
    query = " ".join((request.POST if declaring else request.GET).get("q", "").split())[:200]
    papers = list(_found(request, member, query, masked)[: MOST_PAPERS + 1]) if query else []
    context: dict[str, Any] = {
        "member": member,
        "declared": _declared(member),
        "form": SearchForm({"q": query}, masked=masked),
        "q": query,
        "papers": papers[:MOST_PAPERS],
        "more_papers": len(papers) > MOST_PAPERS,
        "masked": masked,
        "declaring": declaring,
        "declaring_number": declaring.data.get("number", "") if declaring else "",
        "more": member_links(member),
    }
    return show(request, "reviews/conflicts/member.html", context, edition=member.edition, status=status)


def _declared(member: Member) -> QuerySet[Conflict]:
    """By number and reason only: what the paper is, is behind the wall now."""
    rows = Conflict.objects.filter(member=member, rule=Conflict.Rule.DECLARED_BY_MEMBER)
    return (
        rows.select_related("paper")
        .only("pk", "rule", "evidence", "found_at", "member", "paper__number")
        .order_by("paper__number")
    )


def _found(request: HttpRequest, member: Member, query: str, masked: bool) -> QuerySet[Paper]:
    papers = bid_list.papers_for(actor(request), member.edition).prefetch_related("authors")
    for word in query.split()[:8]:
        mark = word.removeprefix("#")
        wanted = Q(title__icontains=word)
        if mark.isascii() and mark.isdigit() and len(mark) < 9:
            wanted |= Q(number=int(mark))
        if not masked:
            wanted |= Q(authors__name__icontains=word)
        papers = papers.filter(wanted)
    return papers.distinct().order_by("number")


@require_POST
@login_required
def declare(request: HttpRequest, edition: str) -> HttpResponse:
    member = find_reviewer(request, edition)
    form = DeclareForm(request.POST)
    if not form.is_valid():
        if "number" in form.errors:
            messages.error(request, "Search for the paper first, then say why. Nothing was saved.")
            return redirect("member_conflicts", edition)
        return _page(request, member, declaring=form, status=422)
    number = form.cleaned_data["number"]
    try:
        paper = bids.visible(actor(request), member.edition, number)
        conflicts.declare(
            actor=actor(request), member=member, paper=paper, reason=form.cleaned_data["reason"]
        )
    except NotAllowed:
        # Not submitted, behind a conflict, or none at all: the answer is one.
        messages.error(request, f"There is no paper #{number} in your list. Nothing was saved.")
    else:
        messages.success(
            request,
            f"You declared a conflict with #{number}: you will see nothing of it, and the chairs see why.",
        )
    return redirect("member_conflicts", edition)


@require_POST
@login_required
def remove(request: HttpRequest, edition: str, conflict: int) -> HttpResponse:
    member = find_reviewer(request, edition)
    try:
        row = conflicts.take_back_declaration(actor=actor(request), member=member, conflict=conflict)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"You took back what you declared about #{row.paper.number}.")
    return redirect("member_conflicts", edition)


@require_safe
@login_required
def institutions(request: HttpRequest, edition: str) -> JsonResponse:
    """Names of institutions that have the words of `q`, for the field on the submission form."""
    find_edition(request, edition)
    return JsonResponse({"names": directory().suggest(request.GET.get("q", "")[:200])})
