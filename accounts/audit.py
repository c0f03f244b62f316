"""The only writer of AuditEntry. Call it inside the transaction of the change it records."""

from typing import Any

from django.db import models

from accounts.models import AuditEntry, User


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
        actor_label=(str(actor) if actor else "the system")[:200],
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=str(subject)[:300],
        edition=edition,
        data=data or {},
    )


def history(subject: models.Model) -> models.QuerySet[AuditEntry]:
    """What was done to `subject`, latest first."""
    return AuditEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
