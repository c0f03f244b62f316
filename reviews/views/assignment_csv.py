"""Assignments as a file: taken out, and put in after a look at what it would change."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reviews.domain.assignment_csv import ACTIONS
from reviews.forms.assignment import ImportForm
from reviews.models.assignment import Round
from reviews.services import assignment_csv as service
from reviews.views.assignment import tabs
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show

#: Lines of a preview that the page shows.
SHOWN = 300


@never_cache
@require_safe
@login_required
def take_out(request: HttpRequest, edition: str) -> StreamingHttpResponse:
    call = find_chaired(request, edition)
    lines = service.take_out(actor=actor(request), edition=call)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{call.file_prefix}-assignments.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def put_in(request: HttpRequest, edition: str) -> HttpResponse:
    """One address for all steps: the text is in the form until it is carried out, so nothing is kept half done."""
    call = find_chaired(request, edition)
    form = (
        ImportForm(request.POST or None, request.FILES or None) if request.method == "POST" else ImportForm()
    )
    context: dict[str, Any] = {"form": form, "actions": list(ACTIONS), "rounds": Round.choices}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            text, stamp = form.lines, form.cleaned_data["stamp"]
            if stamp and not form.cleaned_data.get("file"):
                try:
                    count = service.put_in(actor=actor(request), edition=call, text=text, stamp=stamp)
                except NotAllowed as error:
                    raise Http404 from error
                except Refused as error:
                    context["refused"], status = str(error), 409
                else:
                    plural = "" if count == 1 else "s"
                    messages.success(
                        request, f"{count} change{plural} made. The letters leave in ten minutes."
                    )
                    return redirect("chair_assignment", call.slug)
            context |= _shown(service.preview(actor=actor(request), edition=call, text=text), text)
            if status == 422 and not context["preview"].errors:
                status = 200
    context["tabs"] = tabs(request, call)
    return show(request, "reviews/assignment/import.html", context, edition=call, status=status)


def _shown(preview: service.Preview, text: str) -> dict[str, Any]:
    effects = [it for it in preview.lines if it.does != "nothing"]
    return {
        "preview": preview,
        "text": text,
        "effects": effects[:SHOWN],
        "more": max(0, len(effects) - SHOWN),
        "errors": preview.errors[:100],
        "more_errors": max(0, len(preview.errors) - 100),
        "unchanged": len(preview.lines) - len(effects),
    }
