"""How the committee works: numbers that its chairs set."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import queries
from reviews.models import CommitteeSettings
from reviews.services import roster
from submissions.models import Edition
from submissions.services.errors import Refused, Stale


def stamp(settings: CommitteeSettings) -> str:
    """Equal as long as nobody has saved the settings."""
    return settings.changed_at.isoformat() if settings.pk else "defaults"


def save(*, actor: User, edition: Edition, values: Mapping[str, Any], expected: str) -> list[str]:
    """Change some of the settings; returns the names of those that changed. Raises NotAllowed, Stale, Refused."""
    with transaction.atomic():
        edition = roster.locked(actor, edition)
        settings = queries.settings_of(edition)
        if stamp(settings) != expected:
            raise Stale(
                "Somebody changed these settings since you opened the page. Nothing was saved; look again."
            )
        before = {name: getattr(settings, name) for name in values}
        changed = [name for name, value in values.items() if before[name] != value]
        if not changed:
            return []
        for name in changed:
            setattr(settings, name, values[name])
        _check(settings)
        settings.changed_at = timezone.now()
        settings.save()
        audit.record(
            actor=actor,
            verb="committee.settings_changed",
            subject=edition,
            edition=edition.slug,
            data={name: [before[name], values[name]] for name in changed},
        )
    return changed


def _check(settings: CommitteeSettings) -> None:
    try:
        settings.full_clean(exclude=["edition"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if settings.least_load > settings.default_load:
        raise Refused(
            f"Every member would get at least {settings.least_load} papers, but the usual load is "
            f"{settings.default_load} at most. Lower the least load or raise the usual one."
        )
