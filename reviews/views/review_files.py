"""Files of a reviewer's desk: the manuscript and what belongs to it, forms to fill in offline, and all of it as one ZIP."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviews import policy, queries, review_page
from reviews.domain import offline_form
from reviews.domain.review_form import Question
from reviews.models import Assignment, Review
from reviews.views.members import find_member
from submissions.models import ExtraAnswer, ExtraField, Manuscript, Paper
from submissions.storage import manuscripts
from submissions.views.files import served
from submissions.views.papers import actor

CHUNK = 256 * 1024


@require_safe
@login_required
def manuscript(request: HttpRequest, edition: str, number: int) -> FileResponse:
    """The version that counts. Its name tells number and version; what the PDF says of itself is not changed."""
    found = _manuscript(request, edition, number)
    return served(found.file, found.download_name, "application/pdf", attachment=True)


@require_safe
@login_required
def thumbnail(request: HttpRequest, edition: str, number: int) -> FileResponse:
    found = _manuscript(request, edition, number)
    if not found.thumbnail:
        raise Http404
    name = found.download_name.replace(".pdf", ".png")
    return served(found.thumbnail, name, "image/png", attachment=False)


@require_safe
@login_required
def attachment(request: HttpRequest, edition: str, number: int, field: str) -> FileResponse:
    """A file that answers one of the call's questions, where reviewers may see it."""
    answers = ExtraAnswer.objects.filter(
        paper__in=Paper.objects.filter(review_page.papers_read_by(request.user)),
        paper__edition__slug=edition,
        paper__number=number,
        field__slug=field,
        field__visible_to=ExtraField.VisibleTo.COMMITTEE,
    ).exclude(file="")
    answer = get_object_or_404(answers.select_related("paper__edition"))
    paper = answer.paper
    name = f"{paper.edition.file_prefix}-paper{paper.number}-{field}{_ending(answer.value)}"
    return served(answer.file, name, "application/octet-stream", attachment=True)


@never_cache
@require_safe
@login_required
def form(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The form as a text file, with what is saved so far."""
    mine = Q(paper__edition__slug=edition, paper__number=number)
    rows = Assignment.objects.filter(policy.own_assignments(request.user), mine)
    row = get_object_or_404(rows.select_related("paper__edition", "member__user"))
    review = Review.objects.filter(assignment=row).first()
    response = HttpResponse(_form(row, review), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_form_name(row)}"'
    return response


@never_cache
@require_safe
@login_required
def bundle(request: HttpRequest, edition: str) -> HttpResponseBase:
    """All papers of this reviewer with their forms, packed while it is sent: it never stands in memory as a whole."""
    member = find_member(request, edition)
    work = review_page.work_of(actor(request), member.edition, timezone.now())
    if not work:
        messages.info(request, "No paper is assigned to you now, so there is nothing to pack.")
        return redirect("member_reviews", edition)
    name = f"{member.edition.file_prefix}-reviews.zip"
    response = StreamingHttpResponse(_packed(work), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _packed(work: list[review_page.Work]) -> Iterator[bytes]:
    pipe, missing = _Pipe(), []
    questions_of = queries.form_of(work[0].assignment.paper.edition)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # a PDF is compressed already
        for it in work:
            row, file = it.assignment, it.assignment.paper.manuscript
            archive.writestr(
                _form_name(row), _form(row, it.review, questions_of), compress_type=zipfile.ZIP_DEFLATED
            )
            if file is None:
                continue
            file.paper = row.paper  # already here: its name needs no query
            try:
                source = manuscripts().open(str(file.file.name), "rb")
            except FileNotFoundError:
                missing.append(f"#{row.paper.number}")
                continue
            with source, archive.open(file.download_name, "w") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield pipe.taken()
            yield pipe.taken()
        if missing:
            said = f"The files of {', '.join(missing)} could not be found. Tell the chairs.\n"
            archive.writestr("MISSING.txt", said)
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    """What was written since it was last taken. zipfile needs no more: without `seek` it writes sizes behind the data."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = len(self._held)
        self._held += data  # type: ignore[arg-type]
        return len(self._held) - size

    def taken(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _form(row: Assignment, review: Review | None, questions: Sequence[Question] | None = None) -> str:
    paper = row.paper
    return offline_form.write(
        questions or queries.form_of(paper.edition),
        review_page.saved_answers(review),
        review_page.header_of(row, review.revision if review else 0),
        title=paper.title,
        contact=paper.edition.contact_email,
    )


def _form_name(row: Assignment) -> str:
    return f"{row.paper.edition.file_prefix}-review{row.paper.number}.txt"


def _manuscript(request: HttpRequest, edition: str, number: int) -> Manuscript:
    papers = Paper.objects.filter(review_page.papers_read_by(request.user))
    paper = get_object_or_404(
        papers.select_related("edition", "manuscript"), edition__slug=edition, number=number
    )
    if paper.manuscript is None:
        raise Http404
    paper.manuscript.paper = paper
    return paper.manuscript


def _ending(name: str) -> str:
    """The ending of a file's name, where it is one; the rest of the name is the authors' and may tell who they are."""
    ending = PurePath(name).suffix
    return ending if 1 < len(ending) <= 6 and ending[1:].isascii() and ending[1:].isalnum() else ".bin"
