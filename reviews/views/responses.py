"""The reviews as authors read them, with their response; and the chairs' button that opens both."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reviews import policy, queries
from reviews.domain.review_form import words
from reviews.models import AuthorResponse, Decision
from reviews.services import responses
from reviews.views.given_back import given_back
from reviews.views.navigation import committee_tabs
from submissions import policy as papers_policy
from submissions.domain.deadlines import Closing
from submissions.letters import moment_in_words
from submissions.models import Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale
from submissions.views.notices import Notice
from submissions.views.papers import actor, find_chaired, show

GONE = (
    "Nothing was saved: there is no such paper of yours whose reviews are open to you (any more). What you wrote is still "
    "here."
)
SIGNED_OUT = "Not saved: you are no longer signed in. Sign in again in another tab, then type on here."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The reviews, and the response that the contacts of the paper write together. Saved while one types."""
    if request.headers.get("X-Autosave") and request.method == "POST" and not request.user.is_authenticated:
        return render(request, "reviews/response/_state.html", {"problem": SIGNED_OUT}, status=403)
    return _page(request, edition, number)


@login_required
def _page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    if request.method == "POST" and not _found(request, edition, number).exists():
        return _gone(request)
    paper = _find(request, edition, number)
    if request.method != "POST":
        return _shown(request, paper)
    user, text = actor(request), request.POST.get("text", "")
    done, status, problem = None, 200, ""
    submitting = request.POST.get("action") == "submit"
    try:
        act = responses.submit if submitting else responses.save
        done = act(
            actor=user, paper=paper, text=text, revision=_revision(request), arrived_at=_arrived_at(request)
        )
    except NotAllowed:
        return _gone(request)
    except (Stale, Closed) as error:
        status, problem = 409, str(error)
    except Refused as error:
        status, problem = 422, str(error)
    if request.headers.get("X-Autosave"):
        stale = status == 409
        context = {"response": done, "problem": problem, "stale": stale}
        return render(request, "reviews/response/_state.html", context, status=status)
    if done is None:
        return _shown(request, paper, status=status, problem=problem, text=text)
    if submitting:
        messages.success(
            request, "Your response is submitted; the reviewers read it. You can change it until the date."
        )
        return redirect("paper_response", edition, number)
    messages.success(request, "Your draft is saved. Reviewers do not read it before you submit it.")
    return redirect("paper_response", edition, number)


def _shown(
    request: HttpRequest, paper: Paper, *, status: int = 200, problem: str = "", text: str | None = None
) -> HttpResponse:
    row = AuthorResponse.objects.filter(paper=paper).first()
    kept = row.text if row else ""
    shown = kept if text is None else text
    context = {
        "paper": paper,
        "reviews": responses.reviews_for_authors(paper),
        "response": row,
        "text": shown,
        "kept": kept,
        "count": words(shown),
        "most": queries.settings_of(paper.edition).response_words,
        "revision": row.revision if row else 0,
        "problem": problem,
        "stale": status == 409 and text is not None,
        "closed": responses.why_closed(paper, _arrived_at(request)),
        "ends": queries.response_ends(paper.edition),
        "told": queries.notification_of(paper.edition),
        "decided": Decision.objects.released().filter(paper=paper).exists(),
        "may_edit": papers_policy.may_edit(actor(request), paper),
        "masked": policy.masks_authors(paper.edition),
    }
    return show(request, "reviews/response/page.html", context, edition=paper.edition, status=status)


