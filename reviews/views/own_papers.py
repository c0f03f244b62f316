"""A member's own papers: the list, adding with a look before, and removing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reviews.forms.own_papers import OwnPapersForm
from reviews.models import Member
from reviews.services import own_papers
from reviews.services.own_papers import MOST_PAPERS, fingerprint
from reviews.views.members import find_reviewer, member_links
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, show


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    return _page(request, find_reviewer(request, edition), OwnPapersForm())


@never_cache
@require_POST
@login_required
def add(request: HttpRequest, edition: str) -> HttpResponse:
    """First shows what was read; keeps it when that was confirmed."""
    member = find_reviewer(request, edition)
    form = OwnPapersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, member, form, status=422)
    reading, text, source = form.reading()
    if reading.entries and request.POST.get("action") == "keep":
        try:
            count = own_papers.add(
                actor=actor(request), member=member, entries=reading.entries, source=source
            )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _in_words(count))
            return redirect("member_papers", edition)
    known = set(member.own_papers.values_list("fingerprint", flat=True))
    rows = [(it, fingerprint(it.title) in known) for it in reading.entries]
    context = {
        "member": member,
        "rows": rows,
        "new": sum(not is_known for _, is_known in rows),
        "known": sum(is_known for _, is_known in rows),
        "problems": reading.problems,
        "errors": form.non_field_errors(),
        "text": text,
        "source": source,
    }
    status = 422 if form.errors or not rows else 200
    return show(request, "reviews/member/papers_preview.html", context, edition=member.edition, status=status)


@require_POST
@login_required
def remove(request: HttpRequest, edition: str) -> HttpResponse:
    """Remove one paper, or all of them."""
    member = find_reviewer(request, edition)
    chosen = request.POST.get("paper", "")
    paper = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 else 0
    try:
        count = own_papers.remove(
            actor=actor(request), member=member, paper=None if chosen == "all" else paper
        )
    except NotAllowed as error:
        raise Http404 from error
    if count:
        messages.success(request, f"{count} paper{'' if count == 1 else 's'} removed.")
    else:
        messages.info(request, "There was nothing left to remove.")
    return redirect("member_papers", edition)


def _page(request: HttpRequest, member: Member, form: OwnPapersForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "member": member,
        "form": form,
        "papers": list(member.own_papers.all()),
        "most": MOST_PAPERS,
        "more": member_links(member),
    }
    return show(request, "reviews/member/papers.html", context, edition=member.edition, status=status)


def _in_words(count: dict[str, int]) -> str:
    new, completed, known = count["new"], count["completed"], count["known"]
    said = [f"{new} paper{'' if new == 1 else 's'} added."] if new or not completed else []
    if completed:
        said.append(f"{completed} that you had {'was' if completed == 1 else 'were'} completed.")
    if known:
        said.append(f"{known} {'was' if known == 1 else 'were'} here already.")
    return " ".join([*said, "Your matches are computed anew within some minutes."])
