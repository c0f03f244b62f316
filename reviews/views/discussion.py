"""The discussion of a paper, and the list of those that somebody takes part in."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import discussion_page, policy, queries
from reviews.forms.discussion import CommentForm, EditForm
from reviews.models import AuthorResponse, Comment, Member
from reviews.review_list import ShownReview, reviews_of
from reviews.services import discussion, reviews
from reviews.views.given_back import given_back
from reviews.views.members import Section
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale
from submissions.views.papers import actor, show

GONE = (
    "Nothing was saved: you do not take part in this discussion (any more). It leaves your list when the paper does; the "
    "chairs know more. What you wrote is still here."
)
#: Papers on one page of the list.
SHOWN = 50


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest, edition: str) -> HttpResponse:
    """All discussions this person takes part in, what is new first. 404 for who reads none."""
    papers = discussion_page.discussed_by(actor(request), edition)
    only_new = "new" in request.GET
    shown = Paginator(papers.filter(new__gt=0) if only_new else papers, SHOWN)
    if not shown.count and not (only_new and papers.exists()):
        raise Http404
    call = Edition.objects.get(slug=edition)
    page = shown.get_page(request.GET.get("page"))
    readiness = discussion_page.readiness(list(page.object_list))
    context = {
        "rows": [(it, *readiness.get(it.pk, (0, 0))) for it in page.object_list],
        "page_obj": page,
        "only_new": only_new,
    }
    return show(request, "reviews/discussion/mine.html", context, edition=call)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The reviews beside the thread, and the form for a comment; `action` "preview" shows the text before it is sent."""
    if request.method == "POST" and not _found(request, edition, number).exists():
        return _gone(request)
    paper = _find(request, edition, number)
    if request.method != "POST":
        reply = request.GET.get("reply", "")
        first = {"key": uuid4(), "readers": "chairs" if "note" in request.GET else "reviewers"}
        known = reply.isascii() and reply.isdigit() and len(reply) < 10
        return _shown(
            request, paper, CommentForm(initial={**first, "reply_to": int(reply) if known else None})
        )
    form = CommentForm(request.POST)
    text = request.POST.get("text", "")
    if request.POST.get("action") == "preview":
        return _shown(request, paper, form, preview=text)
    if not form.is_valid():
        return _shown(request, paper, form, status=422, problem="Nothing was saved.")
    try:
        row = discussion.post(
            actor=actor(request),
            paper=paper,
            text=text,
            key=form.cleaned_data["key"],
            arrived_at=_arrived_at(request),
            chairs_only=form.cleaned_data["readers"] == "chairs",
            reply_to=form.cleaned_data["reply_to"],
        )
    except NotAllowed:
        return _gone(request)
    except Refused as error:
        status = 409 if isinstance(error, Closed) else 422
        return _shown(request, paper, form, status=status, problem=str(error))
    return redirect(f"{reverse('discussion', args=[edition, number])}#comment-{row.pk}")


def _shown(
    request: HttpRequest,
    paper: Paper,
    form: CommentForm,
    *,
    status: int = 200,
    problem: str = "",
    preview: str | None = None,
) -> HttpResponse:
    user, now = actor(request), _arrived_at(request)
    told = str(form.data.get("reply_to") if form.is_bound else form.initial.get("reply_to"))
    found = discussion_page.of(
        paper,
        user,
        now,
        discussion.EDITABLE.total_seconds(),
        number=request.GET.get("page"),
        reply_to=int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None,
    )
    target = next(
        (it for root in found.threads for it in (root, *root.answers) if str(it.comment.pk) == told), None
    )
    if target is not None and target.comment.readers == Comment.Readers.CHAIRS:
        form.fields.pop("readers", None)
    readable: list[ShownReview] = reviews_of(paper, user)
    context = {
        "paper": paper,
        "page": found,
        "form": form,
        "problem": problem,
        "preview": preview,
        "target": target,
        "reviews": readable,
        "unread": [it for it in readable if it.is_new or it.is_changed],
        "response": AuthorResponse.objects.filter(policy.responses_read_by(user), paper=paper).first(),
        "closed": discussion.why_closed(paper, now, handles=found.handles),
        "ends": queries.discussion_ends(paper.edition),
        "named": queries.settings_of(paper.edition).names_to_reviewers,
    }
    return show(request, "reviews/discussion/page.html", context, edition=paper.edition, status=status)


@require_POST
@login_required
def preview(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """A text as it will be read, as a part for the page. Nothing is saved."""
    _find(request, edition, number)
    text = request.POST.get("text", "")
    too_long = len(text) > discussion.LONGEST
    context = {
        "text": "" if too_long else text.replace("\0", ""),
        "too_long": too_long,
        "most": discussion.LONGEST,
    }
    return render(request, "reviews/review/_preview.html", context, status=422 if too_long else 200)


def _acting(act: Callable[[HttpRequest, Paper], str]) -> Callable[..., HttpResponse]:
    """For one-button actions: what was refused is said on the page, what is not there is 404."""

    @require_POST
    @login_required
    @wraps(act)
    def view(request: HttpRequest, edition: str, number: int) -> HttpResponse:
        paper = _find(request, edition, number)
        try:
            if said := act(request, paper):
                messages.success(request, said)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, str(error))
        if request.headers.get("X-Autosave"):
            return HttpResponse(status=204)
        return redirect("discussion", edition, number)

    return view


