"""The mail queue: once each, retried, given up, claimed by one worker, no header injection, codes forgotten."""

import smtplib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.utils import timezone

from accounts import carriers, mime, outbox, tasks
from accounts.models import AuditEntry, Message
from tests.accounts.people import administrator, person

pytestmark = pytest.mark.django_db


def post(key: str = "test:1", **changes: Any) -> Message:
    return outbox.post(
        **{"key": key, "kind": "test", "to": "ada@example.org", "subject": "Hello", "text": "Text", **changes}
    )


class Failing(BaseEmailBackend):
    """A mail server that is down until told otherwise."""

    works = False
    opened = closed = 0

    def open(self) -> bool:
        Failing.opened += 1
        return True

    def close(self) -> None:
        Failing.closed += 1

    def send_messages(self, messages: Any) -> int:
        if not Failing.works:
            raise ConnectionRefusedError("nobody there")
        mail.outbox.extend(messages)
        return len(messages)


@pytest.fixture
def down(settings: Any) -> type[Failing]:
    settings.EMAIL_BACKEND = "tests.accounts.test_outbox.Failing"
    Failing.works = False
    return Failing


def test_a_message_is_delivered_once() -> None:
    message = post(html="<p>Text</p>")
    assert outbox.deliver_due() == 1
    assert outbox.deliver_due() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ada@example.org"], "Hello", "Text")
    assert sent.alternatives[0][0] == "<p>Text</p>"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_same_key_announces_nothing_twice() -> None:
    first = post()
    second = post(text="Other")
    assert first.pk == second.pk
    assert Message.objects.get().text == "Text"


def test_a_rolled_back_change_announces_nothing() -> None:
    with transaction.atomic():
        post()
        transaction.set_rollback(True)
    assert outbox.deliver_due() == 0


