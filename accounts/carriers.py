"""How a mail gets to the mail server, in steps, so that the queue can work while the server does.

    announce   who writes to whom; does not wait for the answer
    hand_over  the mail itself; from here on the server may have accepted it
    hear       whether it did

Each raises what went wrong, `Unreachable` where no mail is to blame. `reason` puts it into a sentence.
"""

import logging
import smtplib
import socket
import ssl
from typing import Any, Protocol

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from accounts.mime import Mail

log = logging.getLogger(__name__)


class Unreachable(Exception):
    """There is no connection to the mail server. No message is to blame, so none is given up for it."""


class Carrier(Protocol):
    def prepare(self, mail: Mail) -> None:
        """Do beforehand what needs no server."""

    def announce(self, mail: Mail) -> None: ...

    def hand_over(self, mail: Mail) -> None: ...

    def hear(self, mail: Mail) -> None: ...

    def close(self) -> None:
        """End the conversation; the next mail begins another."""


def carrier() -> Carrier:
    """For the backend of the settings."""
    backend = get_connection()
    return SmtpCarrier(backend) if isinstance(backend, SmtpBackend) else BackendCarrier(backend)


class BackendCarrier:
    """Any backend of Django: it sends in one step."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def prepare(self, mail: Mail) -> None:
        mail.for_backend  # noqa: B018 (kept for when it is sent)

    def announce(self, mail: Mail) -> None:
        _open(self._backend)

    def hand_over(self, mail: Mail) -> None:
        if not self._backend.send_messages([mail.for_backend]):
            raise OSError("The mail server took no message.")

    def hear(self, mail: Mail) -> None:
        """Said already."""

    def close(self) -> None:
        _close(self._backend)


class SmtpCarrier:
    """One conversation over the connection that Django's SMTP backend opens.

    A server that offers PIPELINING (RFC 2920) is told sender, recipient and DATA at once; the text follows only after it
    has answered all three.
    """

    def __init__(self, backend: SmtpBackend) -> None:
        self._backend = backend
        #: What was said and not answered yet: how many replies, and whether all was said at once.
        self._unanswered, self._at_once = 0, False

    def prepare(self, mail: Mail) -> None:
        mail.on_the_wire  # noqa: B018 (kept for when it is sent)

    def announce(self, mail: Mail) -> None:
        if _open(self._backend):
            self._greet()
        size = f" SIZE={len(mail.data)}" if self._smtp.has_extn("size") else ""
        self._at_once = self._smtp.has_extn("pipelining")
        first = f"MAIL FROM:{smtplib.quoteaddr(mail.sender)}{size}"
        self._say(*([first, self._recipient(mail), "DATA"] if self._at_once else [first]))

    def hand_over(self, mail: Mail) -> None:
        code, text = self._reply()
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, text, mail.sender)
        if not self._at_once:
            self._say(self._recipient(mail))
        code, text = self._reply()
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({mail.recipient: (code, text)})
        if not self._at_once:
            self._say("DATA")
        code, text = self._reply()
        if code != 354:
            raise smtplib.SMTPDataError(code, text)
        self._unanswered += 1
        self._smtp.send(mail.on_the_wire)

    def hear(self, mail: Mail) -> None:
        code, text = self._reply()
        if code != 250:
            raise smtplib.SMTPDataError(code, text)

    def close(self) -> None:
        if self._unanswered and self._backend.connection is not None:
            # No farewell: a server that awaits a text would take it for one.
            self._backend.connection.close()
        self._unanswered = 0
        _close(self._backend)

    @property
    def _smtp(self) -> smtplib.SMTP:
        if self._backend.connection is None:
            raise smtplib.SMTPServerDisconnected("There is no connection.")
        return self._backend.connection

    def _greet(self) -> None:
        try:
            self._smtp.ehlo_or_helo_if_needed()
        except Exception as error:
            self.close()
            raise Unreachable(reason(error)) from error

    @staticmethod
    def _recipient(mail: Mail) -> str:
        return f"RCPT TO:{smtplib.quoteaddr(mail.recipient)}"

    def _say(self, *commands: str) -> None:
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError("An address may not contain a line break.")
        self._unanswered += len(commands)
        self._smtp.send("".join(f"{command}\r\n" for command in commands))

    def _reply(self) -> tuple[int, bytes]:
        answer = self._smtp.getreply()
        self._unanswered -= 1
        return answer


def _open(backend: BaseEmailBackend) -> bool:
    """Whether a new connection was opened."""
    try:
        return bool(backend.open())
    except Exception as error:
        _close(backend)
        raise Unreachable(reason(error)) from error


def _close(backend: BaseEmailBackend) -> None:
    try:
        backend.close()
    except Exception:
        log.warning("The connection to the mail server did not close properly.", exc_info=True)


def is_final(error: Exception) -> bool:
    """Whether the server refused this address or this text for good (5xx): asking again would only annoy it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def reason(error: Exception) -> str:
    """What went wrong, as a sentence for a chair, with what the server said."""
    return " ".join(_sentence(error).replace("\0", "").split())[:1000]


def _sentence(error: Exception) -> str:
    if isinstance(error, Unreachable):
        return str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(_said(code, text) for code, text in error.recipients.values())
        return f"The mail server refused the address: {said}"
    if isinstance(error, smtplib.SMTPSenderRefused):
        said = _said(error.smtp_code, error.smtp_error)
        return f"The mail server takes no mail from {error.sender}: {said}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{_REFUSED.get(type(error), 'The mail server refused')}: {_said(error.smtp_code, error.smtp_error)}"
    if "timed out" in str(error) or isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The mail server ended the conversation before it had accepted the message."
    if isinstance(error, socket.gaierror):
        return f"The name of the mail server is not known: {error.strerror}."
    if isinstance(error, ssl.SSLError):
        return f"No safe connection to the mail server could be made: {error.strerror or error}."
    if isinstance(error, ConnectionError):
        return f"There is no connection to the mail server: {error.strerror or error}."
    return f"The message could not be sent ({type(error).__name__}): {error}"


_REFUSED: dict[type[Exception], str] = {
    smtplib.SMTPAuthenticationError: "The mail server refused this site's user name and password",
    smtplib.SMTPConnectError: "The mail server refused the connection",
    smtplib.SMTPHeloError: "The mail server refused the connection",
    smtplib.SMTPDataError: "The mail server refused the message",
}


def _said(code: int, text: Any) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return f"{code} {words}".strip()
