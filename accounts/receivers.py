"""What allauth does to a person, written into the record. The verbs are listed in docs/accounts.md.

A wrong password leaves no entry: the extra write would show, by the time it takes, that the account exists.
"""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social_signals
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, services
from accounts.models import User
from accounts.signals import address_verified


@receiver(account_signals.user_signed_up)
def signed_up(sender: Any, user: User, **kwargs: Any) -> None:
    audit.record(actor=user, verb="account.signed_up", subject=user)
    login: SocialLogin | None = kwargs.get("sociallogin")
    if login is not None:
        keep_orcid(user, login.account)


@receiver(account_signals.user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    audit.record(actor=user, verb="account.signed_in", subject=user)


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    # None when a session that had run out was ended, and nobody when the account was just deleted.
    if user is not None and user.pk is not None:
        audit.record(actor=user, verb="account.signed_out", subject=user)


@receiver(mfa_signals.authentication_failed)
def second_factor_failed(sender: Any, user: User, **kwargs: Any) -> None:
    audit.record(actor=None, verb="account.second_factor_failed", subject=user)


@receiver(account_signals.email_confirmed)
def address_confirmed(sender: Any, request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    """Runs in the transaction that verifies the address (AccountAdapter.confirm_email)."""
    user, email = email_address.user, email_address.email
    services.release_unproven_claims(email=email, proven_by=user)
    audit.record(actor=user, verb="account.address_verified", subject=user, data={"email": [None, email]})
    address_verified.send(sender=User, user=user, email=email)


@receiver(account_signals.email_changed)
def primary_address_changed(
    sender: Any,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    before = from_email_address.email if from_email_address else None
    data = {"email": [before, to_email_address.email]}
    audit.record(actor=user, verb="account.primary_address_changed", subject=user, data=data)


@receiver(account_signals.email_removed)
def address_removed(sender: Any, user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    data = {"email": [email_address.email, None]}
    audit.record(actor=user, verb="account.address_removed", subject=user, data=data)


@receiver(account_signals.password_changed)
def password_changed(sender: Any, user: User, **kwargs: Any) -> None:
    audit.record(actor=user, verb="account.password_changed", subject=user)


@receiver(account_signals.password_set)
def password_set(sender: Any, user: User, **kwargs: Any) -> None:
    audit.record(actor=user, verb="account.password_set", subject=user)


@receiver(account_signals.password_reset)
def password_reset(sender: Any, user: User, **kwargs: Any) -> None:
    """Whoever could reset the password owns the mailbox: every session from before ends (Django's session hash)."""
    audit.record(actor=user, verb="account.password_reset", subject=user)
    services.drop_unproven_providers(user)


AUTHENTICATOR_NAMES = {
    Authenticator.Type.TOTP: "two_factor",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


def _authenticator_changed(user: User, authenticator: Authenticator, what: str) -> None:
    name = AUTHENTICATOR_NAMES.get(Authenticator.Type(authenticator.type), str(authenticator.type))
    audit.record(actor=user, verb=f"account.{name}_{what}", subject=user)


@receiver(mfa_signals.authenticator_added)
def authenticator_added(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _authenticator_changed(user, authenticator, "enabled")
    if authenticator.type == Authenticator.Type.TOTP:
        # Whoever signed in elsewhere did so with the password alone.
        services.end_sessions(user, keep=request.session.session_key)


@receiver(mfa_signals.authenticator_removed)
def authenticator_removed(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _authenticator_changed(user, authenticator, "disabled")


@receiver(mfa_signals.authenticator_reset)
def authenticator_reset(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _authenticator_changed(user, authenticator, "renewed")


@receiver(social_signals.social_account_added)
def provider_connected(sender: Any, sociallogin: SocialLogin, **kwargs: Any) -> None:
    user, account = sociallogin.user, sociallogin.account
    data = {account.provider: [None, account.uid]}
    audit.record(actor=user, verb="account.provider_connected", subject=user, data=data)
    keep_orcid(user, account)


@receiver(social_signals.social_account_removed)
def provider_disconnected(sender: Any, socialaccount: SocialAccount, **kwargs: Any) -> None:
    user = socialaccount.user
    data = {socialaccount.provider: [socialaccount.uid, None]}
    audit.record(actor=user, verb="account.provider_disconnected", subject=user, data=data)


def keep_orcid(user: User, account: SocialAccount) -> None:
    """ORCID itself told us the iD: it replaces what was typed."""
    if account.provider == "orcid":
        services.update_profile(actor=user, person=user, orcid=account.uid)
