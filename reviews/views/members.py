"""What a member of the committee sees of their own work: what is asked of them now, and their profile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import bid_list, queries
from reviews.forms.members import AbsenceFormSet, ProfileForm
from reviews.models import Member
from reviews.services import members
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, show


@dataclass(frozen=True)
class Section:
    """One thing on a member's page. `done`: nothing is left to do; `closes`: until when it can be done."""

    title: str
    text: str
    url: str = ""
    action: str = ""
    done: bool = False
    closes: datetime | None = None
    #: A part of a page to show below the text, and what it needs.
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


#: What the page shows, in this order: each says what a member is asked for at a moment, or None where there is nothing
#: to say. The parts of the committee's work that come later append theirs in `ReviewsConfig.ready()`.
sections: list[Callable[[Member, HttpRequest], Section | None]] = []


def find_member(request: HttpRequest, edition: str) -> Member:
    """The place that this person holds in the committee of an edition. Otherwise 404, whether there is one or not."""
    held = (
        Member.objects.held_by(request.user).filter(edition__slug=edition).select_related("edition", "user")
    )
    # Whom the chairs have only noted down so far is nobody yet; whom the call prints may read that here too.
    held = held.exclude(state=Member.State.NEW, role__isnull=True)
    places = list(held)
    if not places:
        raise Http404
    # One person may stand in it twice, by account and by address: what was accepted counts.
    return min(places, key=lambda it: (it.state != Member.State.ACCEPTED, it.kind not in it.REVIEWING, it.pk))


def find_reviewer(request: HttpRequest, edition: str) -> Member:
    """The same for pages of those who review: accepted, in a place that brings papers. Otherwise 404."""
    member = find_member(request, edition)
    if not is_reviewer(member):
        raise Http404
    return member


def is_reviewer(member: Member) -> bool:
    return member.state == Member.State.ACCEPTED and member.kind in Member.REVIEWING


@never_cache
@require_safe
@login_required
def home(request: HttpRequest, edition: str) -> HttpResponse:
    """What is asked of this member now, in order."""
    member = find_member(request, edition)
    found = [section for it in sections if (section := it(member, request)) is not None]
    context = {
        "member": member,
        "todo": [it for it in found if not it.done],
        "done": [it for it in found if it.done],
        "reviewer": is_reviewer(member),
        "more": member_links(member),
    }
    return show(request, "reviews/member/home.html", context, edition=member.edition)


