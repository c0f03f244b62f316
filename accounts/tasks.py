"""Background work of this room."""

from celery import shared_task

from accounts import jobs, outbox, services


@shared_task(ignore_result=True)
def deliver_due_mail() -> None:
    """Send every message that is due. Safe to run twice at once."""
    outbox.deliver_due()


@shared_task(ignore_result=True)
def tidy_accounts() -> None:
    """Forget what nobody needs any more. Safe to run at any time, and twice."""
    services.forget_stale()


# Shorter than the broker's visibility timeout of an hour, after which Redis would hand the task out again.
@shared_task(ignore_result=True, soft_time_limit=45 * 60, time_limit=50 * 60)
def run_job(pk: int) -> None:
    """Do one piece of long work. Safe to ask for twice: the job's row decides who does it."""
    jobs.run(pk)


@shared_task(ignore_result=True)
def sweep_jobs() -> None:
    """Look after long work of which nothing is heard. Safe to run at any time, and twice."""
    jobs.sweep()
