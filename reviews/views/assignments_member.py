"""What a member is asked to review: the list, and an answer for each paper."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import policy
from reviews.forms.assignments import DeclineForm
from reviews.models import Assignment
from reviews.services import assignment_lists, assignments
from reviews.views.members import find_member
from submissions.models import Deadline, Edition
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, show

#: The pages with a button to accept: one returns to where one was.
FROM = {"member_home", "member_reviews", "member_assignments"}


def _due(edition: Edition) -> Deadline | None:
    return Deadline.objects.filter(edition=edition, kind=Deadline.Kind.REVIEWS).order_by("at").last()


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest, edition: str) -> HttpResponse:
    """All papers this member is asked for or has accepted, those without an answer first."""
    member = find_member(request, edition)
    rows = assignment_lists.own(user=actor(request), edition=member.edition)
    context = {
        "member": member,
        "asked": [it for it in rows if it.state == Assignment.State.OFFERED],
        "accepted": [it for it in rows if it.state == Assignment.State.ACCEPTED],
        "masked": policy.masks_authors(member.edition),
        "due": _due(member.edition),
    }
    return show(request, "reviews/assignments/mine.html", context, edition=member.edition)


def _find(request: HttpRequest, edition: str, number: int) -> Assignment:
    """The assignment, if it is this person's to answer. Otherwise 404, as for a paper that does not exist."""
    rows = Assignment.objects.filter(
        policy.own_assignments(request.user), paper__edition__slug=edition, paper__number=number
    )
    found = rows.select_related("paper__edition", "member").first()
    if found is None:
        raise Http404
    return found


@require_POST
@login_required
def accept(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    row = _find(request, edition, number)
    try:
        assignments.accept(actor=actor(request), assignment=row)
    except NotAllowed as error:
        raise Http404 from error
    messages.success(request, f"You review #{number}. Thank you.")
    back = request.POST.get("back", "")
    if back == "member_review":
        return redirect(back, edition, number)
    return redirect(back if back in FROM else "member_assignments", edition)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def decline(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Asks once for a reason and a substitute, both optional; then the chairs find somebody else."""
    row = _find(request, edition, number)
    form = DeclineForm(request.POST or None) if request.method == "POST" else DeclineForm()
    if request.method == "POST" and form.is_valid():
        try:
            assignments.decline(actor=actor(request), assignment=row, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"You declined #{number}. The chairs see it and ask somebody else.")
            return redirect("member_assignments", edition)
    status = 422 if form.is_bound else 200
    context = {"row": row, "form": form}
    return show(
        request, "reviews/assignments/decline.html", context, edition=row.paper.edition, status=status
    )
