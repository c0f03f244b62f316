"""The mail queue. `post` writes a message in the caller's transaction; the worker delivers it after the commit."""

import hashlib
import logging
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Message, User

log = logging.getLogger(__name__)

#: A message claimed this long ago by a worker that never came back is sent again.
CLAIM_EXPIRES = timedelta(minutes=10)
#: Waiting times after each failed attempt; after the last one the message has failed.
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]


def post(
    *,
    key: str,
    kind: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    person: User | None = None,
    about: str = "",
    edition: str = "",
    reply_to: str = "",
    due_at: datetime | None = None,
) -> Message:
    """Queue one message. With a key that was used before, nothing happens and the earlier message is returned.

    Header lines cannot be injected: line breaks in the subject become spaces.
    """
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "to": to,
            "subject": " ".join(subject.split())[:300],
            "text": text,
            "html": html,
            "person": person,
            "about": about,
            "edition": edition,
            "reply_to": reply_to,
            "due_at": due_at or timezone.now(),
        },
    )
    if created:
        wake_worker(message.due_at)
    return message


def rewrite(*, message: Message, subject: str, text: str, html: str = "") -> bool:
    """Bring a message up to date that has not left yet. False when it has: then post another."""
    changed = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED).update(
        subject=" ".join(subject.split())[:300], text=text, html=html
    )
    return bool(changed)


def wake_worker(due_at: datetime) -> None:
    """Ask for delivery once the transaction is committed. A dead broker only delays it: the sweep comes by."""
    if due_at > timezone.now():
        return

    def wake() -> None:
        from accounts.tasks import deliver_due_mail

        try:
            deliver_due_mail.apply_async(retry=False)
        except Exception:
            log.warning("The mail worker could not be woken; the next sweep delivers.", exc_info=True)

    transaction.on_commit(wake)


def message_id(message: Message) -> str:
    """The Message-ID header: the same for every attempt to deliver the same message."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{domain}>"


def deliver_due(now: datetime | None = None) -> int:
    """Deliver what is due, one message at a time; returns how many were sent.

    Each message is claimed by a compare-and-set before it is sent and marked right after, so that two workers never
    send the same one, and a worker that dies leaves at most the one in its hands to be sent again.
    """
    now = now or timezone.now()
    sent = 0
    Message.objects.filter(state=Message.State.SENDING, claimed_at__lt=now - CLAIM_EXPIRES).update(
        state=Message.State.QUEUED, claimed_at=None
    )
    with get_connection() as connection:
        for pk in Message.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True):
            sent += _deliver(pk, now, connection)
    return sent


def _deliver(pk: int, now: datetime, connection: BaseEmailBackend) -> int:
    claimed = Message.objects.filter(Q(pk=pk), Q(state=Message.State.QUEUED), Q(due_at__lte=now)).update(
        state=Message.State.SENDING, claimed_at=timezone.now()
    )
    if not claimed:
        return 0
    message = Message.objects.get(pk=pk)
    try:
        connection.send_messages([_as_mail(message)])
    except Exception as error:
        _put_back(message, error)
        return 0
    Message.objects.filter(pk=pk, state=Message.State.SENDING).update(
        state=Message.State.SENT,
        sent_at=timezone.now(),
        claimed_at=None,
        attempts=message.attempts + 1,
        error="",
    )
    return 1


def _put_back(message: Message, error: Exception) -> None:
    attempts = message.attempts + 1
    gives_up = attempts > len(RETRY_AFTER)
    log.warning("Message %s could not be sent (attempt %d): %s", message.pk, attempts, error)
    Message.objects.filter(pk=message.pk, state=Message.State.SENDING).update(
        state=Message.State.FAILED if gives_up else Message.State.QUEUED,
        attempts=attempts,
        claimed_at=None,
        error=f"{type(error).__name__}: {error}"[:2000],
        due_at=message.due_at if gives_up else timezone.now() + RETRY_AFTER[attempts - 1],
    )


def _as_mail(message: Message) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={
            "Message-ID": message_id(message),
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail
