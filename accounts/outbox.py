"""The mail queue. `post` writes a message in the caller's transaction; the worker delivers it after the commit."""

import hashlib
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit, carriers
from accounts.carriers import Unreachable, is_final, reason
from accounts.mime import Mail
from accounts.models import MailHold, Message, MessageAbout, User

log = logging.getLogger(__name__)

#: What remains of a message that held a code or a sign-in link.
CLEARED = "The text of this message was cleared after delivery because it held a code or a link."
#: Two thousand messages refused at once do not come back in one second: up to this share is added to each wait.
JITTER = 0.2
#: One task delivers for this long and then asks for another: far below its time limit, whatever the queue's length.
SHIFT_SECONDS = 120
#: So many messages are claimed at once, and what was not sent after so many seconds is given back: far within the
#: time after which a claim expires, however slow the mail server is.
BATCH, BATCH_SECONDS = 20, 60
#: A hold takes effect within so many seconds, and after the message in hand.
HOLD_SECONDS = 0.25
KEY_LENGTH = 500
#: For kinds of letters that wait and tell what not everybody may know: whether the reader still may. Rooms above add theirs.
still_meant: dict[str, Callable[[Message], bool]] = {}
_MARK_SENT = (
    "UPDATE accounts_message SET state = 'sent', sent_at = %s, claimed_at = NULL, error = '' "
    "WHERE id = %s AND state = 'sending' AND claimed_at = %s"
)


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
    also_about: Iterable[str] = (),
    due_at: datetime | None = None,
    sensitive: bool = False,
    optional_group: str = "",
    daily: bool = False,
    batch: UUID | None = None,
) -> Message:
    """Queue one message. With a key that was used before, nothing happens and the earlier message is returned.

    Header lines cannot be injected: line breaks in the subject become spaces, and an address with one, or anything
    but one single address, is refused (ValueError). `sensitive`: the text holds a code or a link that signs in; it is
    cleared once delivered. `optional_group`: the switch by which the reader stops such mail; `daily`: may be joined
    with others into one mail a day. Without `html` the HTML part is made from the text.
    """
    _check_address(to)
    if reply_to:
        _check_address(reply_to)
    due_at = due_at or timezone.now()
    message, created = Message.objects.get_or_create(
        key=_fitting(key),
        defaults={
            "kind": kind,
            "to": to,
            "subject": one_line(subject),
            "text": _clean(text),
            "html": _clean(html),
            "person": person,
            "about": about,
            "edition": edition,
            "reply_to": reply_to,
            "due_at": due_at,
            "wanted_at": due_at,
            "sensitive": sensitive,
            "optional_group": optional_group,
            "daily": daily,
            "batch": batch,
        },
    )
    if created:
        MessageAbout.objects.bulk_create(
            MessageAbout(message=message, about=other) for other in sorted(set(also_about) - {about})
        )
        wake_worker(message.due_at)
    return message


def _check_address(address: str) -> None:
    if any(character in address for character in "\r\n\0"):
        raise ValueError("An address may not contain a line break.")
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError(f"“{address[:254]}” is not one e-mail address.") from None


def _fitting(key: str) -> str:
    """A key as it is, or one that fits the column and is as unique."""
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 65]}:{hashlib.sha256(key.encode()).hexdigest()}"


def _clean(text: str) -> str:
    return text.replace("\0", "")


def one_line(subject: str) -> str:
    """`subject` as one header line of a sensible length."""
    return " ".join(subject.replace("\0", " ").split())[:300]


def rewrite(*, message: Message, subject: str, text: str, html: str = "") -> bool:
    """Bring a message up to date that has not left yet. False when it has: then post another."""
    changed = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED).update(
        subject=one_line(subject), text=_clean(text), html=_clean(html)
    )
    return bool(changed)


def call_off(*, about: str, kind: str, to: str = "") -> int:
    """Drop the messages of `kind` about a thing that wait for a later time and are no longer true; returns how many.

    `to`: only those to this address.
    """
    waiting = Message.objects.filter(state=Message.State.QUEUED, due_at__gt=timezone.now())
    return waiting.filter(about=about, kind=kind, **({"to": to} if to else {})).delete()[0]


def send_again(*, actor: User, message: Message) -> bool:
    """Put a message that failed, or was sent and did not arrive, back into the queue. Staff only.

    Raises PermissionDenied for anybody else; rooms above ask their own policy and call `requeue`.
    """
    if not actor.is_staff:
        raise PermissionDenied("Only an administrator sends a message again.")
    return requeue(actor=actor, message=message)


def requeue(*, actor: User, message: Message) -> bool:
    """Send a finished message once more. False when it is still on its way or its text was cleared.

    The Message-ID stays the same, so a mailbox that did get it shows it once.
    """
    with transaction.atomic():
        changed = Message.objects.filter(
            pk=message.pk, state__in=[Message.State.SENT, Message.State.FAILED], sensitive=False
        ).update(
            state=Message.State.QUEUED,
            due_at=timezone.now(),
            wanted_at=timezone.now(),
            sent_at=None,
            claimed_at=None,
            attempts=0,
            error="",
        )
        if changed:
            audit.record(actor=actor, verb="message.sent_again", subject=message, edition=message.edition)
            wake_worker(timezone.now())
    return bool(changed)


def drop_overtaken(now: datetime) -> None:
    """Ask once more of letters that are due whether their reader may still have them, and drop those of which not."""
    for message in Message.objects.due(now).filter(kind__in=list(still_meant)).select_related("person"):
        if not still_meant[message.kind](message):
            Message.objects.filter(pk=message.pk, state=Message.State.QUEUED).delete()


def forget_old(*, kind_prefix: str, before: datetime) -> int:
    """Delete finished messages of these kinds that are older than `before`; returns how many."""
    deleted, _ = Message.objects.filter(
        kind__startswith=kind_prefix,
        state__in=[Message.State.SENT, Message.State.FAILED],
        created_at__lt=before,
    ).delete()
    return deleted


def wake_worker(due_at: datetime) -> None:
    """Ask for delivery once the transaction is committed. A dead broker only delays it: the sweep comes by."""
    if due_at > timezone.now():
        return
    around = set(connection.savepoint_ids)
    # Once a transaction is enough: three hundred letters do not wait three hundred times for a dead broker. (An
    # earlier request counts only if a rollback that would take it along takes this one as well.)
    if any(func is _wake and inside <= around for inside, func, *_ in connection.run_on_commit):
        return
    transaction.on_commit(_wake)


def _wake() -> None:
    try:
        # By name: the task calls this module, so this module cannot import the task.
        current_app.send_task("accounts.tasks.deliver_due_mail", retry=False)
    except Exception:
        log.warning("The mail worker could not be woken; the next sweep delivers.", exc_info=True)


def deliver_due(now: datetime | None = None) -> int:
    """Deliver what is due, one message at a time; returns how many were sent.

    Messages are claimed before they are sent, so that two workers never send the same one, and each is marked before
    the next is handed over, so that a worker that dies leaves at most the one in its hands to be sent twice. An attempt counts
    from the claim on: a message that kills the worker each time is given up like any other. A server that cannot be
    reached costs no message an attempt: the run ends, and the next sweep tries again.
    """
    from accounts import daily_mail  # it posts, and so it imports this module

    now = now or timezone.now()
    _release_abandoned(now)
    drop_overtaken(now)
    daily_mail.join_due(now)
    shift = _Shift(now)
    try:
        shift.work()
    finally:
        shift.carrier.close()
    return shift.sent


def _release_abandoned(now: datetime) -> None:
    abandoned = Message.objects.filter(
        state=Message.State.SENDING, claimed_at__lt=now - settings.MAIL_CLAIM_EXPIRES
    )
    abandoned.filter(attempts__gt=len(settings.MAIL_RETRY_AFTER)).update(
        state=Message.State.FAILED, claimed_at=None, error="The worker stopped while sending, each time."
    )
    abandoned.update(state=Message.State.QUEUED, claimed_at=None)


def _claim(now: datetime) -> list[Message]:
    """Take the next messages that are due, so that nobody else does."""
    with transaction.atomic():
        # PostgreSQL: two workers look at different rows. SQLite has one writer at a time and ignores the lock.
        due = Message.objects.due(now).select_for_update(skip_locked=True, of=("self",))
        batch = list(due.order_by("due_at", "pk")[:BATCH])
        # One that was tried before goes alone: if it is what kills workers, it takes no others along.
        batch = list(takewhile(lambda message: not message.attempts, batch)) or batch[:1]
        claimed_at = timezone.now()
        for message in batch:
            message.state, message.claimed_at = Message.State.SENDING, claimed_at
            message.attempts += 1
        Message.objects.filter(pk__in=[message.pk for message in batch]).update(
            state=Message.State.SENDING, claimed_at=claimed_at, attempts=F("attempts") + 1
        )
    return batch


class _Shift:
    """What one worker delivers, one message after the other.

    What needs no mail server is done while it is busy: while it stores a message the next is claimed and built, and while
    it hears of the next, the one before is marked. The mark is committed before the text of the next leaves, so that a
    worker that dies leaves at most one message that may have arrived and is not marked.
    """

    def __init__(self, now: datetime) -> None:
        self.carrier, self.sent = carriers.carrier(), 0
        self._now, self._holds, self._ends = now, _Holds(), time.monotonic() + SHIFT_SECONDS
        self._mails: deque[Mail] = deque()  # claimed, and not begun
        self._stale = 0.0
        self._accepted: Message | None = None  # by the mail server, and not marked yet

    def work(self) -> None:
        self._look_ahead()
        while self._mails:
            mail = self._mails.popleft()
            if mail.message.edition in self._holds:
                _give_back([mail.message])
                self._look_ahead()
                continue
            error = self._send(mail)
            if error is None:
                self._accepted = mail.message
            else:
                # A connection that failed once is of no use to the next message.
                self.carrier.close()
                _put_back(mail.message, error)
            unreachable = isinstance(error, Unreachable)
            if unreachable or time.monotonic() >= self._stale:
                self._mark()
                _give_back([mail.message for mail in self._mails])
                self._mails.clear()
            if unreachable:
                return
            self._look_ahead()
        self._mark()
        if time.monotonic() >= self._ends:
            wake_worker(self._now)

    def _send(self, mail: Mail) -> Exception | None:
        """What went wrong. It comes after the mark of the message before."""
        error = _tried(self.carrier.announce, mail)
        self._mark()
        error = error or _tried(self.carrier.hand_over, mail)
        if error is None:
            self._look_ahead()
        return error or _tried(self.carrier.hear, mail)

    def _look_ahead(self) -> None:
        """Have the next message ready, if there is one and time for it."""
        if not self._mails and time.monotonic() < self._ends:
            self._mails.extend(Mail(message) for message in _claim(self._now))
            self._stale = time.monotonic() + BATCH_SECONDS
        # What was tried before may be what kills workers: it had better not do so while another is under way.
        if self._mails and self._mails[0].message.attempts == 1:
            _tried(self.carrier.prepare, self._mails[0])  # an error comes again when it is its turn

    def _mark(self) -> None:
        if self._accepted is not None:
            self.sent += _mark_sent(self._accepted)
            self._accepted = None


def _tried(step: Callable[[Mail], None], mail: Mail) -> Exception | None:
    """What went wrong with one step. Backends raise what they like; the row keeps the reason."""
    try:
        step(mail)
    except Exception as error:  # noqa: BLE001
        return error
    return None


class _Holds:
    """The editions whose mail is held, as of a moment ago: what was claimed before the hold does not leave either."""

    def __init__(self) -> None:
        self._editions: frozenset[str] = frozenset()
        self._looked = time.monotonic()  # the claim has just looked

    def __contains__(self, edition: str) -> bool:
        now = time.monotonic()
        if now - self._looked >= HOLD_SECONDS:
            self._editions = frozenset(MailHold.objects.values_list("edition", flat=True))
            self._looked = now
        return edition in self._editions


def _give_back(messages: list[Message]) -> None:
    """Undo the claim on what was not even begun."""
    for message in messages:
        _still_claimed(message).update(
            state=Message.State.QUEUED, claimed_at=None, attempts=message.attempts - 1
        )


def _mark_sent(message: Message) -> int:
    """Returns how many were marked."""
    if cleared := _cleared(message):
        return _still_claimed(message).update(
            state=Message.State.SENT, sent_at=timezone.now(), claimed_at=None, error="", **cleared
        )
    # Written out: to put this together anew for each message costs as much as to send one.
    with connection.cursor() as cursor:
        times = [connection.ops.adapt_datetimefield_value(at) for at in (timezone.now(), message.claimed_at)]
        cursor.execute(_MARK_SENT, [times[0], message.pk, times[1]])
        return cursor.rowcount


def _still_claimed(message: Message) -> QuerySet[Message]:
    """The row of `message`, unless its claim expired meanwhile and another worker has it."""
    return Message.objects.filter(pk=message.pk, state=Message.State.SENDING, claimed_at=message.claimed_at)


def _cleared(message: Message) -> dict[str, str]:
    """What to overwrite once a message is done with. The development mailbox page keeps codes readable."""
    return {"text": CLEARED, "html": ""} if message.sensitive and not settings.MAILBOX_PAGE else {}


def _put_back(message: Message, error: Exception) -> None:
    """Keep a message for its next attempt, or give it up after the last one."""
    log.warning("Message %s could not be sent (attempt %d): %s", message.pk, message.attempts, error)
    changes: dict[str, Any] = {"claimed_at": None, "error": reason(error)}
    if isinstance(error, Unreachable):
        changes |= {"state": Message.State.QUEUED, "attempts": message.attempts - 1}
    elif message.attempts > len(settings.MAIL_RETRY_AFTER) or is_final(error):
        changes |= {"state": Message.State.FAILED, **_cleared(message)}
    else:
        wait = settings.MAIL_RETRY_AFTER[message.attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311
        changes |= {"state": Message.State.QUEUED, "due_at": timezone.now() + wait}
    _still_claimed(message).update(**changes)
