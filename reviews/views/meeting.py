"""Meeting mode: one paper after another on a projector. Before each, who must step out is asked to by name.

The order is fixed when the meeting begins and kept in the session; which papers of it the chair handles is asked for
every page, so that a conflict found meanwhile takes its paper out at once.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from reviews import decision_facts, decision_page, decision_rows, decision_table, queries
from reviews.decision_table import GROUPS, SORTS
from reviews.domain.search import SearchError
from reviews.models import Decision, Member
from reviews.review_list import ShownReview
from reviews.services import decisions
from reviews.services.decisions import Choice
from reviews.views.decisions import asked_in, handled_in, one_of
from reviews.views.navigation import decision_tabs
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show


@dataclass(frozen=True)
class Meeting:
    """What was agreed at the beginning. `present`: keys of members in the room."""

    numbers: list[int]
    present: list[int]
    names: bool

    @classmethod
    def of(cls, request: HttpRequest, edition: Edition) -> "Meeting | None":
        kept = request.session.get(f"meeting-{edition.pk}")
        return cls(**kept) if kept else None

    def keep(self, request: HttpRequest, edition: Edition) -> None:
        request.session[f"meeting-{edition.pk}"] = {
            "numbers": self.numbers,
            "present": self.present,
            "names": self.names,
        }

    def order(self, user: User, edition: Edition) -> list[int]:
        """The papers of the meeting that `user` handles now."""
        handled = set(decision_facts.handled(user, edition).values_list("number", flat=True))
        return [it for it in self.numbers if it in handled]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def start(request: HttpRequest, edition: str) -> HttpResponse:
    """Which papers, in which order, and who is in the room."""
    call, user = find_chaired(request, edition), actor(request)
    data = request.POST if request.method == "POST" else request.GET
    asked, status = asked_in(data), 200
    committee = list(
        Member.objects.filter(edition=call, state=Member.State.ACCEPTED)
        .order_by("name")
        .only("pk", "name", "kind")
    )
    former = Meeting.of(request, call)
    context: dict[str, Any] = {
        "asked": asked,
        "groups": GROUPS,
        "sorts": SORTS,
        "committee": committee,
        "present": former.present if former else [it.pk for it in committee],
        "names": former.names if former else False,
        "former": former,
        "tabs": decision_tabs(request, call),
    }
    try:
        numbers = list(decision_table.listed(user, call, asked).numbers)
        context["count"] = len(numbers)
    except SearchError as error:
        numbers, status = [], 422
        context |= {"error": str(error), "caret": f"{asked.q}\n{' ' * error.at}^"}
    if request.method == "POST" and not context.get("error"):
        told = {
            int(it)
            for it in request.POST.getlist("present")
            if it.isascii() and it.isdigit() and len(it) < 10
        }
        present = [it.pk for it in committee if it.pk in told]
        if numbers:
            Meeting(numbers, present, bool(request.POST.get("names"))).keep(request, call)
            return redirect("chair_meeting_paper", edition, numbers[0])
        context |= {"present": present, "names": bool(request.POST.get("names"))}
        context["error"], status = "This search finds no paper. Change it.", 422
    elif former is not None:
        left = former.order(user, call)
        context["resume"] = left[0] if left else None
    return show(
        request, "reviews/decisions/meeting_start.html", context, edition=call, status=status, may_chair=True
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def paper(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """One paper, or first the names of those who should step out before it is shown."""
    handled = handled_in(request, edition)
    found = one_of(handled, number)
    user, call = actor(request), found.edition
    meeting = Meeting.of(request, call)
    if meeting is None:
        return redirect("chair_meeting", edition)
    if request.method == "POST":
        return _decide(request, found)
    order = meeting.order(user, call)
    place = order.index(number) if number in order else None
    context: dict[str, Any] = {
        "paper": found,
        "place": None if place is None else place + 1,
        "count": len(order),
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place is not None and place + 1 < len(order) else None,
    }
    out = queries.members_in_conflict(found).filter(pk__in=meeting.present).order_by("name")
    leaving = list(out.values_list("name", flat=True).distinct())
    if leaving and request.GET.get("out") != "yes":
        return show(
            request, "reviews/decisions/meeting_out.html", {**context, "leaving": leaving}, edition=call
        )
    facts = decision_facts.facts_of_one(handled, found)
    response = decision_page.response_of(found)
    row = decision_rows.row_of(user, found, facts, has_response=response is not None)
    shown = decision_page.reviews_for(handled, found, user, facts.questions, names=meeting.names)
    reviews = [_for_the_room(it) for it in shown]
    kept = {found.pk: row.decision} if row.decision else {}
    context |= {
        "row": row,
        "facts": facts,
        "reviews": reviews,
        "score_lines": decision_page.score_lines(facts.questions, reviews),
        "response": response,
        "revision": decisions.revisions([found], kept)[found.pk],
        "frozen": decisions.is_frozen(row.decision),
        "outside": leaving,
        "categories": [it for it in call.categories.all() if it.pk != found.category_id],
        "Outcome": Decision.Outcome,
    }
    return show(request, "reviews/decisions/meeting_paper.html", context, edition=call, may_chair=True)


def _for_the_room(review: ShownReview) -> ShownReview:
    """Without what reviewers wrote for the chairs alone: the whole room reads the screen."""
    answers = [it for it in review.answers if it.question.visible_to != "chairs"]
    return replace(review, answers=answers)


def _decide(request: HttpRequest, paper: Paper) -> HttpResponse:
    """A button of the meeting: the outcome, perhaps in another category; texts written before stay."""
    outcome, _, category = request.POST.get("decide", "").partition(":")
    text = request.POST.get("revision", "")
    revision = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    try:
        decisions.apply_many(
            actor=actor(request),
            edition=paper.edition,
            choice=Choice(outcome, category),
            expected={paper.number: revision},
        )
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    address = reverse("chair_meeting_paper", args=[paper.edition.slug, paper.number])
    return redirect(f"{address}?out=yes")
