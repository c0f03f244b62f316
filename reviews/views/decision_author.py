"""What authors see of a decision, once it is released; and the page on which a shepherd says that its conditions are met."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reviews import policy
from reviews.letters import decisions as letters
from reviews.models import AuthorResponse, Decision, Member
from reviews.release_plan import reviews_told
from reviews.services import release as service
from reviews.views.members import Section
from submissions import letters as paper_letters
from submissions.domain.workflow import State
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.notices import Notice
from submissions.views.papers import actor, show

TITLES = {
    Decision.Outcome.ACCEPT: "Accepted",
    Decision.Outcome.CONDITIONAL: "Accepted on conditions",
    Decision.Outcome.REJECT: "Not accepted",
    Decision.Outcome.DESK_REJECT: "Not accepted, without review",
}


def title_of(decision: Decision) -> str:
    """The decision as a heading: "Accepted as Short paper"."""
    if decision.met_at is not None:
        return "Accepted: the conditions are met"
    title = TITLES[Decision.Outcome(decision.outcome)]
    if decision.category is None:
        return title
    return f"Accepted as {decision.category}" + (
        ", on conditions" if decision.outcome == Decision.Outcome.CONDITIONAL else ""
    )


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The decision as authors read it. Before its release there is no such page, for anybody."""
    rows = Decision.objects.filter(policy.decisions_told_to(request.user), paper__edition__slug=edition)
    related = ("paper__edition", "paper__category", "category", "shepherd", "release")
    found = get_object_or_404(rows.select_related(*related), paper__number=number)
    paper = found.paper
    category = found.category or paper.category
    date = letters.final_date(paper, category)
    response = AuthorResponse.objects.filter(paper=paper, submitted_at__isnull=False).first()
    context = {
        "paper": paper,
        "decision": found,
        "title": title_of(found),
        "accepted": found.outcome in Decision.ACCEPTED and paper.state == State.SUBMITTED,
        "category": category,
        "pages": letters.pages_in_words(category),
        "final": date,
        "reviews": reviews_told(found, found.released_reviews.select_related("version__review")),
        "response": response,
    }
    return show(request, "reviews/decision/page.html", context, edition=paper.edition)


def notices(request: HttpRequest, papers: Sequence[Paper]) -> Mapping[int, Notice]:
    """For submissions.views.notices: what became of each of these papers, as far as it is released. One query."""
    rows = Decision.objects.released().filter(paper__in=papers).select_related("category", "paper__edition")
    return {it.paper_id: _notice(it) for it in rows}


def _notice(decision: Decision) -> Notice:
    good = decision.outcome in Decision.ACCEPTED
    return Notice(
        title=title_of(decision),
        kind="success" if good else "info",
        icon="circle-check" if good else "info",
        url=letters.page_of(decision.paper),
        action="Read the decision"
        if decision.outcome == Decision.Outcome.DESK_REJECT
        else "Read the decision and the reviews",
    )


# -- the shepherd -----------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def shepherd(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """What the paper's acceptance depends on, and the button that says it is done."""
    rows = Decision.objects.filter(policy.decisions_shepherded_by(request.user), paper__edition__slug=edition)
    related = ("paper__edition", "paper__category", "category", "shepherd")
    found = get_object_or_404(rows.select_related(*related), paper__number=number)
    if request.method == "POST":
        try:
            if service.mark_met(actor=actor(request), decision=found):
                messages.success(
                    request, f"#{number} is accepted without conditions now. Its contacts were told by mail."
                )
            else:
                messages.info(request, "You said so before; nothing was changed.")
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, str(error))
        return redirect("member_shepherd", edition, number)
    paper = found.paper
    context = {
        "paper": paper,
        "decision": found,
        "others": rows.exclude(pk=found.pk)
        .filter(outcome=Decision.Outcome.CONDITIONAL)
        .order_by("paper__number")
        .values_list("paper__number", flat=True),
        "contacts": list(paper_letters.readers_of_many([paper])[paper.pk]),
        "final": letters.final_date(paper, found.category or paper.category),
    }
    return show(request, "reviews/decision/shepherd.html", context, edition=paper.edition)


def section(member: Member, request: HttpRequest) -> Section | None:
    """On the member's page: papers whose conditions they look after. One query."""
    rows = Decision.objects.filter(
        policy.decisions_shepherded_by(request.user), shepherd=member, outcome=Decision.Outcome.CONDITIONAL
    )
    found = list(rows.select_related("paper").order_by("met_at", "paper__number"))
    if not found:
        return None
    waiting = [it for it in found if it.met_at is None]
    first = (waiting or found)[0].paper
    named = ", ".join(f"#{it.paper.number}" for it in waiting or found)
    text = (
        f"You are shepherd of {named}: say when the conditions are met."
        if waiting
        else f"The conditions of {named} are met. Thank you."
    )
    url = reverse("member_shepherd", args=[member.edition.slug, first.number])
    return Section("Shepherding", text, url, f"Open #{first.number}", done=not waiting)
