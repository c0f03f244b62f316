"""The chairs' pages of the committee's people: the list, adding, changing, importing, inviting."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import AuditEntry
from reviews import policy, queries, roster_list
from reviews.domain.roster_plan import Plan
from reviews.forms.roster import FilterForm, ImportForm, MemberForm
from reviews.models import Member
from reviews.services import guests, invitations, more_time, roster, roster_import
from reviews.views.navigation import committee_tabs
from submissions.models import Edition
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, find_chaired, show

PAGE_SIZE = 100
#: What the record says of a member, in words.
WHAT = {
    "member.added": "Added",
    "member.edited": "Changed",
    "member.removed": "Removed",
    "member.restored": "Put back on the list",
    "member.accepted": "Accepted",
    "member.declined": "Declined",
    "member.later": "Will answer later",
    "member.connected": "Connected with the account",
    "member.profile_changed": "Changed the profile",
    "member.carried_over": "Took over what was told for an earlier edition",
    "member.papers_added": "Added own papers",
    "member.papers_removed": "Removed own papers",
}
ANSWERS = ("member.accepted", "member.declined", "member.later")


@never_cache
@require_safe
@login_required
def people(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    everybody = roster_list.rows(call)
    form, listed = _listed(request, everybody)
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": list(page),
        "everybody": everybody,
        "counts": roster_list.counts(everybody, edition=call, user=actor(request)),
        "to_invite": sum(it.member.state == Member.State.NEW and it.may_invite for it in everybody),
        "bounced": [it for it in everybody if it.bounced],
        "requests": sum(it.waiting(actor(request), call.slug).count() for it in (more_time, guests)),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "choose_all": request.GET.get("choose") == "all",
        "may_choose": any(it.may_invite for it in page),
        "tabs": committee_tabs(request, call),
    }
    return show(request, "reviews/roster/list.html", context, edition=call)


@never_cache
@require_safe
@login_required
def people_csv(request: HttpRequest, edition: str) -> StreamingHttpResponse:
    call = find_chaired(request, edition)
    _, listed = _listed(request, roster_list.rows(call))
    response = StreamingHttpResponse(roster_list.as_csv(listed), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{call.file_prefix}-committee.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _listed(
    request: HttpRequest, everybody: list[roster_list.Row]
) -> tuple[FilterForm, list[roster_list.Row]]:
    form = FilterForm(request.GET)
    form.is_valid()  # a filter that does not exist is left out, and the others hold
    chosen = {name: form.cleaned_data.get(name) or "" for name in form.fields}
    return form, roster_list.matching(everybody, **chosen)


def _member(request: HttpRequest, edition: str, member: int) -> Member:
    """The member, if this person runs the edition. Otherwise 404, at the same cost as for one that was never there."""
    found = Member.objects.filter(policy.members_chaired_by(request.user), edition__slug=edition)
    return get_object_or_404(found.select_related("edition", "role", "user"), pk=member)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    form = MemberForm(request.POST or None, initial={"name": request.GET.get("name", "")[:200]})
    if request.method == "POST" and form.is_valid():
        try:
            made = roster.add(actor=actor(request), edition=call, facts=form.facts)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.name} is on the list, and not yet invited.")
            return redirect("chair_committee", call.slug)
    return _form_page(request, call, form, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, edition: str, member: int) -> HttpResponse:
    found = _member(request, edition, member)
    facts, status = roster.facts_of(found), 0
    initial = {**facts.__dict__, "expected": facts.stamp}
    form = MemberForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = roster.edit(
                actor=actor(request), member=found, facts=form.facts, expected=form.cleaned_data["expected"]
            )
        except NotAllowed as error:
            raise Http404 from error
        except Stale as error:
            form.add_error(None, str(error))
            # The next save is for what is shown now.
            form.data = {**request.POST.dict(), "expected": facts.stamp}
            status = 409
        except Refused as error:
            form.add_error(None, str(error))
        else:
            if changed:
                messages.success(request, f"The entry of {form.facts.name} is saved.")
            return redirect("chair_committee", edition)
    return _form_page(request, found.edition, form, found, status)


def _form_page(
    request: HttpRequest, edition: Edition, form: MemberForm, member: Member | None, status: int = 0
) -> HttpResponse:
    context = {"form": form, "member": member, "history": _history(member) if member else []}
    status = status or (422 if form.errors else 200)
    return show(request, "reviews/roster/member.html", context, edition=edition, status=status)


def _history(member: Member) -> list[dict[str, Any]]:
    """What happened to the entry, latest first."""
    entries = audit.history(member)[:20]
    return [{"at": it.at, "words": f"{WHAT.get(it.verb, it.verb)}, {_by(it)}"} for it in entries]


def _by(entry: AuditEntry) -> str:
    """Who did it, by the name they had, for accounts go. An answer without an account came by the link."""
    by_link = entry.actor_id is None and entry.actor_label == audit.SYSTEM and entry.verb in ANSWERS
    return "by the link in the letter" if by_link else entry.actor_label


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def remove(request: HttpRequest, edition: str, member: int) -> HttpResponse:
    found = _member(request, edition, member)
    refused, status = "", 200
    if request.method == "POST":
        try:
            held = roster.remove(actor=actor(request), member=found)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            refused, status = str(error), 422
        else:
            messages.success(request, f"{found.name} is no longer in the committee. Conflicts stay.")
            if held:
                messages.warning(
                    request, f"The call goes on to print {found.name}: {held} refer to that line."
                )
            return redirect("chair_committee", edition)
    context = {"member": found, "refused": refused}
    return show(request, "reviews/roster/remove.html", context, edition=found.edition, status=status)


@require_POST
@login_required
def restore(request: HttpRequest, edition: str, member: int) -> HttpResponse:
    found = _member(request, edition, member)
    try:
        done = roster.restore(actor=actor(request), member=found)
    except NotAllowed as error:
        raise Http404 from error
    if done:
        messages.success(request, f"{found.name} is back on the list, and not yet invited.")
    return redirect("chair_committee", edition)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def import_people(request: HttpRequest, edition: str) -> HttpResponse:
    """One address for all steps: the text is in the form until it is imported, so nothing is kept half done."""
    call = find_chaired(request, edition)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "topics": list(call.topics.all())}
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        else:
            text, plan = _read(form)
            if form.cleaned_data["expected"] and not form.cleaned_data["file"] and plan is None:
                try:
                    return _import(request, call, form, text)
                except NotAllowed as error:
                    raise Http404 from error
                except Refused as error:
                    context["refused"], status = str(error), 409
            plan = plan or roster_import.plan(edition=call, text=text)
            context |= {"plan": plan, "text": text, "kind": form.cleaned_data["kind"]}
            if plan.problems:
                status = 422
    return show(request, "reviews/roster/import.html", context, edition=call, status=status)


def _read(form: ImportForm) -> tuple[str, Plan | None]:
    data = form.data_of_file()
    return roster_import.text_of(form.cleaned_data["text"] if data is None else data)


def _import(request: HttpRequest, edition: Edition, form: ImportForm, text: str) -> HttpResponse:
    done = roster_import.apply(
        actor=actor(request),
        edition=edition,
        text=text,
        kind=form.cleaned_data["kind"],
        expected=form.cleaned_data["expected"],
    )
    messages.success(
        request, f"Imported: {len(done.new)} new, {len(done.changed)} changed. Nobody was written to yet."
    )
    return redirect("chair_committee", edition.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite(request: HttpRequest, edition: str) -> HttpResponse:
    """Everybody who gets an invitation, and the letter; then the sending of exactly that."""
    call = find_chaired(request, edition)
    sent = request.POST if request.method == "POST" else request.GET
    chosen = (
        None
        if sent.get("all")
        else [int(it) for it in sent.getlist("member") if it.isdecimal() and len(it) < 10]
    )
    context: dict[str, Any] = {"all": chosen is None}
    status = 200
    if request.method == "POST":
        try:
            number = invitations.send(
                actor=actor(request), edition=call, members=chosen, expected=sent.get("expected", "")
            )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            context["refused"], status = str(error), 409
        else:
            letters = "One invitation is" if number == 1 else f"{number} invitations are"
            messages.success(request, f"{letters} on the way.")
            return redirect("chair_committee", call.slug)
    found = invitations.round_of(edition=call, members=chosen)
    context["round"] = found
    if found.members:
        wanted = sent.get("reader", "")
        to = next((it for it in found.members if str(it.pk) == wanted), found.members[0])
        context |= {
            "to": to,
            "letter": invitations.preview(member=to),
            "until": invitations.answer_by(call, queries.settings_of(call).invitation_days),
            "again": [it for it in found.members if it.invitations],
        }
    return show(request, "reviews/roster/invite.html", context, edition=call, status=status)
