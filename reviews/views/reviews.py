"""A reviewer's desk: the list of their papers, and for each the page on which the review is read, written and submitted."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import policy, queries, review_page, review_versions
from reviews.domain.review_form import LONGEST_TEXT
from reviews.forms.reviews import ReviewForm, texts_in
from reviews.models import Assignment, CommitteeSettings, Member, Review
from reviews.review_list import latest_versions, reviews_of
from reviews.services import reviews
from reviews.views.given_back import given_back
from reviews.views.members import Section, find_member
from submissions import queries as paper_queries
from submissions.models import Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale
from submissions.views.papers import actor, show


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest, edition: str) -> HttpResponse:
    """All papers this person reviews in the edition, what is due first on top."""
    member = find_member(request, edition)
    now = _arrived_at(request)
    work = review_page.work_of(actor(request), member.edition, now)
    to_write = [it for it in work if not it.is_submitted]
    context = {
        "member": member,
        "work": work,
        "heading": review_page.heading(to_write, now) if to_write else "",
    }
    return show(request, "reviews/review/mine.html", context, edition=member.edition)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The manuscript beside the form. Saved while one types; `action` says what a press of a button wants."""
    if _is_autosave(request) and not request.user.is_authenticated:
        return _state(
            request,
            403,
            problem="Not saved: you are no longer signed in. Sign in again in another tab, then type on here.",
        )
    return _page(request, edition, number)


@login_required
def _page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    row = _find(request, edition, number)
    if request.method != "POST":
        if row is None:
            raise Http404
        return _shown(request, _Desk(row))
    if row is None:
        return _gone(request)
    try:
        return _posted(request, row)
    except NotAllowed:
        return _gone(request)


@dataclass
class _Desk:
    """What the page has to show besides the paper: the form as it was posted, and what became of that."""

    row: Assignment
    form: ReviewForm | None = None
    status: int = 200
    problem: str = ""
    stale: list[review_versions.Difference] | None = None
    telling: reviews.Telling | None = None
    missing: list[str] = field(default_factory=list)


def _posted(request: HttpRequest, row: Assignment) -> HttpResponse:
    """Save, then do what the button says. What was refused comes back with everything that was sent."""
    action = request.POST.get("action", "save")
    desk = _Desk(row, ReviewForm(request.POST, questions=queries.form_of(row.paper.edition)))
    review = None
    try:
        if action == "discard":
            reviews.discard(actor=actor(request), assignment=row, revision=_revision(request))
            messages.success(request, "Your changes are dropped; the review is as you submitted it.")
            return redirect("member_review", row.paper.edition.slug, row.paper.number)
        if not desk.form or not desk.form.is_valid():
            desk.status, desk.problem = 422, "Nothing was saved."
            return _refused(request, desk)
        review = reviews.save(
            actor=actor(request), assignment=row, answers=desk.form.answers, revision=_revision(request)
        )
        if action == "submit":
            _submit(request, row, review)
    except NotAllowed:
        raise
    except Stale as error:
        desk.status, desk.problem, desk.stale = 409, str(error), _differences(row, desk.form)
    except reviews.Incomplete as error:
        # The form names what is missing, one by one.
        desk.status, desk.problem = 422, "Not submitted yet; your draft is saved."
        for it in error.questions:
            desk.form.add_error(it.slug, f"“{it.label}” is required.") if desk.form else None
    except reviews.Telling as error:
        desk.status, desk.problem, desk.telling = 409, str(error), error
    except Closed as error:
        desk.status, desk.problem = 409, str(error)
    except Refused as error:
        desk.status, desk.problem = 422, str(error)
    if desk.problem:
        return _refused(request, desk)
    if _is_autosave(request):
        return _state(request, 200, row=row, review=review)
    if action != "submit":
        messages.success(request, "Your draft is saved. Nobody else reads it before you submit it.")
    url = reverse("member_review", args=[row.paper.edition.slug, row.paper.number])
    return redirect(f"{url}?preview=1#preview" if action == "preview" else url)


