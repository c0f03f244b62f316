"""Where chairs read and change the words of the letters, with a preview for a real reader."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from submissions import queries
from submissions.forms.mail import LetterTextForm
from submissions.letter_kinds import KINDS, LetterKind
from submissions.letters import samples, texts
from submissions.letters.texts import Text
from submissions.models import Edition, LetterText
from submissions.services import letter_texts as service
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, find_chaired, show

#: How many papers the preview offers to choose from.
CHOICE = 200


@never_cache
@require_safe
@login_required
def letters(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    own = {row.kind: row for row in LetterText.objects.filter(edition=call).select_related("changed_by")}
    rows = [
        (kind, own.get(slug), (own.get(slug) or texts.default(slug)).subject) for slug, kind in KINDS.items()
    ]
    return show(request, "submissions/mail/letters.html", {"rows": rows}, edition=call)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def letter(request: HttpRequest, edition: str, kind: str) -> HttpResponse:
    call, it = _find(request, edition, kind)
    now = texts.of(call, kind)
    initial = {"subject": now.subject, "body": now.body, "expected": now.revision}
    form = LetterTextForm(request.POST or None, initial=initial, letter=it)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and request.POST.get("action") != "preview":
        data = form.cleaned_data
        try:
            changed = service.save(actor=actor(request), edition=call, kind=kind, **data)
        except NotAllowed as error:
            raise Http404 from error
        except Stale as error:
            context = {"stale": str(error), "theirs": now}
            again = {**request.POST.dict(), "expected": str(now.revision)}
            form = LetterTextForm(again, letter=it)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The letter is saved." if changed else "Nothing was different.")
            return redirect("chair_letter", call.slug, kind)
    context |= {"form": form, "kind": it, "text": now, "default": texts.default(kind)}
    context |= _preview(request, call, it, form)
    status = 422 if form.is_bound and form.errors else 409 if "stale" in context else 200
    return show(request, "submissions/mail/letter.html", context, edition=call, status=status)


@require_POST
@login_required
def to_default(request: HttpRequest, edition: str, kind: str) -> HttpResponse:
    call, _ = _find(request, edition, kind)
    expected = request.POST.get("expected", "")
    try:
        revision = int(expected) if expected.isascii() and expected.isdigit() and len(expected) < 9 else 0
        service.back_to_default(actor=actor(request), edition=call, kind=kind, expected=revision)
    except NotAllowed as error:
        raise Http404 from error
    except Stale as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The letter has its default text again.")
    return redirect("chair_letter", call.slug, kind)


def _find(request: HttpRequest, edition: str, kind: str) -> tuple[Edition, LetterKind]:
    call = find_chaired(request, edition)
    if kind not in KINDS:
        raise Http404
    return call, KINDS[kind]


def _preview(
    request: HttpRequest, edition: Edition, kind: LetterKind, form: LetterTextForm
) -> dict[str, Any]:
    """The letter as it stands in the form, for the reader chosen; nothing while the text has errors."""
    readers = [
        (f"{paper.number} {address}", f"#{paper.number}, {address}")
        for paper in queries.for_chairs(edition, actor(request))[:CHOICE]
        for address in queries.contacts(paper)
    ]
    chosen = (request.POST or request.GET).get("reader", "")
    if chosen not in dict(readers):
        chosen = readers[0][0] if readers else ""
    number, _, address = chosen.partition(" ")
    paper = None
    if number:
        paper = queries.for_chairs(edition, actor(request)).get(number=int(number))
    source = form.data if form.is_bound else form.initial
    text = Text(str(source.get("subject", "")), str(source.get("body", "")).replace("\r\n", "\n"))
    shown: dict[str, Any] = {"readers": readers, "reader": chosen}
    if not service.check(kind, text.subject, text.body):  # otherwise the form says what is wrong
        shown["letter"] = samples.preview(
            kind, edition=edition, viewer=actor(request), paper=paper, reader=address, text=text
        )
    return shown
