"""Background work of this room."""

from celery import shared_task

from submissions.services import reminders


@shared_task(ignore_result=True)
def send_due_reminders() -> None:
    """Queue every reminder that is due. Safe to run at any time, twice at once, or not for days."""
    reminders.send_due()
