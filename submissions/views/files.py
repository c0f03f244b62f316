"""Files leave only through here: as attachments, under our own names, never interpreted by the browser."""

from django.contrib.auth.decorators import login_required
from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from submissions.models import Manuscript
from submissions.pdf import inspect
from submissions.views.papers import find_paper


@require_safe
@login_required
def manuscript(request: HttpRequest, edition: str, number: int, version: int) -> FileResponse:
    found = _version(request, edition, number, version)
    return served(found.file, found.download_name, "application/pdf", attachment=True)


@require_safe
@login_required
def thumbnail(request: HttpRequest, edition: str, number: int, version: int) -> FileResponse:
    found = _version(request, edition, number, version)
    if not found.thumbnail:
        raise Http404
    return served(found.thumbnail, found.download_name.replace(".pdf", ".png"), "image/png", attachment=False)


@require_safe
@login_required
def attachment(request: HttpRequest, edition: str, number: int, field: str) -> FileResponse:
    paper = find_paper(request, edition, number)
    answer = next((it for it in paper.extra_answers.all() if it.field.slug == field and it.file), None)
    if answer is None:
        raise Http404
    return served(answer.file, answer.value, "application/octet-stream", attachment=True)


@require_safe
@never_cache
@login_required
def check_state(request: HttpRequest) -> HttpResponse:
    """One sentence for a page that waits for its upload: is the file being checked, or does it wait its turn?"""
    limits = inspect.Limits()
    if inspect.taken(limits) >= limits.slots:
        words = f"All {limits.slots} places of the page check are taken. Your file waits its turn; keep the page open."
    else:
        words = "Your file is being checked."
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


def _version(request: HttpRequest, edition: str, number: int, version: int) -> Manuscript:
    paper = find_paper(request, edition, number)
    return get_object_or_404(paper.manuscripts.select_related("paper__edition"), version=version)


def served(file: File, name: str, content_type: str, *, attachment: bool) -> FileResponse:
    """A stored file under our own name: never sniffed, never run, kept by nobody else. A file that is not there is 404."""
    try:
        response = FileResponse(
            file.open("rb"), as_attachment=attachment, filename=name, content_type=content_type
        )
    except FileNotFoundError as error:
        raise Http404 from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=300"
    return response
