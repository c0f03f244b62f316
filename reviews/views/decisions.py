"""The chairs' decision room: the table, one paper, and decisions on many papers at once."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from reviews import decision_facts, decision_page, decision_rows, decision_table, participants
from reviews.decision_table import GROUPS, SORTS, Asked
from reviews.domain.search import KEYS, SearchError
from reviews.forms.decisions import DecisionForm
from reviews.services import decisions, handling, reviews, tags
from reviews.services.decisions import AlreadyDecided
from reviews.views.assignment import back_to
from reviews.views.navigation import decision_tabs
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show


def asked_in(data: Mapping[str, Any]) -> Asked:
    """What an address or a form asks for; what does not exist is left out."""
    group, sort = data.get("group", ""), data.get("sort", "")
    return Asked(
        data.get("q", "").replace("\0", "").strip(),
        group if group in dict(GROUPS) else "",
        sort if sort.removeprefix("-") in SORTS else "number",
    )


def handled_in(request: HttpRequest, edition: str) -> QuerySet[Paper]:
    """The papers under review that this chair decides on, by the edition's slug."""
    handled = papers_policy.papers_handled_by(request.user)
    return Paper.objects.filter(handled, edition__slug=edition, state=State.SUBMITTED)


def find(request: HttpRequest, edition: str, number: int) -> Paper:
    """The paper, if this chair handles it. Otherwise 404, at the same cost as for a number that was never given out."""
    return one_of(handled_in(request, edition), number)


def one_of(handled: QuerySet[Paper], number: int) -> Paper:
    """The paper with `number`, with all that its page shows. Four queries. Raises Http404."""
    joined = handled.select_related(
        *("edition", "category", "manuscript", "waiver", "handling__chair"),
        *(f"decision__{it}" for it in ("category", "release", "shepherd", "decided_by")),
    )
    return get_object_or_404(
        joined.prefetch_related("topics", "authors", "edition__categories"), number=number
    )


@never_cache
@require_safe
@login_required
def table(request: HttpRequest, edition: str) -> HttpResponse:
    """All papers that this chair handles: searched, grouped, sorted, fifty on a page."""
    call, user = find_chaired(request, edition), actor(request)
    asked, error = asked_in(request.GET), None
    try:
        found = decision_table.listed(user, call, asked)
    except SearchError as mistake:
        error, found = mistake, None
    all_scores = request.GET.get("scores") == "all"
    context: dict[str, Any] = {
        "asked": asked,
        "keys": KEYS.values(),
        "all_scores": all_scores,
        "tabs": decision_tabs(request, call),
        "without_chair": handling.without_chair(actor=user, edition=call),
        "sorts": SORTS,
    }
    if error is not None:
        context |= {"error": str(error), "caret": f"{asked.q}\n{' ' * error.at}^"}
    if found is not None:
        rows, pages = decision_rows.page(
            user, call, found, request.GET.get("page", ""), all_scores=all_scores
        )
        context |= {
            "rows": rows,
            "page_obj": pages,
            "facts": found.facts,
            "groups": _groups(request, found),
            "columns": {name: _column(request, asked, name) for name in SORTS},
            "tags": decision_table.offered_tags(call, found.facts.papers),
        }
    status = 422 if error else 200
    return show(request, "reviews/decisions/table.html", context, edition=call, status=status, may_chair=True)


def _groups(request: HttpRequest, found: decision_table.Listed) -> list[dict[str, Any]]:
    chosen = request.GET.get("group", "")
    entries = [("", "All", found.everything), *((slug, label, found.counts[slug]) for slug, label in GROUPS)]
    return [
        {
            "label": label,
            "count": count,
            "current": chosen == slug,
            "url": _with(request, group=slug, page=""),
        }
        for slug, label, count in entries
    ]


def _column(request: HttpRequest, asked: Asked, name: str) -> dict[str, str]:
    """The link in the head of a column; the one it is sorted by turns round."""
    current = asked.by == name
    sort = f"-{name}" if current and not asked.turned else name
    order = ("descending" if asked.descending else "ascending") if current else ""
    return {"url": _with(request, sort=sort, page=""), "order": order, "label": SORTS[name]}


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


