"""What authors do with their papers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from submissions import policy, queries
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services import manuscripts, papers
from submissions.services.errors import NotAllowed
from submissions.views import notices
from submissions.views.papers import actor, find_paper, refusals_as_messages, show
from submissions.views.public import phase_of


@require_safe
@login_required
def my_papers(request: HttpRequest) -> HttpResponse:
    mine = list(queries.whole(Paper.objects.written_by(actor(request))).order_by("-edition__slug", "number"))
    now, told = timezone.now(), notices.of(request, mine)
    rows = [
        {
            "paper": paper,
            "missing": queries.missing_items(paper) if paper.state == State.DRAFT else [],
            "closing": queries.closing_of(paper),
            "open": queries.open_for_authors(paper, now),
            "notices": told.get(paper.pk, []),
        }
        for paper in mine
    ]
    # What can still be worked on comes first.
    rows.sort(key=lambda it: not it["open"])
    editions = [
        edition
        for edition in Edition.objects.visible_to(actor(request)).prefetch_related("deadlines", "categories")
        if phase_of(edition, now).takes_papers
    ]
    return render(request, "submissions/my_papers.html", {"rows": rows, "open_editions": editions})


@require_safe
@login_required
def paper_page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    paper = find_paper(request, edition, number)
    now = timezone.now()
    may_edit = policy.may_edit(actor(request), paper)
    context: dict[str, Any] = {
        "paper": paper,
        "versions": paper.manuscripts.select_related("uploaded_by"),
        "missing": queries.missing_items(paper) if paper.state == State.DRAFT else [],
        "closing": queries.closing_of(paper),
        "open": queries.open_for_authors(paper, now),
        "may_edit": may_edit,
        "may_handle": policy.may_handle(actor(request), paper),
        "contacts": list(queries.contacts(paper)),
        "answers": [answer for answer in paper.extra_answers.all() if answer.value or answer.file],
        "conflicts": [it.role for it in paper.declared_conflicts.select_related("role")],
        "file_finding": queries.file_finding(paper),
        "refused": queries.refused_upload(paper),
        "notices": notices.of(request, [paper]).get(paper.pk, []),
    }
    return show(request, "submissions/paper.html", context, edition=paper.edition)


@require_safe
@login_required
def paper_history(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    paper = find_paper(request, edition, number)
    # What authors and chairs did to the paper. What the committee did about it is not for the authors' eyes.
    entries = audit.history(paper).filter(verb__startswith="paper.")
    context = {"paper": paper, "entries": entries}
    return show(request, "submissions/paper_history.html", context, edition=paper.edition)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_as_messages
def withdraw(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Asks once, then withdraws. Chairs come here too, and must give a reason."""
    paper = find_paper(request, edition, number)
    may_edit = policy.may_edit(actor(request), paper)
    if not may_edit and not policy.may_handle(actor(request), paper):
        raise Http404
    if request.method == "POST":
        papers.withdraw(actor=actor(request), paper=paper, reason=request.POST.get("reason", ""))
        messages.success(request, f"#{paper.number} is withdrawn. Its contacts have been told by mail.")
        return redirect(paper)
    context = {"paper": paper, "as_chair": not may_edit}
    return show(request, "submissions/withdraw.html", context, edition=paper.edition)


@require_POST
@login_required
@refusals_as_messages
def revive(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    paper = find_paper(request, edition, number)
    saved = papers.revive(actor=actor(request), paper=paper, arrived_at=request.arrived_at)  # type: ignore[attr-defined]
    if saved.went_in:
        messages.success(
            request, f"#{paper.number} is submitted again. A receipt was mailed to its contacts."
        )
        return redirect(paper)
    messages.info(request, f"#{paper.number} is a draft again. See below what is missing.")
    return redirect("paper_edit", edition, number)


@require_POST
@login_required
@refusals_as_messages
def use_version(request: HttpRequest, edition: str, number: int, version: int) -> HttpResponse:
    """Takes another version of the file, and with it another category where the form names one."""
    paper = find_paper(request, edition, number)
    category = None
    if slug := request.POST.get("category", ""):
        category = next((it for it in paper.edition.categories.all() if it.slug == slug), None)
        if category is None:
            raise NotAllowed
    revision = request.POST.get("revision", "")
    lacks = manuscripts.use(
        actor=actor(request),
        paper=paper,
        version=version,
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0,
        arrived_at=request.arrived_at,  # type: ignore[attr-defined]
        category=category,
    )
    words = f"Version {version} is now the one that counts"
    words += f", and the paper is in the category “{category}”." if category else "."
    messages.success(request, words)
    return redirect("paper_edit" if lacks else "paper", edition, number)
