"""Talking to a mail server over a real socket: what it is told and when, and what it may answer."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from accounts import carriers, mime, outbox
from accounts.models import MailHold, Message
from tests.accounts.test_outbox import post
from tests.worker.sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[(), ("PIPELINING", "SIZE 10240000")], ids=["plain", "pipelining"])
def sink(request: pytest.FixtureRequest, settings: Any) -> Iterator[Sink]:
    made = Sink(extensions=request.param).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", made.port, 5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield made
    made.stop()


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("key", "state"))


def test_several_leave_over_one_connection(sink: Sink) -> None:
    posted = [post(f"test:{number}", text=f"Grüße {number}\n.\nend") for number in range(3)]
    assert outbox.deliver_due() == 3
    assert sink.ids() == [mime.message_id(message) for message in posted]
    assert sink.heard.count("EHLO") == 1
    text = sink.accepted[0].get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert text.splitlines() == ["Grüße 0", ".", "end"]
    assert set(states().values()) == {"sent"}


def test_each_is_marked_before_the_text_of_the_next_leaves(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a worker that dies leaves at most one message that arrived and is not marked."""
    unmarked: list[int] = []
    original = carriers.SmtpCarrier.hand_over

    def hand_over(self: carriers.SmtpCarrier, mail: mime.Mail) -> None:
        marked = Message.objects.filter(state="sent").count()
        unmarked.append(len(sink.accepted) - marked)
        original(self, mail)

    monkeypatch.setattr(carriers.SmtpCarrier, "hand_over", hand_over)
    for number in range(25):
        post(f"test:{number}")
    assert outbox.deliver_due() == 25
    assert unmarked == [0] * 25


def test_a_refused_address_stops_nobody_else(sink: Sink) -> None:
    sink.at_recipient = lambda line: "550 no such user" if "bad@" in line else "250 ok"
    post("test:1")
    bad = post("test:bad", to="bad@example.org")
    post("test:2")
    assert outbox.deliver_due() == 2
    assert states() == {"test:1": "sent", "test:bad": "failed", "test:2": "sent"}
    bad.refresh_from_db()
    assert bad.error == "The mail server refused the address: 550 no such user"
    assert [mail["To"] for mail in sink.accepted] == ["ada@example.org"] * 2


def test_a_refused_text_stops_nobody_else(sink: Sink) -> None:
    sink.at_data = lambda mail: "554 spam" if mail["Subject"] == "Bad" else "250 kept"
    post("test:1")
    bad = post("test:bad", subject="Bad")
    post("test:2")
    assert outbox.deliver_due() == 2
    bad.refresh_from_db()
    assert (bad.state, bad.error) == ("failed", "The mail server refused the message: 554 spam")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_message_that_cannot_be_built_stops_nobody_else(sink: Sink, place: int) -> None:
    """Wherever in a batch it is: the ones around it are sent and marked."""
    posted = [post(f"test:{number}") for number in range(3)]
    Message.objects.filter(pk=posted[place].pk).update(subject="Hello\r\nBcc: b@example.org")
    assert outbox.deliver_due() == 2
    assert list(states().values()).count("sent") == 2
    posted[place].refresh_from_db()
    assert posted[place].state == "queued"
    assert "line break" in posted[place].error
    assert len(sink.accepted) == 2


def test_a_server_that_hangs_up_after_each_message(sink: Sink) -> None:
    """The one that finds the line dead is tried again; those before it stay marked."""
    sink.at_data = lambda mail: "421 closing"
    first, second = post("test:1"), post("test:2")
    assert outbox.deliver_due() == 0
    for message in (first, second):
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("queued", 1)
        assert message.error == "The mail server refused the message: 421 closing"


def test_a_greeting_that_refuses_costs_no_attempt(sink: Sink) -> None:
    sink.at_connect = lambda: "421 too busy"
    message = post()
    assert outbox.deliver_due() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)
    assert message.error == "The mail server refused the connection: 421 too busy"


def test_a_hold_keeps_back_what_was_claimed_but_not_begun(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HOLD_SECONDS", 0)

    posted = [post(f"test:{number}", edition="demo-2021") for number in range(5)]
    other = post("test:other", edition="other-2021")
    begun = carriers.SmtpCarrier.hear

    def hear(self: carriers.SmtpCarrier, mail: mime.Mail) -> None:
        begun(self, mail)
        if mail.message.pk == posted[1].pk:
            MailHold.objects.create(edition="demo-2021")

    monkeypatch.setattr(carriers.SmtpCarrier, "hear", hear)
    assert outbox.deliver_due() == 3
    assert [mail["Message-ID"] for mail in sink.accepted] == [
        mime.message_id(it) for it in (*posted[:2], other)
    ]
    held = list(Message.objects.filter(edition="demo-2021", state="queued"))
    assert [(it.attempts, it.claimed_at) for it in held] == [(0, None)] * 3
    MailHold.objects.all().delete()
    assert outbox.deliver_due() == 3


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"5.1.1 no\r\nsuch user")}),
         "The mail server refused the address: 550 5.1.1 no such user"),
        (smtplib.SMTPSenderRefused(530, b"log in first", "us@example.org"),
         "The mail server takes no mail from us@example.org: 530 log in first"),
        (smtplib.SMTPDataError(554, b"spam \xff\0"), "The mail server refused the message: 554 spam \ufffd"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"),
         "The mail server refused this site's user name and password: 535 bad password"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out"),
         "The mail server did not answer in time."),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
         "The mail server ended the conversation before it had accepted the message."),
        (TimeoutError("timed out"), "The mail server did not answer in time."),
        (ConnectionRefusedError(111, "Connection refused"), "There is no connection to the mail server: Connection refused."),
        (socket.gaierror(-2, "Name or service not known"),
         "The name of the mail server is not known: Name or service not known."),
        (ssl.SSLError(1, "certificate verify failed"),
         "No safe connection to the mail server could be made: certificate verify failed."),
        (ValueError("this one"), "The message could not be sent (ValueError): this one"),
    ],
)  # fmt: skip
def test_what_went_wrong_is_a_sentence_with_what_the_server_said(error: Exception, sentence: str) -> None:
    assert carriers.reason(error) == sentence
