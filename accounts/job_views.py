"""The page of one job: how far it is, a button to stop it, and its result. For the person who asked for it only."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import jobs
from accounts.job_models import Job
from accounts.views import PersonalRequest


def _find(request: HttpRequest, key: object) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.user), key=key)


@require_safe
@never_cache
@login_required
def page(request: HttpRequest, key: object) -> HttpResponse:
    """The whole page, or for htmx, which asks every second, the part that changes."""
    job = _find(request, key)
    kind = jobs.KINDS.get(job.kind)
    template = "jobs/progress.html" if request.headers.get("HX-Request") else "jobs/job.html"
    return render(request, template, {"job": job, "title": kind.title if kind else job.kind})


@require_POST
@login_required
def cancel(request: PersonalRequest, key: object) -> HttpResponse:
    job = _find(request, key)
    if not jobs.cancel(actor=request.user, job=job):
        messages.info(request, "It had already ended.")
    return redirect(job)


@require_safe
@login_required
def result(request: PersonalRequest, key: object) -> FileResponse:
    """The file, as an attachment. Who lost the right to start such a job since does not get it any more."""
    job = _find(request, key)
    kind = jobs.KINDS.get(job.kind)
    if (
        job.state != Job.State.DONE
        or not job.result
        or not kind
        or not kind.allows(request.user, job.edition)
    ):
        raise Http404
    try:
        file = (jobs.folder() / job.result).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, as_attachment=True, filename=job.result_name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