@require_POST
@login_required
def preview(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The text as reviewers will read it, as a part for the page. Nothing is saved."""
    _find(request, edition, number)
    text = request.POST.get("text", "")
    too_long = len(text) > responses.LONGEST
    context = {
        "text": "" if too_long else text.replace("\0", ""),
        "too_long": too_long,
        "most": responses.LONGEST,
    }
    return render(request, "reviews/review/_preview.html", context, status=422 if too_long else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def chair(request: HttpRequest, edition: str) -> HttpResponse:
    """How the responses stand, and the button that lets authors read their reviews; undone within ten minutes."""
    call = find_chaired(request, edition)
    if request.method == "POST":
        try:
            if request.POST.get("action") == "undo":
                responses.undo_opening(actor=actor(request), edition=call)
                messages.success(request, "Taken back: authors read nothing, and no letter leaves.")
            else:
                responses.open_to_authors(actor=actor(request), edition=call)
                messages.success(
                    request, "Authors read their reviews in ten minutes. Until then you can undo it."
                )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, str(error))
        return redirect("chair_responses", edition)
    settings, now = queries.settings_of(call), _arrived_at(request)
    opened, ends = settings.responses_open_at, queries.response_ends(call)
    context = {
        "tabs": committee_tabs(request, call),
        "standing": responses.standing(actor(request), call),
        "opened": opened,
        "undoable": opened is not None and opened > now,
        "ends": ends,
        "over": ends is not None and not ends.open_at(now),
        "due": queries.reviews_due(call),
        "most": settings.response_words,
    }
    return show(request, "reviews/response/chair.html", context, edition=call)


def notices_of(request: HttpRequest, papers: Sequence[Paper]) -> dict[int, Notice]:
    """On the authors' pages: that the reviews of a paper can be read and responded to, until it is decided. Two queries."""
    rows = list(
        Paper.objects.filter(policy.papers_responded_to_by(request.user), pk__in=[it.pk for it in papers])
        .exclude(decision__in=Decision.objects.released())
        .select_related("edition", "response")
    )
    ends = queries.responses_end(it.edition_id for it in rows)
    return {it.pk: _notice(request, it, ends.get(it.edition_id)) for it in rows}


def _notice(request: HttpRequest, paper: Paper, ends: Closing | None) -> Notice:
    sent, url = _is_submitted(paper), reverse("paper_response", args=[paper.edition.slug, paper.number])
    if ends is None or not ends.open_at(_arrived_at(request)):
        text = "Your response is in. " if sent else "No response was submitted. "
        return Notice(
            title="The date for responses has passed",
            text=f"{text}The decision comes by mail.",
            icon="message-square",
            url=url,
            action="Read the reviews" + (" and your response" if sent else ""),
        )
    until = moment_in_words(ends.at, paper.edition, actor(request))
    return Notice(
        title="The reviews of this paper are open for your response",
        text=f"Your response is in; it can be changed until {until}." if sent else f"Until {until}.",
        icon="message-square",
        url=url,
        action="Read the reviews and respond",
    )


def _is_submitted(paper: Paper) -> bool:
    row: AuthorResponse | None = getattr(paper, "response", None)
    return row is not None and row.submitted_at is not None


def _found(request: HttpRequest, edition: str, number: int) -> QuerySet[Paper]:
    return Paper.objects.filter(
        policy.papers_responded_to_by(request.user), edition__slug=edition, number=number
    )


def _find(request: HttpRequest, edition: str, number: int) -> Paper:
    """The paper, if this person wrote it and its reviews are open to authors. Otherwise 404."""
    found = _found(request, edition, number).select_related("edition", "category").first()
    if found is None:
        raise Http404
    return found


def _gone(request: HttpRequest) -> HttpResponse:
    """There is nothing to respond to (any more): the same answer as for no paper, with the words so that they are not lost."""
    if request.headers.get("X-Autosave"):
        context = {"problem": GONE, "stale": True}
        return render(request, "reviews/response/_state.html", context, status=404)
    text = request.POST.get("text", "")
    return given_back(request, [("Your response", text)] if text else [], GONE, guarded=True)


def _revision(request: HttpRequest) -> int:
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else -1


def _arrived_at(request: HttpRequest) -> datetime:
    moment: datetime = request.arrived_at  # type: ignore[attr-defined]
    return moment
