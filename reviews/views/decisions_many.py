"""Many papers of the decision room at once: decisions with a preview, who handles them, tags."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from reviews import decision_table, participants, release_plan
from reviews.domain.search import SearchError
from reviews.forms.decisions import BulkForm
from reviews.services import decisions, handling, tags
from reviews.services.decisions import AlreadyDecided
from reviews.views.assignment import back_to
from reviews.views.decisions import asked_in, chosen_chair, whole
from reviews.views.navigation import decision_tabs
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show

#: More chosen papers than can be decided at once are not even listed.
MOST_CHOSEN = decisions.MANY


def chosen_numbers(request: HttpRequest, edition: Edition, user: User) -> list[int]:
    """The papers that a form names: those ticked, or with `all` everything that its search finds.

    Raises Refused for too many or a search that cannot be understood.
    """
    if request.POST.get("all"):
        try:
            return list(decision_table.listed(user, edition, asked_in(request.POST)).numbers)
        except SearchError as error:
            raise Refused(f"The search could not be understood: {error}") from error
    texts = request.POST.getlist("paper")
    numbers = {int(it) for it in texts if it.isascii() and it.isdigit() and len(it) < 10}
    return sorted(numbers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bulk(request: HttpRequest, edition: str) -> HttpResponse:
    """Decide on many papers: the choice, then a preview, then all of it or nothing."""
    call, user = find_chaired(request, edition), actor(request)
    if request.method != "POST":
        return redirect("chair_decisions", edition)
    step = request.POST.get("step", "")
    form = BulkForm(request.POST if step in ("preview", "apply") else None, edition=call)
    back = back_to(request, reverse("chair_decisions", args=[edition]))
    context: dict[str, Any] = {"form": form, "next": back, "tabs": decision_tabs(request, call)}
    status = 200
    try:
        numbers = chosen_numbers(request, call, user)
        papers = list(release_plan.handled(user, call).filter(number__in=numbers).order_by("number"))
        if not papers:
            messages.error(request, "No paper was chosen. Tick papers in the table first.")
            return redirect(back)
        if len(papers) > MOST_CHOSEN:
            raise Refused(
                f"These are {len(papers)} papers; at most {MOST_CHOSEN} are decided at once. Narrow the search."
            )
    except Refused as error:
        messages.error(request, str(error))
        return redirect(back)
    context |= {"papers": papers, "chairs": participants.chairs_of(call)}
    if step == "handling":
        return _handle_many(request, call, papers, back)
    if step:
        status = 422
        if form.is_valid():
            try:
                if step == "apply":
                    changed = decisions.apply_many(
                        actor=user, edition=call, choice=form.choice, expected=_expected(request, papers)
                    )
                    messages.success(request, _done(changed, form.choice))
                    return redirect(back)
                status = 200
            except NotAllowed as error:
                raise Http404 from error
            except AlreadyDecided as error:
                context["refused"], status = f"{error} The preview below is as of now.", 409
            except Refused as error:
                context["refused"], status = str(error), 422
            try:
                changes = decisions.preview(
                    actor=user, edition=call, numbers=[it.number for it in papers], choice=form.choice
                )
                context |= _previewed(changes)
            except Refused as error:
                form.add_error(None, str(error))
                status = 422
    return show(request, "reviews/decisions/bulk.html", context, edition=call, status=status)


def _handle_many(request: HttpRequest, call: Edition, papers: list[Paper], back: str) -> HttpResponse:
    """The other thing that chosen papers can get: a chair who handles them."""
    try:
        chair = chosen_chair(request, call)
        changed = handling.set_many(
            actor=actor(request), edition=call, numbers=[it.number for it in papers], chair=chair
        )
        who = (chair.name or str(chair)) if chair else "Any chair"
        told = ", ".join(f"#{it.number}" for it in papers[:20]) + (" …" if len(papers) > 20 else "")
        messages.success(request, f"{who} handles {told} now." if changed else "It was so already.")
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back)


def _previewed(changes: list[decisions.Change]) -> dict[str, Any]:
    """Papers that something stands against are left out of what is applied, and said so."""
    return {
        "changes": changes,
        "going": [it for it in changes if it.goes],
        "problems": [it for it in changes if it.problem],
        "incomplete": sum(bool(it.incomplete) for it in changes if it.goes),
    }


def _expected(request: HttpRequest, papers: list[Paper]) -> dict[int, int]:
    """The revision that the preview showed for each paper: fields named revision-17."""
    return {it.number: whole(request, f"revision-{it.number}") for it in papers}


def _done(changed: list[Paper], choice: decisions.Choice) -> str:
    if not changed:
        return "Nothing was changed: the decisions were so already."
    listed = ", ".join(f"#{it.number}" for it in changed[:20]) + (" …" if len(changed) > 20 else "")
    number = len(changed)
    if choice.outcome == decisions.NONE:
        return f"{number} paper{' has' if number == 1 else 's have'} no decision now: {listed}."
    return f"{number} paper{'' if number == 1 else 's'} decided: {listed}. Their authors are told when you release it."


@require_POST
@login_required
def tag_many(request: HttpRequest, edition: str) -> HttpResponse:
    """Add or remove tags of the chosen papers."""
    call, user = find_chaired(request, edition), actor(request)
    back = back_to(request, reverse("chair_decisions", args=[edition]))
    try:
        numbers = chosen_numbers(request, call, user)
        words = tags.parse(request.POST.get("tag", ""))
        if not numbers or not words:
            raise Refused("Tick papers in the table and write the tag. Nothing was changed.")
        verb = "remove" if request.POST.get("do") == "remove" else "add"
        changed = tags.change(actor=user, edition=call, numbers=numbers, **{verb: words})
        done = "added to" if verb == "add" else "removed from"
        messages.success(request, f"{', '.join(words)} {done} {changed} paper{'' if changed == 1 else 's'}.")
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back)