def test_the_worker_is_woken_after_the_commit_and_a_dead_broker_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    calls = []

    def refuse(name: str, **kwargs: Any) -> None:
        calls.append(name)
        raise ConnectionError("no broker")

    monkeypatch.setattr("celery.current_app.send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        post()
        post("test:later", due_at=timezone.now() + timedelta(days=1))
    assert calls == [tasks.deliver_due_mail.name]
    assert outbox.deliver_due() == 1


def test_what_is_due_later_waits() -> None:
    post(due_at=timezone.now() + timedelta(hours=1))
    assert outbox.deliver_due() == 0
    assert outbox.deliver_due(now=timezone.now() + timedelta(hours=2)) == 1


def test_a_rewrite_reaches_the_reader_only_before_delivery() -> None:
    message = post(due_at=timezone.now() + timedelta(minutes=10))
    assert outbox.rewrite(message=message, subject="New", text="New text")
    outbox.deliver_due(now=timezone.now() + timedelta(hours=1))
    assert mail.outbox[0].subject == "New"
    assert not outbox.rewrite(message=message, subject="Newer", text="Newer text")


def test_a_server_that_is_down_is_tried_again_and_given_up_in_the_end(down: type[Failing]) -> None:
    message = post()
    now = timezone.now()
    for attempt in range(1, 7):
        outbox.deliver_due(now=now)
        message.refresh_from_db()
        assert message.attempts == attempt
        now = message.due_at + timedelta(seconds=1)
    assert message.state == "failed"
    assert "nobody there" in message.error
    assert outbox.deliver_due(now=now + timedelta(days=1)) == 0


def test_it_is_delivered_when_the_server_is_back(down: type[Failing]) -> None:
    message = post()
    outbox.deliver_due()
    message.refresh_from_db()
    assert message.state == "queued"
    assert outbox.deliver_due() == 0, "not before its time"
    down.works = True
    assert outbox.deliver_due(now=message.due_at) == 1
    message.refresh_from_db()
    assert (message.state, message.error) == ("sent", "")


def test_one_bad_message_does_not_hold_up_the_others(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends import locmem

    original = locmem.EmailBackend.send_messages

    def picky(self: Any, messages: Any) -> int:
        if messages[0].to == ["bad@example.org"]:
            raise ValueError("this one")
        return original(self, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", picky)
    post("test:bad", to="bad@example.org")
    post("test:good")
    assert outbox.deliver_due() == 1
    assert Message.objects.get(key="test:good").state == "sent"


def test_nothing_due_opens_no_connection(down: type[Failing]) -> None:
    before = down.opened
    outbox.deliver_due()
    assert down.opened == before


def test_a_message_whose_worker_died_is_sent_by_another() -> None:
    message = post()
    Message.objects.filter(pk=message.pk).update(
        state="sending", claimed_at=timezone.now() - timedelta(minutes=5), attempts=1
    )
    assert outbox.deliver_due() == 0, "its worker may still be at it"
    assert outbox.deliver_due(now=timezone.now() + timedelta(minutes=6)) == 1


def test_a_message_that_kills_its_worker_each_time_is_given_up() -> None:
    message = post()
    Message.objects.filter(pk=message.pk).update(
        state="sending", claimed_at=timezone.now() - timedelta(hours=1), attempts=6
    )
    assert outbox.deliver_due() == 0
    message.refresh_from_db()
    assert message.state == "failed"


def test_a_message_claimed_by_another_worker_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look at the list and our claim, the other one took it."""
    message = post()
    monkeypatch.setattr(carriers, "get_connection", lambda: _Taking(message.pk))
    post("test:2")
    outbox.deliver_due()
    message.refresh_from_db()
    assert message.attempts == 1
    assert [sent.subject for sent in mail.outbox].count("Hello") <= 2


class _Taking(BaseEmailBackend):
    """While the first message is sent, a second deliverer runs through the whole queue."""

    def __init__(self, pk: int) -> None:
        super().__init__()
        self.nested = False

    def send_messages(self, messages: Any) -> int:
        if not self.nested:
            self.nested = True
            outbox.deliver_due()
        mail.outbox.extend(messages)
        return len(messages)


def test_two_deliverers_in_turn_send_each_message_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        post(f"test:{number}", subject=f"Number {number}")
    shared = _Taking(0)
    monkeypatch.setattr(carriers, "get_connection", lambda: shared)
    outbox.deliver_due()
    assert sorted(sent.subject for sent in mail.outbox) == [f"Number {number}" for number in range(5)]


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_at_once_send_each_message_once() -> None:
    for number in range(8):
        post(f"test:{number}", subject=f"Number {number}")
    start = threading.Barrier(2)

    def deliver() -> None:
        try:
            start.wait()
            outbox.deliver_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.deliver_due()
    assert sorted(sent.subject for sent in mail.outbox) == [f"Number {number}" for number in range(8)]


def test_headers_cannot_be_injected() -> None:
    message = post(subject="Hello\r\nBcc: everybody@example.org\n\0x")
    assert message.subject == "Hello Bcc: everybody@example.org x"
    outbox.deliver_due()
    assert "\n" not in mail.outbox[0].subject
    for field in ("to", "reply_to"):
        with pytest.raises(ValueError, match="line break"):
            post(f"test:{field}", **{field: "a@example.org\nBcc: b@example.org"})


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@example.org, b@example.org", "A <a@example.org>", "a@example.org\0", "a@@example.org"],
)
def test_a_message_has_one_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"not one e-mail address|line break"):
        post(to=address)
    assert not Message.objects.exists()


def test_on_the_wire_the_headers_are_ours_alone() -> None:
    post(
        subject="Hello\r\nBcc: everybody@example.org\r\n\r\nBody" + "x" * 1_000_000,
        text="Text\r\n.\r\nMAIL FROM:<x@example.org>\0",
        reply_to="chairs@example.org",
        optional_group="reminders",
    )
    outbox.deliver_due()
    sent = mail.outbox[0].message()
    assert sorted(sent.keys()) == [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Message-ID",
        "Reply-To",
        "Subject",
        "To",
    ]
    assert mail.outbox[0].recipients() == ["ada@example.org"]
    assert len(mail.outbox[0].subject) == 300


def test_every_message_has_both_parts() -> None:
    """Sign-in codes and notices are written as plain text; their HTML part is made from it."""
    post(text="Your code is\n\nABCD-EFGH\n\n<b>http://testserver/account/</b>")
    outbox.deliver_due()
    html = str(mail.outbox[0].alternatives[0][0])
    assert "ABCD-EFGH" in html
    assert "&lt;b&gt;" in html


def refusing(monkeypatch: pytest.MonkeyPatch, error: Exception, *, at: str = "send_messages") -> None:
    def refuse(*_: Any) -> int:
        raise error

    monkeypatch.setattr(f"django.core.mail.backends.locmem.EmailBackend.{at}", refuse)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"ada@example.org": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"ada@example.org": (450, b"greylisted")}), "queued"),
        (smtplib.SMTPDataError(554, b"spam"), "failed"),
        (smtplib.SMTPDataError(451, b"later"), "queued"),
        (smtplib.SMTPSenderRefused(550, b"who are you", "submissions@localhost"), "queued"),
        (TimeoutError("slow"), "queued"),
    ],
)
def test_what_a_server_refuses_for_good_is_not_tried_again(
    error: Exception, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post()
    refusing(monkeypatch, error)
    assert outbox.deliver_due() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == (state, 1)
    assert message.error.startswith("The mail server ")


def test_a_server_that_cannot_be_reached_costs_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is away: every message is still there, and only one of them was touched a run."""
    first, second = post("test:1"), post("test:2")
    with monkeypatch.context() as down:
        refusing(down, ConnectionRefusedError("nobody there"), at="open")
        for _ in range(20):
            assert outbox.deliver_due() == 0
    for message in (first, second):
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("queued", 0)
    assert "nobody there" in first.error
    assert outbox.deliver_due() == 2


def test_the_message_id_is_the_same_at_every_attempt(down: type[Failing]) -> None:
    message = post()
    outbox.deliver_due()
    down.works = True
    message.refresh_from_db()
    outbox.deliver_due(now=message.due_at)
    assert mail.outbox[0].extra_headers["Message-ID"] == mime.message_id(message)


def test_a_code_is_cleared_after_delivery_but_not_on_a_development_site(settings: Any) -> None:
    for page, expected in ((False, outbox.CLEARED), (True, "ABCD-EFGH")):
        settings.MAILBOX_PAGE = page
        message = post(f"test:{page}", text="ABCD-EFGH", sensitive=True)
        outbox.deliver_due()
        message.refresh_from_db()
        assert message.text == expected
        assert mail.outbox[-1].body == "ABCD-EFGH"


def test_sending_again_is_for_administrators_and_recorded() -> None:
    root = administrator()
    message = post()
    assert not outbox.send_again(actor=root, message=message), "still on its way"
    outbox.deliver_due()
    with pytest.raises(PermissionDenied):
        outbox.send_again(actor=person("eve@example.org", "Eve"), message=message)
    assert outbox.send_again(actor=root, message=message)
    assert AuditEntry.objects.get(verb="message.sent_again").actor == root
    outbox.deliver_due()
    assert len(mail.outbox) == 2


def test_old_mail_about_accounts_is_forgotten() -> None:
    from accounts import services

    old = timezone.now() - timedelta(days=31)
    for kind in ("account.password_changed", "paper.receipt"):
        message = post(f"{kind}:1", kind=kind)
        outbox.deliver_due()
        Message.objects.filter(pk=message.pk).update(created_at=old)
    post("account.fresh", kind="account.fresh")
    services.forget_stale()
    assert set(Message.objects.values_list("kind", flat=True)) == {"paper.receipt", "account.fresh"}
