"""People for the tests of this room, and what they do over and over: sign up, read their mail, type a code."""

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from accounts import services
from accounts.models import Message, User

PASSWORD = "correct horse battery"


def person(email: str = "ada@example.org", name: str = "Ada Lovelace", **fields: Any) -> User:
    fields.setdefault("verified", True)
    return services.create_person(actor=None, email=email, name=name, password=PASSWORD, **fields)


def administrator(email: str = "root@example.org", name: str = "Grace Root") -> User:
    return person(email, name, is_staff=True, is_superuser=True)


def sign_in(client: Client, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
    """Through the form, as re-authentication and the record depend on it."""
    return client.post("/account/login/", {"login": email, "password": password}, follow=True)


def confirm_identity(client: Client, password: str = PASSWORD) -> None:
    client.post("/account/reauthenticate/", {"password": password})


def two_factor(user: User) -> str:
    """Set up an authenticator app; returns its key."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def last_mail(to: str) -> Message:
    return Message.objects.filter(to=to).latest("pk")


def mailed_code(to: str) -> str:
    found = re.search(r"^ {4}([A-Z]{4}-[A-Z]{4})$", last_mail(to).text, flags=re.MULTILINE)
    assert found, last_mail(to).text
    return found.group(1)


def mailed_link(to: str) -> str:
    found = re.search(r"http://testserver(/account/password/reset/key/\S+)", last_mail(to).text)
    assert found, last_mail(to).text
    return found.group(1)


SIGN_UP = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "password1": PASSWORD,
    "affiliation": "Analytical Engines",
    "country": "GB",
}


def sign_up(client: Client, **changes: str) -> Any:
    return client.post("/account/signup/", SIGN_UP | changes)
