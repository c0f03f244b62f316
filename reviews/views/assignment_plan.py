"""One plan: progress while it is computed, what it would do, why, and the buttons that make it hold or go."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import policy
from reviews.models import Member, PairRule, Proposal
from reviews.services import applying, planning, proposal_lists, proposal_questions, proposals
from reviews.services import assignment_overview as overview
from reviews.views.assignment import tabs
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, show

VIEWS = {"": "Summary", "papers": "By paper", "members": "By member", "grid": "Grid"}
MAILS = 20
#: Papers and reasons that the summary names before it leads to all of them.
NAMED = 8


def _find(request: HttpRequest, edition: str, key: UUID) -> Proposal:
    """The plan, if it is this chair's own. Otherwise 404, at the same cost as for one that was never made."""
    found = Proposal.objects.filter(policy.proposals_visible_to(request.user), edition__slug=edition, key=key)
    return get_object_or_404(found.select_related("edition", "job"))


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """The plan as far as it is. htmx asks for the progress alone, and is told to read the page anew at its end."""
    proposal = _find(request, edition, key)
    if proposal.standing == Proposal.State.COMPUTING:
        whole = not request.headers.get("HX-Request")
        template = "reviews/assignment/computing.html" if whole else "jobs/progress.html"
        computing: dict[str, Any] = {"proposal": proposal, "job": proposal.job, "poll": request.path}
        return show(request, template, computing, edition=proposal.edition)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if proposal.standing in (Proposal.State.FAILED, Proposal.State.DROPPED):
        ended: dict[str, Any] = {"proposal": proposal, "tabs": tabs(request, proposal.edition)}
        return show(request, "reviews/assignment/ended.html", ended, edition=proposal.edition)
    return _plan(request, proposal)


