"""What chairs do with the mail of their edition: hold it, let it go, send one again, call off what is not gone."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit, outbox
from accounts.models import MailHold, Message, User
from submissions import policy
from submissions.models import Edition
from submissions.services.announcements import KIND
from submissions.services.errors import NotAllowed, Refused


def hold(*, actor: User, edition: Edition) -> bool:
    """Let no message of `edition` leave until it is released; new ones are written as ever. Raises NotAllowed.

    False when it was held already. What a worker sends within outbox.HOLD_SECONDS still leaves.
    """
    _chairs(actor, edition)
    with transaction.atomic():
        _, new = MailHold.objects.get_or_create(edition=edition.slug, defaults={"by": actor})
        if new:
            audit.record(actor=actor, verb="mail.held", subject=edition, edition=edition.slug)
    return new


def release(*, actor: User, edition: Edition) -> bool:
    """Let the mail of `edition` leave. Raises NotAllowed. False when it was not held."""
    _chairs(actor, edition)
    with transaction.atomic():
        released = bool(MailHold.objects.filter(edition=edition.slug).delete()[0])
        if released:
            audit.record(actor=actor, verb="mail.released", subject=edition, edition=edition.slug)
            outbox.wake_worker(timezone.now())
    return released


def held_since(edition: Edition) -> datetime | None:
    return MailHold.objects.filter(edition=edition.slug).values_list("at", flat=True).first()


def send_again(*, actor: User, edition: Edition, message: Message) -> None:
    """Send a finished message once more, with the same Message-ID. Raises NotAllowed, Refused."""
    if not Message.objects.filter(
        policy.messages_handled_by(actor), edition=edition.slug, pk=message.pk
    ).exists():
        raise NotAllowed("There is no such message.")
    if not outbox.requeue(actor=actor, message=message):
        raise Refused(f"The message to {message.to} is still on its way; there is nothing to send again.")


def call_off(*, actor: User, edition: Edition, batch: UUID) -> int:
    """Undo a hand-written message while its ten minutes (or a hold) last; returns how many were stopped.

    Raises NotAllowed, Refused (all of them have left).
    """
    _chairs(actor, edition)
    now = timezone.now()
    with transaction.atomic():
        waiting = Message.objects.filter(
            policy.messages_handled_by(actor),
            edition=edition.slug,
            batch=batch,
            # Letters that say what was done go with what was done: whoever undoes it calls them off.
            kind=KIND.slug,
            state=Message.State.QUEUED,
        )
        if not held_since(edition):
            waiting = waiting.filter(due_at__gt=now)
        # Locked first: what a worker takes in this moment leaves, and must not be said to be called off.
        found = list(waiting.select_for_update().values_list("pk", "subject"))
        if not found:
            raise Refused("There is nothing left to call off: the messages have left, or were called off.")
        audit.record(
            actor=actor,
            verb="mail.called_off",
            subject=edition,
            edition=edition.slug,
            data={"batch": str(batch), "subject": found[0][1], "messages": len(found)},
        )
        Message.objects.filter(pk__in=[pk for pk, _ in found]).delete()
    return len(found)


def _chairs(actor: User, edition: Edition) -> None:
    if not policy.may_chair(actor, edition):
        raise NotAllowed("There is no such edition.")
