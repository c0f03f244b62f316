"""Background work of this room."""

from celery import shared_task

from accounts import outbox, services


@shared_task(ignore_result=True)
def deliver_due_mail() -> None:
    """Send every message that is due. Safe to run twice at once."""
    outbox.deliver_due()


@shared_task(ignore_result=True)
def tidy_accounts() -> None:
    """Forget what nobody needs any more. Safe to run at any time, and twice."""
    services.forget_stale()