def address(name: str, *args: object) -> str:
    """The address called `name`, "" where this installation has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def member_links(member: Member) -> list[tuple[str, str]]:
    """The other pages of a reviewing member: (label, address)."""
    if not is_reviewer(member):
        return []
    pages = (
        ("Your profile", "member_profile"),
        ("Your own papers", "member_papers"),
        ("Bids", "member_bids"),
        ("Conflicts of interest", "member_conflicts"),
    )
    return [(label, url) for label, name in pages if (url := address(name, member.edition.slug))]


def answer(member: Member, request: HttpRequest) -> Section | None:
    """The invitation, until it is accepted."""
    if member.state == Member.State.ACCEPTED:
        return None
    place = f"{member.get_kind_display()} of {member.edition.short_name}"
    if member.state == Member.State.NEW:
        return Section(
            "Nothing yet", f"You are on the list for the {place}. The chairs will write to you.", done=True
        )
    url = address("invitation", member.edition.slug, member.invitation_key)
    if member.state == Member.State.DECLINED:
        return Section(
            "You declined", f"You are not taking part in the {place}.", url, "Look again", done=True
        )
    return Section(
        "Answer the invitation",
        f"You are invited to the {place}. Say yes or no, so that the chairs can plan.",
        url,
        "Answer",
        closes=member.answer_by,
    )


def knowledge(member: Member, request: HttpRequest) -> Section | None:
    """Topics and own papers, from which the best papers are found for this member."""
    if not is_reviewer(member):
        return None
    topics, papers = member.expertise.count(), member.own_papers.count()
    if not member.edition.topics.exists():
        topics = 0
    told = " and ".join(
        words
        for words in (
            f"{topics} topic{'' if topics == 1 else 's'}" if topics else "",
            f"{papers} paper{'' if papers == 1 else 's'} of yours" if papers else "",
        )
        if words
    )
    if told:
        return Section(
            "What you know",
            f"We know {told}.",
            reverse("member_profile", args=[member.edition.slug]),
            "Change",
            done=True,
        )
    return Section(
        "Say what you know",
        "Mark the topics you can review, or add some of your own papers. Papers near your work then come first.",
        reverse("member_profile", args=[member.edition.slug]),
        "Set your topics",
    )


def bidding(member: Member, request: HttpRequest) -> Section | None:
    """The bids, while they are taken."""
    if not is_reviewer(member):
        return None
    arrived_at: datetime = request.arrived_at  # type: ignore[attr-defined]
    state = bid_list.bidding_of(member.edition, arrived_at)
    url = reverse("member_bids", args=[member.edition.slug])
    if state.begins is not None:
        return Section("Bids", "They begin when all papers are in.", done=True)
    far = bid_list.progress(member, actor(request))
    if not far.papers or not far.load:
        return None
    counted = f"You bid on {far.bids} of {far.papers} papers"
    if not state.open_at(arrived_at):
        return Section("Bids", f"{counted}. Bidding is over.", url, "Look at them", done=True)
    closes = state.closing.at if state.closing else None
    if far.enough:
        return Section(
            "Bids", f"{counted}: enough to plan with.", url, "Change your bids", done=True, closes=closes
        )
    return Section(
        "Bid on papers",
        f"{counted}; {far.good} are a good number. Say which you would like to review.",
        url,
        "Bid",
        closes=closes,
    )


sections += [answer, knowledge, bidding]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest, edition: str) -> HttpResponse:
    """Topics, load, days away, collaborators."""
    member = find_reviewer(request, edition)
    kept = members.profile_of(member)
    form = ProfileForm(request.POST or None, member=member, profile=kept)
    absences = AbsenceFormSet(
        request.POST or None,
        prefix="away",
        # Rows are replaced as a whole: a row that was sent is never compared with what is kept.
        initial=None if request.method == "POST" else [vars(it) for it in kept.absences],
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and absences.is_valid():
            try:
                members.save_profile(
                    actor=actor(request),
                    member=member,
                    data=form.profile(absences.absences()),
                    expected=form.cleaned_data["expected"],
                )
            except NotAllowed as error:
                raise Http404 from error
            except Stale as error:
                form.add_error(None, str(error))
                form.take_stamp(members.profile_of(member))
                status = 409
            except Refused as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "Your profile is saved.")
                return redirect("member_home", edition)
    settings = queries.settings_of(member.edition)
    context = {
        "member": member,
        "form": form,
        "absences": absences,
        "usual": 0 if member.is_chair else settings.default_load,
        "load": queries.load_of(member, settings),
        "earlier": members.earlier_places(actor(request), member)[:3],
        "more": member_links(member),
    }
    return show(request, "reviews/member/profile.html", context, edition=member.edition, status=status)


@require_POST
@login_required
def carry_over(request: HttpRequest, edition: str) -> HttpResponse:
    """Take over what this person told for an earlier edition."""
    member = find_reviewer(request, edition)
    source = request.POST.get("from", "")
    earlier = members.earlier_places(actor(request), member)
    place = next((it for it in earlier if it.edition.slug == source), None)
    if place is None:
        messages.error(request, "There is nothing to take over from there.")
        return redirect("member_profile", edition)
    try:
        came = members.carry_over(actor=actor(request), member=member, source=place)
    except NotAllowed as error:
        raise Http404 from error
    parts = [f"{count} {what if count != 1 else what[:-1]}" for what, count in came.items() if count]
    if parts:
        messages.success(request, f"Taken over from {place.edition.short_name}: {', '.join(parts)}.")
    else:
        messages.info(request, f"Everything from {place.edition.short_name} that fits here was here already.")
    return redirect("member_profile", edition)
