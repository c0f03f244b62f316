"""The mail itself: the bytes that go over SMTP say what Django's own classes would say, and cannot be broken out of."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from accounts.mime import Mail
from accounts.models import Message

pytestmark = pytest.mark.django_db

LONG = "word " * 400
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "with an HTML part": {"html": "<p>Text</p>"},
    "answers go elsewhere": {"reply_to": "chairs@example.org"},
    "optional": {"optional_group": "reminders"},
    "letters from everywhere": {"subject": "Ihr Beitrag „Größe“ – 論文 🎉", "text": "Grüße\n論文\n", "html": "<p>🎉</p>"},
    "a long subject": {"subject": "A long title " * 23},
    "a long subject from everywhere": {"subject": "論文の題名 " * 40},
    "a long line": {"text": LONG, "html": f"<p>{LONG}é</p>"},
    "one long word": {"text": "x" * 5000},
    "dots": {"text": ".\n..\n.x\nend\n.", "html": ".\n.\n"},
    "spaces and tabs at the ends": {"text": "ä  \n\t\n = \t", "html": "é \n"},
    "strange line ends": {"text": "a\r\nb\rc\nd\u2028e\x0bf\x85g", "html": "a\r\nb\rc"},
    "what looks like a boundary": {"text": "--=_0\n\n--boundary--\n"},
    "next to nothing": {"text": "\n"},
    "a domain of other letters": {"to": "ada@bücher.example", "reply_to": "chair@bücher.example"},
    "an odd address": {"to": "o'neil+tag/x=y@example.org"},
}  # fmt: skip


def message(**changes: Any) -> Message:
    fields = {
        "key": "k",
        "kind": "t",
        "to": "ada@example.org",
        "subject": "Hello",
        "text": "Text\n",
        **changes,
    }
    return Message(created_at=datetime(2021, 2, 1, 12, tzinfo=UTC), **fields)


def read(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)  # type: ignore[return-value]


def headers(mail: EmailMessage) -> dict[str, str]:
    """Without what is about the form alone, and without the spaces that folding leaves behind."""
    form = {"Content-Type", "MIME-Version"}
    return {name: " ".join(value.split()) for name, value in mail.items() if name not in form}


def parts(mail: EmailMessage) -> list[tuple[str, str]]:
    """Kind and text of each, whatever the line ends; those at the very end do not count."""
    return [
        (part.get_content_type(), _ends(part.get_content()).rstrip("\n")) for part in mail.iter_parts()
    ]  # fmt: skip


def _ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("sender", ["submissions@example.org", "ScaDL – Größe <mail@bücher.example>"])
@pytest.mark.parametrize("case", CASES)
def test_the_bytes_say_what_every_other_backend_is_given(case: str, sender: str, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    mail = Mail(message(**CASES[case]))
    ours, usual = read(mail.data), read(mail.for_backend.message().as_bytes(linesep="\r\n"))
    assert headers(ours) == headers(usual)
    assert ours.get_content_type() == "multipart/alternative"
    assert parts(ours) == parts(usual)
    assert [kind for kind, _ in parts(ours)] == ["text/plain", "text/html"]
    assert not ours.defects


@pytest.mark.parametrize("case", CASES)
def test_lines_are_short_and_ascii_whatever_is_in_them(case: str) -> None:
    data = Mail(message(**CASES[case])).data
    assert data.isascii()
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998


@pytest.mark.parametrize("case", CASES)
def test_on_the_wire_only_the_last_line_is_a_single_dot(case: str) -> None:
    mail = Mail(message(**CASES[case]))
    lines = mail.on_the_wire.split(b"\r\n")
    assert lines[-2:] == [b".", b""]
    assert b"." not in lines[:-2]
    undone = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines[:-2])
    assert undone + b"\r\n" == mail.data


@pytest.mark.parametrize("field", ["to", "reply_to", "subject"])
def test_a_row_with_a_line_break_in_a_header_makes_no_mail(field: str) -> None:
    """Nothing that is posted gets so far; a row changed by hand would."""
    values = {"to": "a@example.org\r\nBcc: b@example.org", "subject": "Hello\nBcc: b@example.org"}
    with pytest.raises(ValueError, match=r"line break|newlines|address"):
        Mail(message(**{field: values.get(field, values["to"])})).data  # noqa: B018
