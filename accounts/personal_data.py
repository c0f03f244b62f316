"""Everything we hold on one person, for “Download my data”, and what an address of theirs is good for.

Upper rooms add their parts in `AppConfig.ready()`:

    from accounts import personal_data
    personal_data.exporters["papers"] = people.export_papers    # (user) -> JSON-able data
    personal_data.claims.append(people.papers_named)            # (user, email) -> a sentence, or ""

A claim's sentence is shown when the person has verified `email`: “This address is named on 2 papers.”
"""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.job_models import Job
from accounts.models import AuditEntry, MailWish, Message, User

exporters: dict[str, Callable[[User], Any]] = {}
claims: list[Callable[[User, str], str]] = []


def collect(user: User) -> dict[str, Any]:
    """Everything we hold on `user`, as JSON-able data (dates as ISO text)."""
    parts = {name: export(user) for name, export in exporters.items()}
    return {"site": settings.SITE_NAME, "collected_at": timezone.now().isoformat(), **parts}


def claimed_by(user: User, email: str) -> list[str]:
    """What `user` gains now that `email` is proven, as sentences."""
    return [sentence for claim in claims if (sentence := claim(user, email))]


def register_own() -> None:
    """This room's own parts."""
    exporters.update(
        profile=_profile,
        addresses=_addresses,
        sign_in=_sign_in,
        sessions=_sessions,
        messages=_messages,
        mail_settings=_mail_wishes,
        what_you_did=_what_you_did,
        jobs=_jobs,
        what_was_done_to_your_account=_what_was_done,
    )


def _rows(rows: QuerySet[Any], *fields: str) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.order_by("pk").values(*fields)]


def _profile(user: User) -> dict[str, Any]:
    fields = ("email", "name", "affiliation", "orcid", "homepage", "time_zone", "is_staff", "is_active")
    return {field: getattr(user, field) for field in fields} | {
        "country": str(user.country or ""),
        "date_joined": user.date_joined,
        "last_login": user.last_login,
    }


def _addresses(user: User) -> list[dict[str, Any]]:
    return _rows(EmailAddress.objects.filter(user=user), "email", "verified", "primary")


def _sign_in(user: User) -> dict[str, Any]:
    """That secrets exist, never the secrets."""
    return {
        "password_set": user.has_usable_password(),
        "second_factors": _rows(
            Authenticator.objects.filter(user=user), "type", "created_at", "last_used_at"
        ),
        "providers": _rows(
            SocialAccount.objects.filter(user=user),
            "provider",
            "uid",
            "date_joined",
            "last_login",
            "extra_data",
        ),
    }


def _sessions(user: User) -> list[dict[str, Any]]:
    sessions = UserSession.objects.filter(user=user)
    return _rows(sessions, "created_at", "last_seen_at", "ip", "user_agent")


def _messages(user: User) -> list[dict[str, Any]]:
    """Mail to the person; codes and links that sign in are left out, as whoever has the file could use them.

    What still waits is left out too: it may be called off, and a decision in it is not told before its time.
    """
    waiting = (Message.State.QUEUED, Message.State.SENDING)
    fields = ("created_at", "sent_at", "state", "kind", "edition", "to", "subject", "text", "sensitive")
    return [
        row | {"text": "(left out: it held a code or a link)"} if row.pop("sensitive") else row
        for row in _rows(Message.objects.filter(person=user).exclude(state__in=waiting), *fields)
    ]


def _mail_wishes(user: User) -> list[dict[str, Any]]:
    proven = EmailAddress.objects.filter(user=user, verified=True).values("email")
    return _rows(MailWish.objects.filter(Q(person=user) | Q(address__in=proven)), "address", "off", "daily")


def _what_you_did(user: User) -> list[dict[str, Any]]:
    entries = AuditEntry.objects.filter(actor=user)
    return _rows(entries, "at", "verb", "edition", "subject_label")


def _jobs(user: User) -> list[dict[str, Any]]:
    return _rows(Job.objects.filter(actor=user), "kind", "edition", "state", "created_at", "finished_at")


def _what_was_done(user: User) -> list[dict[str, Any]]:
    return _rows(audit.history(user), "at", "actor_label", "verb", "data")