@_acting
def read(request: HttpRequest, paper: Paper) -> str:
    """The page's comments were read up to `until`, and the reviews it showed in their versions (`read`: "key:version")."""
    until = _moment(request.POST.get("until", ""))
    if until is not None:
        discussion.mark_read(actor=actor(request), paper=paper, until=until)
    versions = {}
    for pair in request.POST.getlist("read")[:100]:
        key, _, version = pair.partition(":")
        if key.isascii() and version.isascii() and key.isdigit() and version.isdigit() and len(pair) < 20:
            versions[int(key)] = int(version)
    reviews.mark_read(actor=actor(request), paper=paper, versions=versions)
    return ""


@_acting
def ready(request: HttpRequest, paper: Paper) -> str:
    now = request.POST.get("ready") == "yes"
    discussion.set_ready(actor=actor(request), paper=paper, ready=now, arrived_at=_arrived_at(request))
    return "You find this paper ready to decide." if now else "You no longer find this paper ready to decide."


@_acting
def lead(request: HttpRequest, paper: Paper) -> str:
    told = request.POST.get("reviewer", "")
    if told and not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Refused("Choose one of the paper's reviewers. Nothing was changed.")
    handling = discussion.set_lead(actor=actor(request), paper=paper, assignment=int(told) if told else None)
    return f"{handling.lead} leads the discussion." if handling.lead else "Nobody leads the discussion."


@_acting
def close(request: HttpRequest, paper: Paper) -> str:
    closing = request.POST.get("action") != "reopen"
    discussion.set_closed(actor=actor(request), paper=paper, closed=closing)
    if closing:
        return "The discussion is closed: nothing more is said, and the reviews stay as they are."
    return "The discussion is open again, and so are the reviews."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def comment(request: HttpRequest, edition: str, number: int, pk: int) -> HttpResponse:
    """One's own comment: to change for ten minutes, or to take back."""
    paper = _found(request, edition, number).select_related("edition", "category").first()
    own = Comment.objects.filter(pk=pk, paper=paper, author=actor(request), is_note=False)
    row = own.first() if paper is not None else None
    if paper is None or row is None:
        if request.method == "POST":
            return _gone(request)
        raise Http404
    back = f"{reverse('discussion', args=[edition, number])}#comment-{row.pk}"
    form, status, problem = EditForm(initial={"text": row.text, "expected": discussion.stamp(row)}), 200, ""
    if request.method == "POST":
        form = EditForm(request.POST)
        try:
            if request.POST.get("action") == "remove":
                discussion.remove(actor=actor(request), comment=row.pk, arrived_at=_arrived_at(request))
            else:
                discussion.edit(
                    actor=actor(request),
                    comment=row.pk,
                    text=request.POST.get("text", ""),
                    expected=request.POST.get("expected", ""),
                    arrived_at=_arrived_at(request),
                )
            return redirect(back)
        except NotAllowed:
            return _gone(request)
        except (Stale, Closed) as error:
            status, problem = 409, str(error)
        except Refused as error:
            status, problem = 422, str(error)
    context = {
        "paper": paper,
        "comment": row,
        "form": form,
        "problem": problem,
        "back": back,
        "closed": discussion.why_closed(
            paper, _arrived_at(request), handles=papers_policy.may_handle(actor(request), paper)
        ),
        "editable": row.removed_at is None and _arrived_at(request) - row.at <= discussion.EDITABLE,
    }
    return show(request, "reviews/discussion/comment.html", context, edition=paper.edition, status=status)


def section(member: Member, request: HttpRequest) -> Section | None:
    """On the member's page: discussions with something new; registered in `conversations.py`."""
    papers = discussion_page.discussed_by(actor(request), member.edition.slug)
    counted = list(papers.values_list("new", flat=True))
    if not counted:
        return None
    url = reverse("discussions", args=[member.edition.slug])
    new = sum(it > 0 for it in counted)
    if not new:
        many = "1 discussion" if len(counted) == 1 else f"{len(counted)} discussions"
        return Section(
            "Discussions",
            f"You have read all of {many}.",
            url,
            "See them" if len(counted) > 1 else "See it",
            done=True,
        )
    many = "1 discussion" if new == 1 else f"{new} discussions"
    return Section(f"{many} with new comments", "", url, "Read what is new")


def _found(request: HttpRequest, edition: str, number: int) -> QuerySet[Paper]:
    rows = Paper.objects.filter(
        policy.papers_discussed_by(request.user), edition__slug=edition, number=number
    )
    return rows.exclude(state=State.DRAFT)


def _find(request: HttpRequest, edition: str, number: int) -> Paper:
    """The paper, if this person takes part in its discussion. Otherwise 404, as for one that does not exist."""
    found = _found(request, edition, number).select_related("edition", "category").first()
    if found is None:
        raise Http404
    return found


def _gone(request: HttpRequest) -> HttpResponse:
    """The discussion is not theirs (any more), or there is none: the same answer, with their words so that they are not lost."""
    text = request.POST.get("text", "")
    return given_back(request, [("Your comment", text)] if text else [], GONE, guarded=True)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text[:40])
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _arrived_at(request: HttpRequest) -> datetime:
    moment: datetime = request.arrived_at  # type: ignore[attr-defined]
    return moment
