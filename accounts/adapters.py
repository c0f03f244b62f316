"""How allauth sends mail, guards secrets and takes over what ORCID knows."""

import base64
import hashlib
import logging
import secrets
from contextlib import suppress
from io import BytesIO
from typing import Any

import qrcode  # type: ignore[import-untyped]
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from accounts import outbox, personal_data, policy
from accounts.models import User
from accounts.validators import shorten, tidy_line, validate_line, validate_orcid

log = logging.getLogger(__name__)

#: Mails whose text lets whoever reads it in.
SENSITIVE = {"email_confirmation", "email_confirmation_signup", "password_reset_key"}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "The e-mail address and the password do not belong together. Check both; capital letters count in the "
            "password."
        ),
        "too_many_login_attempts": "Too many attempts. Wait five minutes, or set a new password.",
        "incorrect_code": "This is not the code we sent. Check it against the latest mail; capitals do not matter.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your current password.",
        "duplicate_email": "This address is on your account already.",
        "email_taken": "This address belongs to another account. Sign in there, or remove it there first.",
        "max_email_addresses": "An account holds at most %d addresses. Remove one first.",
        "rate_limited": "Too many attempts. Wait a few minutes and try again.",
        "invalid_password_reset": "This link has been used or has expired. Ask for a new one.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail: no page waits for a mail server, and every mail is on record."""
        what = template_prefix.rpartition("/")[2]
        context = context | {
            "email": email,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "request": self.request,
        }
        mail = self.render_mail(template_prefix, email, context)
        # The minute is part of the key: a double click announces nothing twice, the same mail an hour later leaves.
        occasion = f"{email}\n{mail.subject}\n{mail.body}\n{timezone.now():%Y-%m-%d %H:%M}"
        outbox.post(
            key=f"account.{what}:{hashlib.sha256(occasion.encode()).hexdigest()[:40]}",
            kind=f"account.{what}",
            to=email,
            subject=str(mail.subject),
            text=str(mail.body),
            html=_html_part(mail),
            person=_owner(email),
            sensitive=what in SENSITIVE,
        )

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Our templates need no request: the site's name and address come from the settings, not from a Host header."""
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", context).split())
        text = render_to_string(f"{template_prefix}_message.txt", context).strip() + "\n"
        mail = EmailMultiAlternatives(
            self.format_email_subject(subject), text, to=[str(email)], headers=headers
        )
        with suppress(TemplateDoesNotExist):
            mail.attach_alternative(render_to_string(f"{template_prefix}_message.html", context), "text/html")
        return mail

    def get_reset_password_from_key_url(self, key: str) -> str:
        uidb36, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
        return f"{settings.SITE_URL}{path}"

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark the address as proven, with everything that follows from it, in one transaction."""
        try:
            with transaction.atomic():
                confirmed = super().confirm_email(request, email_address)
        except IntegrityError:
            # Another account proved the same address in the same moment.
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False
        if confirmed:
            for sentence in personal_data.claimed_by(email_address.user, email_address.email):
                self.add_message(request, messages.INFO, message=sentence)
        return confirmed

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        if email_address.verified and policy.obstacle_to_removal(email_address.user, email_address.email):
            return False
        return bool(super().can_delete_email(email_address))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """An address that was not removed is not always the primary one: then the message says what else holds it."""
        if message_template == "account/messages/cannot_delete_primary_email.txt" and message_context:
            user = request.user
            if isinstance(user, User) and (why := policy.obstacle_to_removal(user, message_context["email"])):
                message_template, kwargs = None, kwargs | {"message": why}
        super().add_message(request, level, message_template, message_context, *args, **kwargs)

    def set_password(self, user: User, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])


def _html_part(mail: EmailMessage) -> str:
    for content, mimetype in getattr(mail, "alternatives", []):
        if mimetype == "text/html":
            return str(content)
    return ""


def _owner(email: str) -> User | None:
    address = (
        EmailAddress.objects.filter(email=email.lower()).select_related("user").order_by("-verified").first()
    )
    return address.user if address else None


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Start the sign-up form from what ORCID shows in public. The person can change all but the iD."""
        user: User = super().populate_user(request, sociallogin, data)
        name = tidy_line(f"{data.get('first_name', '')} {data.get('last_name', '')}")[:200]
        try:
            validate_line(name)
            user.name = name
        except ValidationError:
            user.name = ""
        if sociallogin.account.provider == "orcid":
            user.orcid = _checked_orcid(sociallogin.account.uid)
        return user

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        user = sociallogin.user
        return super().get_signup_form_initial_data(sociallogin) | {"name": getattr(user, "name", "")}

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        log.warning("Sign-in through %s failed: %s %r", getattr(provider, "id", provider), error, exception)


def _checked_orcid(uid: str) -> str:
    try:
        validate_orcid(uid)
    except ValidationError as error:
        raise ProviderException(f"ORCID sent “{shorten(uid)}” as an iD.") from error
    return uid


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps encrypted, so that a copy of the database alone lets nobody in."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code does not match. Codes change every half minute: type the one shown now.",
        "unverified_email": "Confirm your e-mail addresses before you set up two-factor sign-in.",
    }

    def build_totp_svg(self, url: str) -> str:
        """Black on white, whatever the colours of the page: cameras read nothing else."""
        buffer = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(buffer)
        return buffer.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # SECRET_KEY was replaced without SECRET_KEY_FALLBACKS. A random secret matches no code, so the second
            # factor stays shut until an administrator removes it; an empty one would open it to everybody.
            log.error(
                "A two-factor secret cannot be read: was SECRET_KEY replaced without SECRET_KEY_FALLBACKS?"
            )
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _fernet() -> MultiFernet:
    keys: list[str] = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"accounts.two_factor\0" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
