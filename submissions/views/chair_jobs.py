"""The chairs' buttons for long work. Its progress has a page of its own (accounts.job_views)."""

from typing import Any, Literal

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import jobs
from accounts.job_models import Job
from submissions.models import Edition
from submissions.views.papers import actor, find_chaired

#: How many earlier exports and checks the list of papers leads back to.
SHOWN = 3


def recent(edition: Edition, request: HttpRequest) -> list[dict[str, Any]]:
    """The person's latest long work on this edition: who left its page finds the way back. One query."""
    found = Job.objects.visible_to(request.user).filter(edition=edition.slug, kind__in=jobs.KINDS)[:SHOWN]
    return [{"job": job, "title": jobs.KINDS[job.kind].title} for job in found]


@require_POST
@login_required
def start(request: HttpRequest, edition: str, kind: Literal["check", "export"]) -> HttpResponse:
    call = find_chaired(request, edition)
    try:
        job = jobs.start(
            actor=actor(request), kind=kind, edition=call.slug, back=reverse("chair_papers", args=[call.slug])
        )
    except PermissionDenied as error:
        raise Http404 from error
    return redirect(job)
