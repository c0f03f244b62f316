"""The chairs' mail: every message of the edition, what became of it, and what one can do about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.models import Message
from submissions import mail_list
from submissions.forms.mail import MessageFilterForm
from submissions.models import Edition
from submissions.services import mail
from submissions.services.announcements import KIND
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show

PAGE_SIZE = 50


@never_cache
@require_safe
@login_required
def message_list(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    held_since = mail.held_since(call)
    held = held_since is not None
    found = mail_list.visible(call.slug, actor(request)).select_related("person")
    form = MessageFilterForm(request.GET)
    batch = _batch(request)
    if batch:
        found = found.filter(batch=batch)
    of_batch = found
    if form.is_valid():
        found = mail_list.matching(found, edition=call, held=held, **form.cleaned_data)
    page = Paginator(found.defer("text", "html").prefetch_related("also_about"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page_obj": page,
        "rows": mail_list.rows(page, edition=call, user=actor(request), held=held),
        "counts": mail_list.counts(found, held=held),
        "held_since": held_since,
        "filtered": batch or any(request.GET.get(name) for name in form.fields),
        **_undo(of_batch, batch, held=held),
    }
    return show(request, "submissions/mail/list.html", context, edition=call)


def _batch(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("batch", ""))
    except ValueError:
        return None


def _undo(found: "QuerySet[Message]", batch: UUID | None, *, held: bool) -> dict[str, Any]:
    """For the page of one hand-written message: how many can still be called off, and until when."""
    if batch is None:
        return {}
    waiting = found.filter(batch=batch, state=Message.State.QUEUED, kind=KIND.slug)
    if not held:
        waiting = waiting.filter(due_at__gt=timezone.now())
    first = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    return {
        "batch": batch,
        "undo_until": first,
        "by_hand": found.filter(batch=batch, kind=KIND.slug).exists(),
    }


def _find(request: HttpRequest, edition: str, message: int) -> Message:
    """The message, if this person may see it. Otherwise 404, at the same cost as for one that was never written."""
    found = mail_list.visible(edition, actor(request)).select_related("person", "joined_into")
    return get_object_or_404(found.prefetch_related("also_about"), pk=message)


@never_cache
@require_safe
@login_required
def message(request: HttpRequest, edition: str, message: int) -> HttpResponse:
    user = actor(request)
    found = _find(request, edition, message)
    call = find_chaired(request, edition)
    (row,) = mail_list.rows([found], edition=call, user=user, held=mail.held_since(call) is not None)
    context = {
        "row": row,
        "message": found,
        "may_send_again": found.state in (Message.State.SENT, Message.State.FAILED),
        "history": audit.history(found),
    }
    return show(request, "submissions/mail/message.html", context, edition=call)


@require_POST
@login_required
def send_again(request: HttpRequest, edition: str, message: int) -> HttpResponse:
    found = _find(request, edition, message)
    call = find_chaired(request, edition)
    try:
        mail.send_again(actor=actor(request), edition=call, message=found)
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The message to {found.to} is back in the queue.")
    return redirect("chair_mail_message", call.slug, found.pk)


@require_POST
@login_required
def hold(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    mail.hold(actor=actor(request), edition=call)
    messages.success(
        request,
        f"The mail of {call} is held until you release it. The few messages just being handed over still leave.",
    )
    return redirect("chair_mail", call.slug)


@require_POST
@login_required
def release(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    mail.release(actor=actor(request), edition=call)
    messages.success(request, f"The mail of {call} is released and leaves now.")
    return redirect("chair_mail", call.slug)


@require_POST
@login_required
def call_off(request: HttpRequest, edition: str, batch: UUID) -> HttpResponse:
    call = find_chaired(request, edition)
    try:
        stopped = mail.call_off(actor=actor(request), edition=call, batch=batch)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("chair_mail", call.slug)
    many = "One message was" if stopped == 1 else f"{stopped} messages were"
    messages.success(request, f"{many} called off and will not be sent.")
    return redirect("chair_mail", call.slug)


def notices(edition: Edition, request: HttpRequest) -> dict[str, Any]:
    """What the chairs' list of papers says about mail: how many failed, and whether it is held. Two queries."""
    return {
        "mail_failures": mail_list.failures(edition, actor(request)),
        "mail_held": mail.held_since(edition),
    }
