"""The only writer of AuditEntry. Call it inside the transaction of the change it records."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import AuditEntry, User

#: How an entry without an actor names who did it.
SYSTEM = "the system"


def record(
    *,
    actor: User | None,
    verb: str,
    subject: models.Model,
    edition: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Record that `actor` did `verb` to `subject`. `actor=None` means the system itself (a task, a command).

    `data` holds what changed as `{field: [before, after]}` or other JSON; never secrets, never file contents.
    """
    return AuditEntry.objects.create(
        actor=actor,
        actor_label=(str(actor) if actor else SYSTEM)[:200],
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=str(subject)[:300],
        edition=edition,
        data=data or {},
    )


def record_joined(
    *, actor: User, verb: str, subject: models.Model, within: timedelta, edition: str, data: dict[str, Any]
) -> AuditEntry:
    """Like `record`, for changes saved while somebody types: if the latest entry on `subject` is this actor's same
    verb begun less than `within` ago, it is carried on: each field keeps its first "before" and gets the last "after".
    """
    latest = history(subject).first()
    recent = timezone.now() - within
    if latest is None or (latest.actor_id, latest.verb) != (actor.pk, verb) or latest.at < recent:
        return record(actor=actor, verb=verb, subject=subject, edition=edition, data=data)
    for field, (before, after) in data.items():
        first = latest.data[field][0] if field in latest.data else before
        latest.data[field] = [first, after]
    latest.data = {field: pair for field, pair in latest.data.items() if pair[0] != pair[1]}
    latest.subject_label = str(subject)[:300]
    latest.save(update_fields=["data", "subject_label"])
    return latest


def history(subject: models.Model) -> models.QuerySet[AuditEntry]:
    """What was done to `subject`, latest first."""
    return AuditEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
