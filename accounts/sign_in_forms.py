"""allauth's forms in our words. Apart from forms.py because allauth imports that one while it loads."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.socialaccount import forms as social
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import services
from accounts.models import User
from accounts.validators import shorten

LABELS = {
    "login": "E-mail address",
    "email": "E-mail address",
    "oldpassword": "Current password",
    "remember": "Stay signed in on this device",
}


class OurFields:
    """Labels that stay visible instead of placeholders, and a keyboard that suits what is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            if isinstance(field, forms.EmailField):
                field.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
                field.error_messages["invalid"] = (
                    "“%(value)s” is not an e-mail address. Write it like ada@example.org."
                )
            if name == "code":
                field.widget.attrs |= {
                    "class": "input--code",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                }


class SixDigits:
    """An authenticator's code: digits, so a phone shows the number keys. Recovery codes are digits as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"  # type: ignore[attr-defined]


def refuse_odd_address(email: str) -> str:
    """Raise ValidationError, quoting the value, for an address no mail server takes."""
    if len(email) > 254:
        raise forms.ValidationError(
            f"“{shorten(email)}” is too long for an e-mail address.", code="max_length"
        )
    return email


class LoginForm(OurFields, account.LoginForm):
    pass


class NoEnumeration:
    """A sign-up with an address that has an account looks, lasts and mails like any other."""

    def clean_email(self) -> str:
        return refuse_odd_address(super().clean_email())  # type: ignore[misc]

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:  # type: ignore[has-type]
            # The other branch hashes the password; do the same work here.
            make_password(self.cleaned_data.get("password1"))  # type: ignore[attr-defined]
            return super().try_save(request)  # type: ignore[misc]
        try:
            with transaction.atomic():
                return super().try_save(request)  # type: ignore[misc]
        except IntegrityError:
            # Sent twice at once: the other request made the account.
            self.account_already_exists = True
            return super().try_save(request)  # type: ignore[misc]


class SignupForm(OurFields, NoEnumeration, account.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "We send a code to this address. Use the one your papers name."


class SocialSignupForm(OurFields, NoEnumeration, social.SignupForm):
    pass


class AddEmailForm(OurFields, account.AddEmailForm):
    def clean_email(self) -> str:
        return refuse_odd_address(super().clean_email())


class ChangePasswordForm(OurFields, account.ChangePasswordForm):
    pass


class SetPasswordForm(OurFields, account.SetPasswordForm):
    pass


class ResetPasswordForm(OurFields, account.ResetPasswordForm):
    def clean_email(self) -> str:
        return refuse_odd_address(super().clean_email())


class ResetPasswordKeyForm(OurFields, account.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(OurFields, account.ReauthenticateForm):
    pass


class ConfirmEmailVerificationCodeForm(OurFields, account.ConfirmEmailVerificationCodeForm):
    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if self.user and self.email and account.compare_user_code(actual=code, expected=self.expected_code):
            # The right code proves the address: an account that merely claimed it must not stand in the way.
            services.release_unproven_claims(email=self.email, proven_by=self.user)
        return super().clean_code()


class AuthenticateForm(OurFields, SixDigits, mfa.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(OurFields, SixDigits, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(OurFields, SixDigits, totp.ActivateTOTPForm):
    pass
