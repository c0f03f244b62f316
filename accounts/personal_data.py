"""Everything we hold on one person, for “Download my data”, and what an address of theirs is good for.

Upper rooms add their parts in `AppConfig.ready()`:

    from accounts import personal_data
    personal_data.exporters["papers"] = people.export_papers    # (user) -> JSON-able data
    personal_data.claims.append(people.papers_named)            # (user, email) -> a sentence, or ""

A claim's sentence is shown when the person has verified `email`: “This address is named on 2 papers.”
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User

exporters: dict[str, Callable[["User"], Any]] = {}
claims: list[Callable[["User", str], str]] = []


def collect(user: "User") -> dict[str, Any]:
    """Everything we hold on `user`, as JSON-able data (dates as ISO text)."""
    parts = {name: export(user) for name, export in exporters.items()}
    return {"site": settings.SITE_NAME, "collected_at": timezone.now().isoformat(), **parts}


def claimed_by(user: "User", email: str) -> list[str]:
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
        what_you_did=_what_you_did,
        what_was_done_to_your_account=_what_was_done,
    )


def _profile(user: "User") -> dict[str, Any]:
    fields = ("email", "name", "affiliation", "orcid", "homepage", "time_zone", "is_staff", "is_active")
    return {field: getattr(user, field) for field in fields} | {
        "country": user.country.code or "",
        "date_joined": user.date_joined,
        "last_login": user.last_login,
    }


def _addresses(user: "User") -> list[dict[str, Any]]:
    return list(user.emailaddress_set.order_by("pk").values("email", "verified", "primary"))


def _sign_in(user: "User") -> dict[str, Any]:
    """That secrets exist, never the secrets."""
    return {
        "password_set": user.has_usable_password(),
        "second_factors": list(user.authenticator_set.values("type", "created_at", "last_used_at")),
        "providers": list(
            user.socialaccount_set.values("provider", "uid", "date_joined", "last_login", "extra_data")
        ),
    }


def _sessions(user: "User") -> list[dict[str, Any]]:
    return list(user.usersession_set.order_by("pk").values("created_at", "last_seen_at", "ip", "user_agent"))


def _messages(user: "User") -> list[dict[str, Any]]:
    """Mail to the person; codes and links that sign in are left out, as whoever has the file could use them."""
    fields = ("created_at", "sent_at", "state", "kind", "edition", "to", "subject", "text", "sensitive")
    return [
        row | {"text": "(left out: it held a code or a link)"} if row.pop("sensitive") else row
        for row in user.messages.order_by("pk").values(*fields)
    ]


def _what_you_did(user: "User") -> list[dict[str, Any]]:
    fields = ("at", "verb", "edition", "subject_label")
    return list(user.audit_entries.order_by("pk").values(*fields))


def _what_was_done(user: "User") -> list[dict[str, Any]]:
    from accounts import audit

    return list(audit.history(user).order_by("pk").values("at", "actor_label", "verb", "data"))
