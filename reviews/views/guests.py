"""A guest who writes a review: proposed by the member, decided on by chairs, and the guest's own pages behind their link.

Looking at the link changes nothing and shows no paper: mail programs look at links by themselves. What is confidential
needs a press of a button first, which this browser then remembers for this one invitation.
"""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from reviews import queries, review_page, review_versions
from reviews.domain.review_form import LONGEST_TEXT
from reviews.forms.guests import GuestForm
from reviews.forms.reviews import ReviewForm, texts_in
from reviews.models import Guest, Review
from reviews.review_list import shown_answers
from reviews.services import guests, reviews
from reviews.views.given_back import given_back
from reviews.views.more_time import find_own
from submissions import queries as paper_queries
from submissions.models import Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale
from submissions.views.files import served
from submissions.views.papers import actor, show

#: In the session: the keys that were opened by a button in this browser.
OPENED = "guest_keys"
FORGOTTEN = (
    "Not saved: this browser does not remember your invitation any more. Open its link again in another tab, then "
    "write on."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def propose(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The member's page: whom to invite, and what became of it."""
    row = find_own(request, edition, number)
    form = GuestForm(request.POST if request.method == "POST" else None)
    if request.POST.get("action") == "withdraw":
        try:
            guests.withdraw(actor=actor(request), assignment=row)
        except NotAllowed as error:
            raise Http404 from error
        messages.success(request, "The invitation is taken back. What was written stays in your draft.")
        return redirect("member_review_guest", edition, number)
    if form.is_bound and form.is_valid():
        try:
            guest = guests.propose(actor=actor(request), assignment=row, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            invited = guest.state == Guest.State.INVITED
            said = "is invited by mail" if invited else "is invited as soon as a chair agrees"
            messages.success(request, f"{guest.name} {said}.")
            return redirect("member_review_guest", edition, number)
    context = {
        "row": row,
        "paper": row.paper,
        "form": form,
        "live": Guest.objects.filter(assignment=row, state__in=guests.LIVE).first(),
        "former": Guest.objects.filter(assignment=row).exclude(state__in=guests.LIVE),
        "approval": guests.asks_chairs(row.paper.edition),
    }
    status = 422 if form.is_bound else 200
    return show(request, "reviews/guest/propose.html", context, edition=row.paper.edition, status=status)


@require_POST
@login_required
def decide(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """A chair agrees, or does not."""
    if guests.find_for_chair(actor(request), pk, edition=edition) is None:
        raise Http404
    try:
        done = guests.decide(actor=actor(request), guest=pk, approve=request.POST.get("answer") == "approve")
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        said = "is invited" if done.state == Guest.State.INVITED else "is not invited"
        messages.success(request, f"{done.name} {said}; the member is told.")
    return redirect("chair_requests", edition)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def landing(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """What the link opens: what is asked, yes or no; and after yes the way to the review."""
    guest = _guest(request, edition, key)
    refused, over = "", guests.why_over(guest)
    if request.method == "POST" and not over:
        try:
            said = request.POST.get("answer")
            if said in ("accept", "decline"):
                user = request.user if isinstance(request.user, User) else None
                guest = guests.answer(
                    guest=guest, accept=said == "accept", note=request.POST.get("note", ""), user=user
                )
            if said in ("accept", "open") and guest.state in (Guest.State.ACCEPTED, Guest.State.DONE):
                opened = [it for it in request.session.get(OPENED, []) if it != str(key)]
                request.session[OPENED] = [*opened[-19:], str(key)]
                return redirect("guest_review", edition, key)
            return redirect("guest", edition, key)
        except Refused as error:
            refused = str(error)
    paper = guest.assignment.paper
    context = {
        "guest": guest,
        "paper": paper,
        "over": over,
        "refused": refused,
        "note": request.POST.get("note", "") if refused else "",
        "due": queries.due_of(guest.assignment, queries.reviews_due(paper.edition)),
    }
    status = 410 if over else 409 if refused else 200
    return _private(
        show(request, "reviews/guest/landing.html", context, edition=paper.edition, status=status)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """The manuscript and the member's form, for the guest."""
    guest = _opened(request, edition, key)
    if guest is None:
        return (
            _not_opened(request, edition, key)
            if request.method == "POST"
            else redirect("guest", edition, key)
        )
    row = guest.assignment
    form, status, problem, stale = None, 200, "", False
    if request.method == "POST":
        form = ReviewForm(request.POST, questions=queries.form_of(row.paper.edition))
        kept = None
        try:
            if not form.is_valid():
                status, problem = 422, "Nothing was saved."
            else:
                kept = guests.save(guest=guest, answers=form.answers, revision=_revision(request))
                if request.POST.get("action") == "submit":
                    guests.hand_in(guest=guest, revision=kept.revision)
                    return redirect("guest", edition, key)
        except Stale as error:
            status, problem, stale = 409, str(error), True
        except Closed as error:
            status, problem = 409, str(error)
        except reviews.Incomplete as error:
            # The form names what is missing, one by one.
            status, problem = 422, "Not handed in yet; the draft is saved."
            for it in error.questions:
                form.add_error(it.slug, f"“{it.label}” is required.")
        except Refused as error:
            status, problem = 422, str(error)
        if request.headers.get("X-Autosave"):
            context = {"row": row, "guest": guest, "review": kept, "problem": problem, "stale": stale}
            return render(request, "reviews/review/_state.html", context, status=status)
        if not problem:
            return redirect("guest_review", edition, key)
    return _private(_shown(request, guest, form, status, problem, stale))


def _not_opened(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """Words came for a review that the link does not open (any more): they go back to who wrote them."""
    guest = _guest(request, edition, key)
    over = guests.why_over(guest)
    message = f"{over} Nothing was saved." if over else FORGOTTEN
    if request.headers.get("X-Autosave"):
        context = {"row": None, "review": None, "problem": message, "stale": bool(over)}
        return render(request, "reviews/review/_state.html", context, status=410 if over else 403)
    answer = given_back(request, texts_in(request.POST), message, status=410 if over else 403)
    return _private(answer)


def _shown(
    request: HttpRequest, guest: Guest, form: ReviewForm | None, status: int, problem: str, stale: bool
) -> HttpResponse:
    row = guest.assignment
    saved = Review.objects.filter(assignment=row).first()
    paper = paper_queries.whole(Paper.objects.filter(pk=row.paper_id)).get()
    draft = guests.draft_of(guest)
    done = guest.state == Guest.State.DONE or Review.objects.submitted().filter(assignment=row).exists()
    shown = review_page.shown(paper)
    questions = queries.form_of(paper.edition)
    answers = shown_answers(questions, review_page.saved_answers(draft), "chairs") if done else []
    context = {
        "guest": guest,
        "row": row,
        "paper": paper,
        # Files of answers are for members; the manuscript is enough here.
        "shown": replace(shown, answers=[it for it in shown.answers if not it.file]),
        "form": form or ReviewForm(questions=questions, answers=review_page.saved_answers(draft)),
        "review": draft,
        "scores": [it for it in answers if it.question.kind != "text"],
        "texts": [it for it in answers if it.question.kind == "text"],
        "revision": draft.revision if draft else 0,
        "problem": problem,
        # What the member saved meanwhile, beside what the guest sent: the next save replaces it.
        "differences": review_versions.differences(questions, review_page.saved_answers(saved), form.answers)
        if form and stale
        else [],
        "stale": stale,
        "done": done,
        "due": queries.due_of(row, queries.reviews_due(paper.edition)),
    }
    return show(request, "reviews/guest/review.html", context, edition=paper.edition, status=status)


@never_cache
@require_safe
def manuscript(request: HttpRequest, edition: str, key: UUID) -> HttpResponseBase:
    """The paper's file."""
    guest = _opened(request, edition, key)
    if guest is None:
        return redirect("guest", edition, key)
    found = guest.assignment.paper.manuscript
    if found is None:
        raise Http404
    return served(found.file, found.download_name, "application/pdf", attachment=True)


@require_POST
def preview(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """One text as its readers will see it. Nothing is saved."""
    if _opened(request, edition, key) is None:
        raise Http404
    text = request.POST.get("text", "")
    too_long = len(text) > LONGEST_TEXT
    context = {"text": "" if too_long else text.replace("\0", ""), "too_long": too_long, "most": LONGEST_TEXT}
    return render(request, "reviews/review/_preview.html", context, status=422 if too_long else 200)


def _guest(request: HttpRequest, edition: str, key: UUID) -> Guest:
    found = guests.find(edition=edition, key=key, viewer=request.user)
    if found is None:
        raise Http404
    return found


def _opened(request: HttpRequest, edition: str, key: UUID) -> Guest | None:
    """The guest, where the invitation was accepted, still holds and was opened in this browser."""
    guest = _guest(request, edition, key)
    ready = guest.state in (Guest.State.ACCEPTED, Guest.State.DONE) and not guests.why_over(guest)
    return guest if ready and str(key) in request.session.get(OPENED, []) else None


def _private(response: HttpResponse) -> HttpResponse:
    """The address is the key: it must not reach a site that the page links to, nor a search engine.

    Not "no-referrer": with that a browser sends the forms of the page with the origin "null", and they are refused.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _revision(request: HttpRequest) -> int:
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else -1
