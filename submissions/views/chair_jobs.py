"""The chairs' buttons for long work. Its progress has a page of its own (accounts.job_views)."""

from typing import Literal

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import jobs
from submissions.views.papers import actor, find_chaired


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
