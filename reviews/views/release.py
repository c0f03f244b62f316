"""The wizard that releases decisions: choose, read the texts, look at every letter, check, release; and what became of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import release_checks, release_plan
from reviews.forms.release import CorrectForm, FilterForm, ReleaseForm, packed, unpacked
from reviews.letters import decisions as letters
from reviews.models import Decision, Release
from reviews.release_plan import Plan
from reviews.services import release as service
from reviews.services.decisions import words_of
from reviews.views.navigation import decision_tabs
from submissions import mail_list
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.letters import texts as letter_texts
from submissions.models import Edition, Paper
from submissions.services import mail
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, find_chaired, show

STEPS = ("Choose", "Letters", "Preview", "Check and release")
PAGE, LISTED, MAILS = 10, 300, 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choose(request: HttpRequest, edition: str) -> HttpResponse:
    """Which decisions: all that are not released yet, or those ticked."""
    call, user = find_chaired(request, edition), actor(request)
    everything = release_plan.candidates(user, call)
    if request.method == "POST":
        known = list(everything.values_list("paper__number", flat=True))
        texts = request.POST.getlist("paper")
        ticked = {int(it) for it in texts if it.isascii() and it.isdigit() and len(it) < 10}
        if request.POST.get("all"):
            # Those on the other pages as well; what the page showed and nobody ticked stays out.
            ticked |= set(unpacked(request.POST.get("listed", ""), known)) - set(
                unpacked(request.POST.get("shown", ""), known)
            )
        chosen = [it for it in known if it in ticked]
        if chosen:
            return redirect(f"{reverse('chair_release_letters', args=[edition])}?papers={packed(chosen)}")
        messages.error(request, "No paper was chosen. Tick those whose decision you want to release.")
        return redirect("chair_release", edition)
    form = FilterForm(request.GET)
    found = everything
    if form.is_valid():
        if outcome := form.cleaned_data["outcome"]:
            found = found.filter(outcome=outcome)
        if text := form.cleaned_data["q"].strip():
            number = text.removeprefix("#")
            wanted = Q(paper__title__icontains=text)
            if number.isascii() and number.isdigit() and len(number) < 9:
                wanted |= Q(paper__number=int(number))
            found = found.filter(wanted)
    numbers = list(found.values_list("paper__number", flat=True))
    page = Paginator(found, LISTED).get_page(request.GET.get("page"))
    releases = list(Release.objects.visible_to(user).filter(edition=call).select_related("made_by")[:20])
    context = {
        "form": form,
        "page_obj": page,
        "rows": [(it, words_of(it)) for it in page],
        "listed": packed(numbers),
        "shown": packed(it.paper.number for it in page),
        "count": len(numbers),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "undecided": release_plan.handled(user, call).filter(decision__isnull=True).count(),
        "releases": releases,
        "now": timezone.now(),
    }
    return _step(request, call, 0, "reviews/release/choose.html", context)


@never_cache
@require_safe
@login_required
def texts(request: HttpRequest, edition: str) -> HttpResponse:
    """The text of each kind of letter that these decisions need, with the way to change it."""
    call, plan = _plan(request, edition, compose=True)
    if not plan.items:
        return _nothing(request, call)
    rows = []
    for kind in letters.KINDS:
        items = [it for it in plan.items if it.kind is kind]
        if items:
            error = next((it.error for it in items if it.error), "")
            rows.append({"kind": kind, "text": items[0].text, "count": len(items), "error": error})
    if any(it.decision.outcome == Decision.Outcome.CONDITIONAL and it.decision.shepherd for it in plan.items):
        count = sum(it.decision.shepherd is not None for it in plan.items)
        text = letter_texts.of(call, letters.SHEPHERD.slug)
        rows.append({"kind": letters.SHEPHERD, "text": text, "count": count, "error": ""})
    return _step(request, call, 1, "reviews/release/texts.html", {"plan": plan, "rows": rows})


@never_cache
@require_safe
@login_required
def preview(request: HttpRequest, edition: str) -> HttpResponse:
    """Every paper: who gets which letter, and which reviews with which fields are in it."""
    call, plan = _plan(request, edition, compose=False)
    if not plan.items:
        return _nothing(request, call)
    page = Paginator(plan.items, PAGE).get_page(request.GET.get("page"))
    for it in page:
        release_plan.compose_letters(it)
    context = {
        "plan": plan,
        "page_obj": page,
        "items": [(it, words_of(it.decision)) for it in page],
        "fields": [it.label for it in plan.questions if it.visible_to == "authors"],
        "kept": [it.label for it in plan.questions if it.visible_to != "authors"],
    }
    return _step(request, call, 2, "reviews/release/preview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def check(request: HttpRequest, edition: str) -> HttpResponse:
    """What speaks against it, and the button that releases."""
    call, user = find_chaired(request, edition), actor(request)
    form, refused, status = None, "", 200
    if request.method == "POST":
        form, status = ReleaseForm(request.POST), 422
        try:
            if not form.is_valid():
                raise Refused("The form was not complete. Look at the checks again; nothing was released.")
            data = form.cleaned_data
            numbers = unpacked(request.GET.get("papers", ""), _numbers(data["seen"]))
            made = service.release(
                actor=user,
                edition=call,
                numbers=numbers,
                seen=data["seen"],
                ticked=data["ticked"],
                key=data["key"],
            )
            return redirect("chair_release_report", edition, made.key)
        except NotAllowed as error:
            raise Http404 from error
        except Stale as error:
            refused, status = f"{error} The checks below are as of now.", 409
        except Refused as error:
            refused = str(error)
    _, plan = _plan(request, edition, compose=True)
    if not plan.items:
        if refused:
            messages.error(request, refused)
        return _nothing(request, call)
    checks = release_checks.of(plan)
    ticked = (
        set(form.cleaned_data.get("ticked", []))
        if form is not None and form.is_bound and status != 409
        else set()
    )
    context = {
        "plan": plan,
        "form": ReleaseForm(initial={"seen": plan.seen}),
        "checks": [(it, it.stamp in ticked) for it in checks],
        "stopped": any(it.weight == "stop" for it in checks),
        "refused": refused,
        "letters": sum(len(it.readers) for it in plan.items),
        "counts": _counts(plan),
    }
    return _step(request, call, 3, "reviews/release/check.html", context, status=status)


def _counts(plan: Plan) -> list[tuple[str, int]]:
    """How many papers get which decision."""
    found: dict[str, int] = {}
    for it in plan.items:
        found[words_of(it.decision)] = found.get(words_of(it.decision), 0) + 1
    return sorted(found.items())


def _numbers(seen: str) -> list[int]:
    words = (word.partition(":")[0] for word in seen.split())
    return [int(it) for it in words if it.isascii() and it.isdigit() and len(it) < 10]


def _plan(request: HttpRequest, edition: str, *, compose: bool) -> tuple[Edition, Plan]:
    """The plan for the papers that the address names."""
    call, user = find_chaired(request, edition), actor(request)
    known = list(release_plan.candidates(user, call).values_list("paper__number", flat=True))
    numbers = unpacked(request.GET.get("papers", ""), known)
    return call, release_plan.build(user, call, numbers, compose=compose)


def _nothing(request: HttpRequest, call: Edition) -> HttpResponse:
    messages.info(request, "None of these papers has a decision to release. Choose again.")
    return redirect("chair_release", call.slug)


def _step(
    request: HttpRequest,
    call: Edition,
    step: int,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    papers = request.GET.get("papers", "")[:6000]
    frame = {"steps": STEPS, "step": step, "papers": papers, "tabs": _tabs(request, call)}
    return show(request, template, {**frame, **context}, edition=call, status=status)


def _tabs(request: HttpRequest, call: Edition) -> list[dict[str, Any]]:
    """The tabs of the decision room; every page of the wizard belongs to the same one."""
    here = reverse("chair_release", args=[call.slug])
    return [{**it, "current": it["url"] == here} for it in decision_tabs(request, call)]


# -- afterwards -----------------------------------------------------------------------------------------------------------------


def _find(request: HttpRequest, edition: str, key: UUID) -> Release:
    """The release, if this person may know of it. Otherwise 404, at the same cost as for one that never was."""
    rows = Release.objects.visible_to(request.user).filter(edition__slug=edition)
    return get_object_or_404(rows.select_related("edition", "made_by"), key=key)


@never_cache
@require_safe
@login_required
def report(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    """Whom the letters reached, and until then the way back."""
    made = _find(request, edition, key)
    user, call = actor(request), made.edition
    held_since = mail.held_since(call)
    held = held_since is not None
    found = (
        mail_list.visible(call.slug, user)
        .filter(batch=made.key)
        .order_by("about", "to", "pk")
        .select_related("person")
    )
    page = Paginator(found.defer("text", "html").prefetch_related("also_about"), MAILS).get_page(
        request.GET.get("page")
    )
    decisions = Decision.objects.filter(release=made, paper__in=release_plan.handled(user, call))
    decisions = decisions.select_related("paper", "category").order_by("paper__number")
    context = {
        "release": made,
        "page_obj": page,
        "rows": mail_list.rows(page, edition=call, user=user, held=held),
        "counts": mail_list.counts(found, held=held),
        "held_since": held_since,
        "waits": made.undone_at is None and timezone.now() < made.effective_at,
        "decisions": [(it, words_of(it)) for it in decisions],
        "left": release_plan.left(user, made),
        "tabs": _tabs(request, call),
    }
    return show(request, "reviews/release/report.html", context, edition=call)


@require_POST
@login_required
def undo(request: HttpRequest, edition: str, key: UUID) -> HttpResponse:
    made = _find(request, edition, key)
    try:
        count = service.undo(actor=actor(request), release=made)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
        return redirect("chair_release_report", edition, key)
    many = "One decision is" if count == 1 else f"{count} decisions are"
    messages.success(request, f"{many} as before: no letter left, and no author learned of it.")
    return redirect("chair_release", edition)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def correct(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Take one decision that authors know out of its release, to change it and release it again."""
    user = actor(request)
    # One query finds it or nothing, so that a hidden paper costs what a missing one does.
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(user), edition__slug=edition, number=number, state=State.SUBMITTED
    )
    rows = Decision.objects.filter(~release_plan.UNRELEASED, paper__in=handled)
    found = get_object_or_404(rows.select_related("paper", "category"))
    call = find_chaired(request, edition)
    form, status = CorrectForm(initial={"revision": found.revision}), 200
    if request.method == "POST":
        form, status = CorrectForm(request.POST), 422
        if form.is_valid():
            found.paper.edition = call
            try:
                service.reopen(actor=user, paper=found.paper, **form.cleaned_data)
            except NotAllowed as error:
                raise Http404 from error
            except Refused as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(
                    request, f"You can change the decision on #{number} now. Release it again afterwards."
                )
                return redirect("chair_decision", edition, number)
    context = {
        "decision": found,
        "words": words_of(found),
        "form": form,
        "tabs": _tabs(request, call),
    }
    return show(request, "reviews/release/correct.html", context, edition=call, status=status)