# -- one paper --------------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def paper(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Everything that one decides by, and the form for it."""
    handled, user = handled_in(request, edition), actor(request)
    found = one_of(handled, number)
    facts = decision_facts.facts_of_one(handled, found)
    response = decision_page.response_of(found)
    row = decision_rows.row_of(user, found, facts, has_response=response is not None)
    revision = decisions.revisions([found], {found.pk: row.decision} if row.decision else {})[found.pk]
    fitting: dict[str, Any] = {
        "edition": found.edition,
        "own": found.category,
        "shepherds": decision_page.shepherds_for(found),
    }
    start = DecisionForm.start(row.decision, revision)
    form, status = DecisionForm(initial=start, **fitting), 200
    if request.method == "POST":
        form, status = DecisionForm(request.POST, **fitting), 422
        if form.is_valid():
            try:
                return _decided(request, found, form)
            except NotAllowed as error:
                raise Http404 from error
            except AlreadyDecided as error:
                form.add_error(
                    None, f"{error} Your choice is still below: send it again to put it in its place."
                )
                # The next attempt is for the decision as it is now.
                form.data = {**request.POST.dict(), "revision": str(revision)}
                status = 409
            except Refused as error:
                form.add_error(None, str(error))
    shown = decision_page.reviews_for(handled, found, user, facts.questions)
    context: dict[str, Any] = {
        "paper": found,
        "row": row,
        "facts": facts,
        "form": form,
        "revision": revision,
        "words": decisions.words_of(row.decision),
        "frozen": decisions.is_frozen(row.decision),
        "reviews": shown,
        "unread": [it for it in shown if it.is_new or it.is_changed],
        "score_lines": decision_page.score_lines(facts.questions, shown),
        "outstanding": decision_page.outstanding(found),
        "response": response,
        "chairs": participants.without_conflict(found, user),
        "history": decision_page.history_of(found),
        "next_undecided": decision_page.next_undecided(handled, found),
        "tabs": decision_tabs(request, found.edition),
    }
    return show(
        request, "reviews/decisions/paper.html", context, edition=found.edition, status=status, may_chair=True
    )


def _decided(request: HttpRequest, paper: Paper, form: DecisionForm) -> HttpResponse:
    decision = decisions.decide(
        actor=actor(request), paper=paper, choice=form.choice, revision=form.cleaned_data["revision"]
    )
    messages.success(
        request,
        f"#{paper.number}: {decisions.words_of(decision)}. Its authors are told when you release it; until then you can change it.",
    )
    return redirect(back_to(request, reverse("chair_decision", args=[paper.edition.slug, paper.number])))


@require_POST
@login_required
def take_back(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Undo the decision, as long as it is not released."""
    found = find(request, edition, number)
    try:
        decisions.take_back(actor=actor(request), paper=found, revision=whole(request, "revision"))
        messages.success(request, f"#{number} has no decision now.")
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back_to(request, reverse("chair_decision", args=[edition, number])))


@require_POST
@login_required
def read(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The reviews that the page showed were read, in these versions (`read`: "key:version", as often as wanted)."""
    found = find(request, edition, number)
    versions = {}
    for pair in request.POST.getlist("read")[:100]:
        key, _, version = pair.partition(":")
        if key.isascii() and version.isascii() and key.isdigit() and version.isdigit() and len(pair) < 20:
            versions[int(key)] = int(version)
    reviews.mark_read(actor=actor(request), paper=found, versions=versions)
    return redirect(f"{reverse('chair_decision', args=[edition, number])}#reviews")


@require_POST
@login_required
def handle(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Choose the chair who handles a paper."""
    found = find(request, edition, number)
    try:
        chair = chosen_chair(request, found.edition)
        handling.set_chair(actor=actor(request), paper=found, chair=chair)
        who = (
            f"{chair.name or chair} handles #{number} now." if chair else f"Any chair handles #{number} now."
        )
        messages.success(request, who)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect("chair_decision", edition, number)


def chosen_chair(request: HttpRequest, edition: Edition) -> User | None:
    """The chair that a form names, None for any of them. Raises Refused for anybody else."""
    chosen = request.POST.get("chair", "")
    found = next((it for it in participants.chairs_of(edition) if str(it.pk) == chosen), None)
    if chosen and found is None:
        raise Refused(f"“{chosen[:20]}” is not a chair of this edition. Choose one of the list.")
    return found


@require_POST
@login_required
def tag_one(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Set the tags of one paper: what the field holds, and no others."""
    found = find(request, edition, number)
    try:
        wanted = tags.parse(request.POST.get("tags", ""))
        present = set(found.tags.values_list("name", flat=True))
        tags.change(
            actor=actor(request),
            edition=found.edition,
            numbers=[number],
            add=wanted,
            remove=present - set(wanted),
        )
        messages.success(request, f"#{number}: {', '.join(sorted(wanted)) or 'no tags'}.")
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    return redirect("chair_decision", edition, number)


def whole(request: HttpRequest, name: str) -> int:
    """A whole number of the form; -1, which fits no revision, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
