"""What the link of an invitation opens. Looking at it changes nothing: mail programs look at links by themselves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from reviews import policy, queries
from reviews.forms.invitation import AcceptForm, DeclineForm, LaterForm
from reviews.letters import invitations as letters
from reviews.models import Member
from reviews.services import invitations as service
from reviews.services.invitations import Invitation
from submissions.domain.deadlines import in_words, zone
from submissions.services.errors import Refused
from submissions.views.papers import show


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    found = service.find(edition=edition, key=key)
    if found is None:
        raise Http404
    forms = _forms(request, found.member)
    status = 200 if found.is_open or found.is_settled else 410
    refused = ""
    if request.method == "POST":
        try:
            done = _act(request, found, key, forms)
        except Refused as error:
            refused, done, status = str(error), False, 409
            found = service.find(edition=edition, key=key) or found
        if done:
            return redirect("invitation", edition, key)
        status = 422 if status == 200 else status
    context = {
        "invitation": found,
        "refused": refused,
        "errors": [form for form in forms.values() if form.errors],
        **forms,
        **_facts(request, found),
    }
    response = show(
        request, "reviews/invitation/answer.html", context, edition=found.member.edition, status=status
    )
    # The address is the key: it must not reach a site that the page links to. Not "no-referrer": with that a browser
    # sends the forms of this page with the origin "null", and they are refused.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _forms(request: HttpRequest, member: Member) -> dict[str, Any]:
    said = request.POST.get("answer") if request.method == "POST" else None
    settings = queries.settings_of(member.edition)
    usual = settings.default_load if member.load_limit is None else member.load_limit
    load = usual if member.load_wanted is None else member.load_wanted
    there = zone(member.edition.time_zone)
    until = member.answer_by.astimezone(there).date() if member.answer_by else timezone.now().date()
    return {
        "accept": AcceptForm(
            request.POST if said == "accept" else None,
            reviews=member.kind in Member.REVIEWING and not member.is_chair,
            initial={"load": load},
        ),
        "decline": DeclineForm(request.POST if said == "decline" else None),
        "later": LaterForm(request.POST if said == "later" else None, initial={"until": until}),
    }


def _act(request: HttpRequest, found: Invitation, key: UUID, forms: dict[str, Any]) -> bool:
    """Do what the button says; False when its form has errors. Raises Refused."""
    said, member, user = request.POST.get("answer", ""), found.member, _user(request)
    if said == "connect" and user is not None:
        refusal = service.connect(actor=user, member=member, key=key)
        if refusal:
            messages.warning(request, refusal)
        else:
            messages.success(request, "Your account holds this place now.")
        return True
    if said not in forms:
        raise Refused("Use one of the buttons below to answer. Nothing was changed.")
    if not forms[said].is_valid():
        return False
    data = forms[said].cleaned_data
    if said == "accept":
        note = service.accept(actor=user, member=member, key=key, load=data.get("load"))
        messages.success(request, "Thank you. You are in the committee.")
        if note:
            messages.warning(request, note)
    elif said == "decline":
        service.decline(actor=user, member=member, key=key, **data)
        messages.success(request, "You declined. The chairs have been told.")
    else:
        moment = service.later(actor=user, member=member, key=key, until=data["until"])
        messages.success(
            request, f"Thank you. This link holds until {in_words(moment, member.edition.time_zone)}."
        )
    return True


def _facts(request: HttpRequest, found: Invitation) -> dict[str, Any]:
    """What is asked, and what comes next."""
    member, user = found.member, _user(request)
    settings = queries.settings_of(member.edition)
    holds = user is not None and Member.objects.filter(policy.members_held_by(user), pk=member.pk).exists()
    refusal = service.why_not_connected(member=member, user=user) if user is not None and not holds else ""
    return {
        "member": member,
        "office": letters.office(member),
        "load_words": letters.load_in_words(member, settings),
        "event": letters.event_of(member.edition),
        "dates": letters.dates_of(member.edition, user),
        "holds": holds,
        "not_yours": refusal,
        "may_connect": found.is_open and user is not None and not holds and not refusal,
        "reviews": member.kind in Member.REVIEWING,
    }
