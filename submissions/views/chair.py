"""What chairs do with papers: the list, and what they may grant or end."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from submissions import chair_list, policy, queries
from submissions.forms.chair import ExtendForm, PaperFilterForm, ReasonForm
from submissions.models import Edition, Paper
from submissions.services import grants, papers
from submissions.services.errors import NotAllowed, Refused
from submissions.views import chair_jobs, mail
from submissions.views.papers import actor, find_chaired, find_paper, refusals_as_messages, show


@require_safe
@login_required
def paper_list(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    form, listed = _listed(request, call)
    context = {
        "form": form,
        "rows": listed,
        "counts": chair_list.counts(listed),
        "closing": queries.call_closing(call),
        "filtered": any(request.GET.get(name) for name in ("q", "status", "category")),
        "jobs": chair_jobs.recent(call, request),
        **mail.notices(call, request),
    }
    return show(request, "submissions/chair/papers.html", context, edition=call)


@require_safe
@login_required
def paper_csv(request: HttpRequest, edition: str) -> StreamingHttpResponse:
    call = find_chaired(request, edition)
    _, listed = _listed(request, call)
    response = StreamingHttpResponse(chair_list.as_csv(listed), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{call.file_prefix}-papers.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _listed(request: HttpRequest, edition: Edition) -> tuple[PaperFilterForm, list[chair_list.Row]]:
    form = PaperFilterForm(request.GET, edition=edition)
    form.is_valid()  # a filter that does not exist is left out, and the others hold
    chosen = {name: form.cleaned_data.get(name) or "" for name in ("q", "status", "category", "sort")}
    return form, chair_list.rows(edition=edition, user=actor(request), **chosen)


def _with_form(
    form_class: type[forms.Form], heading: str, explanation: str, button: str
) -> Callable[[Callable[..., str]], Callable[..., HttpResponse]]:
    """A page with one form about one paper. The decorated function does the work and returns the message to show."""

    def decorate(act: Callable[..., str]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @login_required
        @wraps(act)
        def view(request: HttpRequest, edition: str, number: int) -> HttpResponse:
            paper = find_paper(request, edition, number)
            if not policy.may_handle(actor(request), paper):
                raise Http404
            extra: dict[str, Any] = {"edition": paper.edition} if form_class is ExtendForm else {}
            form = form_class(request.POST or None, **extra)
            if request.method == "POST" and form.is_valid():
                try:
                    messages.success(request, act(request, paper, form.cleaned_data))
                    return redirect(paper)
                except NotAllowed as error:
                    raise Http404 from error
                except Refused as error:
                    form.add_error(None, str(error))
            context = {
                "paper": paper,
                "form": form,
                "heading": heading,
                "explanation": explanation,
                "button": button,
                "closing": queries.closing_of(paper),
            }
            status = 422 if form.errors else 200
            return show(request, "submissions/chair/act.html", context, edition=paper.edition, status=status)

        return view

    return decorate


@_with_form(
    ExtendForm,
    "Give this paper more time",
    "Its contacts may work on it until the new time and are told by mail, with your reason.",
    "Extend the deadline",
)
def extend(request: HttpRequest, paper: Paper, data: dict[str, Any]) -> str:
    grants.extend(actor=actor(request), paper=paper, until=data["until"], reason=data["reason"])
    return f"#{paper.number} has more time now. Its contacts have been told by mail."


@_with_form(
    ReasonForm,
    "Waive the page limit",
    "This paper may then have any number of pages. If its latest file was refused only for its length, it counts from "
    "now on. Its contacts are told by mail, with your reason.",
    "Waive the limit",
)
def waive(request: HttpRequest, paper: Paper, data: dict[str, Any]) -> str:
    grants.waive_limit(actor=actor(request), paper=paper, reason=data["reason"])
    return f"The page limit of #{paper.number} is waived. Its contacts have been told by mail."


@_with_form(
    ReasonForm,
    "Mark as out of scope",
    "The paper is not reviewed. Its authors are told by mail, with your reason. You can take this back.",
    "Mark as out of scope",
)
def out_of_scope(request: HttpRequest, paper: Paper, data: dict[str, Any]) -> str:
    papers.mark_out_of_scope(actor=actor(request), paper=paper, reason=data["reason"])
    return f"#{paper.number} is out of scope. Its contacts have been told by mail."


@require_POST
@login_required
@refusals_as_messages
def back_in_scope(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    paper = find_paper(request, edition, number)
    papers.put_back_in_scope(actor=actor(request), paper=paper)
    messages.success(request, f"#{paper.number} is back. Its contacts have been told by mail.")
    return redirect(paper)