def _plan(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    user, chosen = actor(request), request.GET.get("view", "")
    view = chosen if chosen in VIEWS else ""
    numbers = proposals.numbers(actor=user, proposal=proposal)
    context = _frame(request, proposal, view) | {"numbers": numbers}
    number = request.GET.get("page", "")
    if view == "papers":
        context["short"] = bool(request.GET.get("short"))
        context["rows"], context["page_obj"] = proposal_lists.by_paper(
            actor=user, proposal=proposal, numbers=numbers, page=number, short=context["short"]
        )
    elif view == "members":
        context["rows"], context["page_obj"] = proposal_lists.by_member(
            actor=user, proposal=proposal, numbers=numbers, page=number
        )
    elif view == "grid":
        context["everybody"] = bool(request.GET.get("everybody"))
        context["grid"] = proposal_lists.grid(
            actor=user,
            proposal=proposal,
            numbers=numbers,
            page=number,
            everybody=context["everybody"],
            columns=request.GET.get("columns", ""),
        )
        context["page_obj"] = context["grid"].papers
    else:
        context |= _summary(request, proposal, numbers)
    return show(
        request, f"reviews/assignment/plan_{view or 'summary'}.html", context, edition=proposal.edition
    )


def _frame(request: HttpRequest, proposal: Proposal, view: str) -> dict[str, Any]:
    """What stands above every view of a plan."""
    user, here = actor(request), reverse("chair_plan", args=[proposal.edition.slug, proposal.key])
    ready = proposal.state == Proposal.State.READY
    changed = proposals.freshness(actor=user, proposal=proposal) if ready else []
    applied = proposal.state == Proposal.State.APPLIED
    return {
        "proposal": proposal,
        "ready": ready,
        "blocking": [it.sentence for it in changed if it.blocks],
        "hints": [it.sentence for it in changed if not it.blocks],
        "why_no_undo": applying.may_undo(actor=user, proposal=proposal) if applied else "",
        "view": view,
        "sections": [
            {"label": label, "url": f"{here}?view={name}" if name else here, "current": name == view}
            for name, label in VIEWS.items()
        ],
        "tabs": tabs(request, proposal.edition),
        "may_change_rules": ready,
    }


def _summary(request: HttpRequest, proposal: Proposal, numbers: dict[str, Any]) -> dict[str, Any]:
    user = actor(request)
    before, comparison = proposal_lists.compared(actor=user, proposal=proposal)
    weakest, _ = proposal_lists.by_paper(actor=user, proposal=proposal, numbers=numbers, page="1")
    best = numbers.get("best_total")
    return {
        "changes": proposal_lists.changes(actor=user, proposal=proposal, numbers=numbers),
        "bins": proposal_lists.distribution(numbers),
        "before": before,
        "comparison": comparison,
        "weakest": weakest[:5],
        "unfilled": numbers["unfilled"][:NAMED],
        "more_unfilled": max(0, len(numbers["unfilled"]) - NAMED),
        "price": 100 * (best - numbers["total"]) / best if best else None,
    }


# -- why, and what if ---------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@login_required
def pair(request: HttpRequest, edition: str, key: UUID, number: int, member: int) -> HttpResponse:
    """Why this member is, or is not, in the plan for this paper, and what it would cost to have it otherwise."""
    proposal = _find(request, edition, key)
    paper = get_object_or_404(overview.handled(actor(request), proposal.edition), number=number)
    who = get_object_or_404(Member, edition=proposal.edition, pk=member)
    other = request.GET.get("other", "")
    if other.isascii() and other.isdigit() and len(other) < 10:
        return redirect("chair_plan_pair", edition, key, number, int(other))
    context: dict[str, Any] = {"proposal": proposal, "paper": paper, "member": who, "problem": ""}
    status = 200
    try:
        context["why"] = proposal_questions.why(
            actor=actor(request), proposal=proposal, paper=paper, member=who
        )
        context |= _what_if(request, proposal, paper, who)
        context["gain"] = -(context["why"].price or 0)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        context["problem"], status = str(error), 422
    context["rule"] = PairRule.objects.filter(paper=paper, member=who).first()
    fragment = bool(request.headers.get("HX-Request"))
    context |= {"fragment": fragment, "may_change_rules": proposal.state == Proposal.State.READY}
    template = "reviews/assignment/_why.html" if fragment else "reviews/assignment/why.html"
    if not fragment:
        context["h"] = "h2"
        context["others"] = Member.objects.reviewing().filter(edition=proposal.edition).exclude(pk=who.pk)
        context["tabs"] = tabs(request, proposal.edition)
    # htmx shows an answer with an error status as well; a refused question is told in the part itself.
    return show(request, template, context, edition=proposal.edition, status=200 if fragment else status)


def _what_if(request: HttpRequest, proposal: Proposal, paper: Paper, member: Member) -> dict[str, Any]:
    """The price of what the link asks for: `what` is "force", "forbid" or "load"."""
    what, one = request.GET.get("what", ""), (paper.pk, member.pk)
    if what not in ("force", "forbid", "load"):
        return {}
    chosen: dict[str, Any] = {what: one}
    if what == "load":
        text = request.GET.get("load", "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            return {
                "what": what,
                "what_problem": f"“{text[:20]}” is not a number of papers. Write one from 0 to 999.",
            }
        chosen = {"load": (member.pk, int(text))}
    try:
        told = proposal_questions.what_if(actor=actor(request), proposal=proposal, **chosen)
    except NotAllowed:
        raise
    except Refused as error:
        return {"what": what, "what_problem": str(error)}
    return {"what": what, "what_if": told, "load": chosen.get("load", (0, None))[1]}


# -- making it hold -----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def apply(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """What applying would change and who would be written to; the button under it does exactly that."""
    proposal = _find(request, edition, key)
    user, refused, status = actor(request), "", 200
    if request.method == "POST":
        try:
            done = applying.apply(actor=user, proposal=proposal)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            refused, status = str(error), 409 if isinstance(error, Stale) else 422
        else:
            messages.success(
                request,
                f"The plan holds: {len(done.added)} asked, {len(done.kept)} kept, {len(done.taken)} taken back. "
                "The letters leave in ten minutes; until then you can undo it and nobody hears of it.",
            )
            return redirect("chair_plan", edition, key)
    proposal = _find(request, edition, key)
    if proposal.state != Proposal.State.READY:
        messages.error(request, refused or f"This plan cannot be applied: it is {proposal.standing.label}.")
        return redirect("chair_plan", edition, key)
    mails = applying.preview(actor=user, proposal=proposal)
    pages = Paginator(mails, MAILS).get_page(request.GET.get("page"))
    context = _frame(request, proposal, "apply") | {
        "refused": refused,
        "diff": applying.diff(actor=user, proposal=proposal),
        "mails": list(pages),
        "page_obj": pages,
        "unreachable": [it.name for it in mails if not it.address],
        "letters": sum(bool(it.address) for it in mails),
        "numbers": proposals.numbers(actor=user, proposal=proposal),
    }
    return show(request, "reviews/assignment/apply.html", context, edition=proposal.edition, status=status)


@require_POST
@login_required
def again(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """The same question once more, with the locks, conflicts and loads of now."""
    proposal = _find(request, edition, key)
    back = reverse("chair_plan_latest", args=[edition])
    try:
        made = planning.again(actor=actor(request), proposal=proposal, back=back)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
        return redirect("chair_plan", edition, key)
    return redirect("chair_plan", edition, made.key)


@require_POST
@login_required
def undo(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    proposal = _find(request, edition, key)
    try:
        count = applying.undo(actor=actor(request), proposal=proposal)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"The plan is undone: {count} assignment{'' if count == 1 else 's'} changed back."
        )
    return redirect("chair_plan", edition, key)


@require_POST
@login_required
def drop(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    proposal = _find(request, edition, key)
    try:
        proposals.drop(actor=actor(request), proposal=proposal)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
        return redirect("chair_plan", edition, key)
    messages.success(request, "The plan is put away. Nothing was changed.")
    return redirect("chair_assignment", edition)