def _submit(request: HttpRequest, row: Assignment, review: Review) -> None:
    done = reviews.submit(
        actor=actor(request),
        assignment=row,
        revision=review.revision,
        arrived_at=_arrived_at(request),
        seen=request.POST.get("seen", ""),
    )
    if done.version == 1:
        said = f"Your review of #{row.paper.number} is submitted. Thank you. You can change it until the discussion is closed."
    else:
        said = f"Version {done.version} of your review of #{row.paper.number} is submitted. Those who read the one before see that it changed."
    messages.success(request, said)


def _refused(request: HttpRequest, desk: _Desk) -> HttpResponse:
    if not _is_autosave(request):
        return _shown(request, desk)
    problem = desk.problem
    if desk.form and desk.form.errors:
        problem = f"Not saved: {' '.join(str(it) for errors in desk.form.errors.values() for it in errors)}"
    return _state(request, desk.status, row=desk.row, problem=problem, stale=desk.stale is not None)


def _shown(request: HttpRequest, desk: _Desk) -> HttpResponse:
    row, edition = desk.row, desk.row.paper.edition
    user = actor(request)
    review = Review.objects.filter(assignment=row).first()
    paper = paper_queries.whole(Paper.objects.filter(pk=row.paper_id)).get()
    settings, questions = queries.settings_of(edition), queries.form_of(edition)
    answers = review_page.saved_answers(review)
    form = desk.form or ReviewForm(questions=questions, answers=answers)
    version = latest_versions([review]).get(review.pk) if review else None
    labels = {it.slug: it.label for it in questions}
    readable = reviews_of(paper, user)
    others = [it for it in readable if not it.mine]
    due = queries.reviews_due(edition)
    context = {
        "row": row,
        "paper": paper,
        "shown": review_page.shown(paper),
        "form": form,
        "review": review,
        "version": version,
        "changed": review is not None and version is not None and review.answers != version.answers,
        "revision": review.revision if review else 0,
        "due": queries.due_of(row, due),
        "late": queries.is_late(row, due, _arrived_at(request)),
        "closed": reviews.why_closed(paper),
        # What was typed while the reviews were closed; the form that would hold it is no longer there.
        "unsaved": review_versions.differences(questions, version.answers if version else {}, form.answers)
        if desk.form
        else [],
        "own": [it for it in readable if it.mine],
        "others": others,
        "unread": [it for it in others if it.is_new or it.is_changed],
        "others_rule": settings.others_reviews,
        "others_never": settings.others_reviews == CommitteeSettings.OthersReviews.NEVER,
        "named": settings.names_to_reviewers,
        "preview": [(it, answers[it.slug]) for it in questions if it.kind == "text" and it.slug in answers]
        if "preview" in request.GET
        else None,
        "desk": desk,
        "warnings": [(labels[it.slug], it) for it in desk.telling.found] if desk.telling else [],
    }
    return show(request, "reviews/review/page.html", context, edition=edition, status=desk.status)


