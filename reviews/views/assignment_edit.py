"""By hand: one paper with its reviewers and everybody who could review it, and the buttons at each pair."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reviews import policy, queries
from reviews.domain.roster_csv import MAX_LOAD
from reviews.models import Assignment, Expertise, Member, PairRule, Proposal
from reviews.models.assignment import Round
from reviews.services import assignment_lists, assignments, roster
from reviews.services import proposals as plans
from reviews.views.assignment import back_to, tabs
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, show

PAGE = 25


def _find(request: HttpRequest, edition: str, number: int) -> Paper:
    """The paper, if this chair handles it. Otherwise 404, at the same cost as for a number that was never given out."""
    found = Paper.objects.filter(
        papers_policy.papers_handled_by(request.user),
        edition__slug=edition,
        number=number,
        state=State.SUBMITTED,
    )
    return get_object_or_404(found.select_related("edition", "category"))


@never_cache
@require_safe
@login_required
def paper(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Who reviews it, and everybody who could, best first."""
    found = _find(request, edition, number)
    user, q = actor(request), request.GET.get("q", "").strip()[:200]
    candidates = assignment_lists.candidates(actor=user, paper=found)
    matching = [it for it in candidates if q.casefold() in it.member.name.casefold()]
    pages = Paginator(matching, PAGE).get_page(request.GET.get("page"))
    shared = _topics_in_common(found, [it.member.pk for it in pages])
    live: list[Assignment] = []
    past: list[Assignment] = []
    rows = Assignment.objects.filter(paper=found).select_related("member").order_by("member__name")
    for row in rows:
        (live if row.state in Assignment.LIVE else past).append(row)
    round_ = request.GET.get("round", "")
    context: dict[str, Any] = {
        "paper": found,
        "live": live,
        "past": past,
        "rules": PairRule.objects.filter(paper=found).select_related("member").order_by("member__name"),
        "candidates": [(it, shared[it.member.pk]) for it in pages],
        "page_obj": pages,
        "count": len(candidates),
        "q": q,
        "round": round_ if round_ in Round.values else Round.FIRST.value,
        "rounds": Round.choices,
        "wanted": queries.settings_of(found.edition).reviews_per_paper,
        "plan": plans.visible(actor=user, edition=found.edition).filter(state=Proposal.State.READY).first(),
        "tabs": tabs(request, found.edition),
    }
    return show(request, "reviews/assignment/paper.html", context, edition=found.edition)


def _topics_in_common(paper: Paper, members: list[int]) -> dict[int, list[str]]:
    """Names of the paper's topics that each member knows something of."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Expertise.objects.filter(member__in=members, topic__papers=paper, level__gt=0).order_by(
        "topic__order"
    )
    for member, name in rows.values_list("member", "topic__name"):
        found[member].append(name)
    return found


@require_POST
@login_required
def change(request: HttpRequest, edition: str, number: int, member: int) -> HttpResponse:
    """One button at one pair: assign, withdraw, lock, forbid, or clear the rule."""
    found = _find(request, edition, number)
    who = get_object_or_404(Member, edition=found.edition, pk=member)
    try:
        messages.success(request, _done(request, found, who))
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back_to(request, reverse("chair_assignment_paper", args=[edition, number])))


def _done(request: HttpRequest, paper: Paper, member: Member) -> str:
    """Do what the button says; returns the sentence for the chair."""
    user, action = actor(request), request.POST.get("action", "")
    pair = f"{member.name} and #{paper.number}"
    if action == "assign":
        told = assignment_lists.candidates(actor=user, paper=paper)
        score = next((it.score for it in told if it.member.pk == member.pk), None)
        round_ = request.POST.get("round") or Round.FIRST.value
        assignments.assign(actor=user, paper=paper, member=member, round=round_, score=score)
        return f"{member.name} is asked to review #{paper.number}. The letter leaves in ten minutes."
    if action == "withdraw":
        row = Assignment.objects.filter(paper=paper, member=member).first()
        if row is None:
            raise Refused(f"{member.name} does not review #{paper.number}.")
        assignments.withdraw(actor=user, assignment=row, reason=request.POST.get("reason", ""))
        return f"{member.name} no longer reviews #{paper.number}."
    if action in PairRule.Kind.values:
        assignments.set_rule(actor=user, paper=paper, member=member, kind=action)
        words = (
            "locked: every coming plan holds this pair"
            if action == "lock"
            else "forbidden in every coming plan"
        )
        return f"{pair} are {words}."
    if action == "clear":
        cleared = assignments.clear_rule(actor=user, paper=paper, member=member)
        return f"{pair}: the rule is lifted." if cleared else f"{pair}: there was no rule."
    raise Refused(f"“{action[:40]}” is not something to do with a pair. Nothing was changed.")


@require_POST
@login_required
def load(request: HttpRequest, edition: str, member: int) -> HttpResponse:
    """Set how many papers a member gets at most, as far as their own wish allows."""
    found = Member.objects.filter(policy.members_chaired_by(request.user), edition__slug=edition)
    who = get_object_or_404(found.select_related("edition", "role", "user"), pk=member)
    back = back_to(request, reverse("chair_assignment", args=[edition]) + "?by=member")
    text = request.POST.get("load", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MAX_LOAD):
        messages.error(request, f"“{text[:20]}” is not a load. Write a whole number from 0 to {MAX_LOAD}.")
        return redirect(back)
    facts = roster.facts_of(who)
    try:
        changed = roster.edit(
            actor=actor(request), member=who, facts=replace(facts, load_limit=int(text)), expected=facts.stamp
        )
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
        return redirect(back)
    who.refresh_from_db()
    holds = queries.load_of(who, queries.settings_of(who.edition))
    if holds < int(text):
        messages.warning(
            request, f"{who.name} takes {holds} at most: that is what they said themselves. Ask them."
        )
    elif changed:
        messages.success(request, f"{who.name} gets at most {holds}. Plan again for it to count.")
    return redirect(back)
