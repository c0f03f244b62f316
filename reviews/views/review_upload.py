"""Forms that a reviewer filled in offline come back: all of them are kept, or none, with every mistake and its line."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reviews.forms.review_upload import UploadForm
from reviews.services import review_upload
from reviews.services.review_upload import Done, Mistakes
from reviews.views.members import find_member
from submissions.uploads import failed_files
from submissions.views.papers import actor, show

NOT_RECEIVED = "This site could not receive the files just now; nothing was saved. Try again in some minutes."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    member = find_member(request, edition)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    mistakes: Mistakes | None = None
    if request.method == "POST":
        try:
            if failed_files(request):
                raise Mistakes([NOT_RECEIVED], in_files=False)
            form.is_valid()
            done = review_upload.put_in(
                actor=actor(request),
                edition=member.edition,
                found=form.collect(),
                arrived_at=request.arrived_at,  # type: ignore[attr-defined]
                replace=form.cleaned_data["replace"],
                submit=form.cleaned_data["submit"],
            )
        except Mistakes as error:
            mistakes = error
        else:
            _say(request, done)
            if len(done.numbers) == 1 and not done.submitted:
                return redirect("member_review", edition, done.numbers[0])
            return redirect("member_reviews", edition)
    context = {"member": member, "form": form, "mistakes": mistakes}
    return show(
        request,
        "reviews/review/upload.html",
        context,
        edition=member.edition,
        status=422 if mistakes else 200,
    )


def _say(request: HttpRequest, done: Done) -> None:
    """What became of each paper, in one message for each fate."""
    submitted = set(done.submitted)
    drafts = [it for it in done.saved if it not in submitted]
    same = [it for it in done.unchanged if it not in submitted]
    if submitted:
        messages.success(request, f"Submitted, thank you: {_numbers(done.submitted)}.")
    if drafts:
        messages.success(request, f"Saved as drafts, which nobody else reads: {_numbers(drafts)}.")
    if same:
        messages.info(request, f"Already saved just like this: {_numbers(same)}.")
    if done.blank:
        messages.info(request, f"Left blank, so nothing was changed: {_numbers(done.blank)}.")
    for number, why in sorted(done.not_submitted.items()):
        messages.warning(request, f"#{number} is not submitted: {why}.".replace("..", "."))


def _numbers(numbers: list[int]) -> str:
    return ", ".join(f"#{it}" for it in sorted(numbers))