@require_POST
@login_required
def preview(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """One text as its readers will see it, as a part for the page. Nothing is saved."""
    if _find(request, edition, number) is None:
        raise Http404
    text = request.POST.get("text", "")
    too_long = len(text) > LONGEST_TEXT
    return render(
        request,
        "reviews/review/_preview.html",
        {"text": "" if too_long else text.replace("\0", ""), "too_long": too_long, "most": LONGEST_TEXT},
        status=422 if too_long else 200,
    )


@require_POST
@login_required
def read(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The reviews that the page showed were read, in these versions (`read`: "key:version", as often as wanted)."""
    row = _find(request, edition, number)
    if row is None:
        raise Http404
    versions = {}
    for pair in request.POST.getlist("read")[:100]:
        key, _, version = pair.partition(":")
        if key.isascii() and version.isascii() and key.isdigit() and version.isdigit() and len(pair) < 20:
            versions[int(key)] = int(version)
    reviews.mark_read(actor=actor(request), paper=row.paper, versions=versions)
    if request.headers.get("X-Autosave"):
        return HttpResponse(status=204)
    url = reverse("member_review", args=[edition, number])
    return redirect(f"{url}#others")


@never_cache
@require_safe
@login_required
def versions(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """What changed between the versions of one's own review, and since the last one."""
    row = _find(request, edition, number)
    if row is None:
        raise Http404
    review = Review.objects.filter(assignment=row).first()
    questions = queries.form_of(row.paper.edition)
    context = {
        "row": row,
        "paper": row.paper,
        "steps": review_versions.history(questions, review) if review else [],
        "earlier": review is not None and review.version > review_versions.MOST_VERSIONS + 1,
    }
    return show(request, "reviews/review/versions.html", context, edition=row.paper.edition)


def section(member: Member, request: HttpRequest) -> Section | None:
    """On the member's page: the reviews that are still to be written; registered in `apps.py`."""
    now = _arrived_at(request)
    work = review_page.work_of(actor(request), member.edition, now)
    if not work:
        return None
    url = reverse("member_reviews", args=[member.edition.slug])
    to_write = [it for it in work if not it.is_submitted]
    if not to_write:
        count = "Your review is" if len(work) == 1 else f"All {len(work)} of your reviews are"
        return Section("Reviews", f"{count} in. Thank you.", url, "Read or change them", done=True)
    waiting = sum(it.state == "offered" for it in work)
    papers = "1 paper waits" if waiting == 1 else f"{waiting} papers wait"
    text = f"{papers} for your answer. If you cannot review one, say so soon: somebody else needs the time."
    return Section(
        review_page.heading(to_write, now),
        text if waiting else "",
        url,
        "Open your reviews",
        template="reviews/review/_work.html",
        context={"work": work},
    )


def _find(request: HttpRequest, edition: str, number: int) -> Assignment | None:
    """The assignment, if this person is asked for the paper or reviews it."""
    rows = Assignment.objects.filter(
        policy.own_assignments(request.user), paper__edition__slug=edition, paper__number=number
    )
    return rows.select_related("paper__edition", "member__user").first()


def _differences(row: Assignment, form: ReviewForm | None) -> list[review_versions.Difference]:
    """What is saved against what was sent."""
    review = Review.objects.filter(assignment=row).first()
    sent = form.answers if form else {}
    return review_versions.differences(
        queries.form_of(row.paper.edition), review_page.saved_answers(review), sent
    )


def _gone(request: HttpRequest) -> HttpResponse:
    """The paper is not theirs (any more), or there is none: the same answer, with what they wrote so that it is not lost."""
    if _is_autosave(request):
        return _state(request, 404, problem=reviews.GONE, stale=True)
    return given_back(request, texts_in(request.POST), reviews.GONE)


def _state(
    request: HttpRequest,
    status: int,
    *,
    row: Assignment | None = None,
    review: Review | None = None,
    problem: str = "",
    stale: bool = False,
) -> HttpResponse:
    """The line that says how the draft stands; the page puts it in place of the former one."""
    version = latest_versions([review]).get(review.pk) if review else None
    context = {
        "row": row,
        "review": review,
        "problem": problem,
        "stale": stale,
        "changed": review is not None and version is not None and review.answers != version.answers,
    }
    return render(request, "reviews/review/_state.html", context, status=status)


def _is_autosave(request: HttpRequest) -> bool:
    return request.method == "POST" and bool(request.headers.get("X-Autosave"))


def _revision(request: HttpRequest) -> int:
    """The revision that the page showed; one that cannot be is taken for a stale page's."""
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else -1


def _arrived_at(request: HttpRequest) -> datetime:
    moment: datetime = request.arrived_at  # type: ignore[attr-defined]
    return moment
