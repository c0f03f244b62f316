"""From the row of a message to the mail itself: for any backend of Django, and as the bytes that go over SMTP.

The bytes are put together here because Django's own classes take most of the time that sending a mail takes; the tests
hold that both say the same.
"""

import hashlib
import re
import secrets
from binascii import b2a_qp
from collections.abc import Iterator
from email.header import Header
from email.utils import format_datetime
from functools import cached_property, lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.utils.encoding import punycode

from accounts import mail_wishes
from accounts.letter_form import html_of
from accounts.models import Message

#: RFC 5322: a line is at most so long, without its end; a header line had better be no longer than the second.
LINE, HEADER_LINE = 998, 76
_LINE_END = re.compile(r"\r\n|\r|\n")


def message_id(message: Message) -> str:
    """The Message-ID header: the same for every attempt to deliver the same message."""
    domain = punycode(settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")) or "localhost"
    return f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{domain}>"


class Mail:
    """One mail to one address. Each form is made when it is first asked for; that raises ValueError for a bad header."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @cached_property
    def sender(self) -> str:
        return _address(settings.DEFAULT_FROM_EMAIL)

    @cached_property
    def recipient(self) -> str:
        return _address(self.message.to)

    @cached_property
    def for_backend(self) -> EmailMultiAlternatives:
        """As Django's backends take it."""
        message = self.message
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=message.text,
            to=[message.to],
            reply_to=[message.reply_to] if message.reply_to else None,
            headers=self._own_headers,
        )
        mail.attach_alternative(self.html, "text/html")
        return mail

    @cached_property
    def data(self) -> bytes:
        """The mail in CRLF lines, none longer than allowed, and nothing but ASCII."""
        boundary = f"=_{secrets.token_hex(16)}"
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers(boundary))
        parts = [_part("plain", self.message.text), _part("html", self.html), b"--\r\n"]
        return head.encode("ascii") + f"\r\n--{boundary}".encode().join([b"", *parts])

    @cached_property
    def on_the_wire(self) -> bytes:
        """`data` as SMTP wants it: lines that begin with a dot get another, and one alone is the end."""
        return self.data.replace(b"\r\n.", b"\r\n..") + b".\r\n"

    def _headers(self, boundary: str) -> Iterator[tuple[str, str]]:
        message = self.message
        yield "Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'
        yield "MIME-Version", "1.0"
        yield "Subject", _header(message.subject)
        yield "From", self.sender
        yield "To", self.recipient
        if message.reply_to:
            yield "Reply-To", _address(message.reply_to)
        for name, value in self._own_headers.items():
            yield name, _header(value, fold=False)

    @cached_property
    def _own_headers(self) -> dict[str, str]:
        message = self.message
        headers = {
            "Message-ID": message_id(message),
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
        }
        if message.optional_group:
            stop = mail_wishes.stop_url(address=message.to, group=message.optional_group)
            headers |= {
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        return headers

    @cached_property
    def html(self) -> str:
        """The HTML part, made from the text where the message has none."""
        return self.message.html or html_of(self.message.text, heading=self.message.subject)


@lru_cache(maxsize=1000)
def _address(address: str) -> str:
    """An address, perhaps with a name before it, as it stands in a header: nothing but ASCII, on one line."""
    return sanitize_address(address, "utf-8")


def _header(value: str, *, fold: bool = True) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"A header of a mail may not contain a line break: “{value[:100]!r}”.")
    if value.isascii():
        return value if not fold or len(value) <= HEADER_LINE else Header(value).encode(linesep="\r\n")
    return Header(value, "utf-8").encode(linesep="\r\n")


def _part(subtype: str, text: str) -> bytes:
    body = _LINE_END.sub("\r\n", text).encode()
    encoding = "7bit"
    if not body.isascii() or any(len(line) > LINE for line in body.split(b"\r\n")):
        # With a line end at its end, for b2a_qp takes the kind of line end from what it is given.
        encoding, body = "quoted-printable", b2a_qp(body + b"\r\n", istext=True)[:-2]
    head = (
        f'\r\nContent-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    )
    return head.encode() + body
