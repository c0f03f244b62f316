"""Tasks of the site under test: something periodic to announce, and long work that does nothing."""

import time

from celery import shared_task

from accounts import jobs, outbox
from accounts.job_models import Job

READERS = 20
SLOW = "slow"


@shared_task(ignore_result=True)
def announce() -> None:
    """One message to each reader for every second that passes, like a reminder: due, and not yet recorded."""
    now = int(time.time())
    for reader in range(READERS):
        outbox.post(
            key=f"notice:{now}:reader{reader}", kind="notice", to=f"reader{reader}@example.org", subject="Notice",
            text="Text",
        )  # fmt: skip


def count_slowly(job: Job, progress: jobs.Progress) -> jobs.Outcome:
    path = progress.new_file(".txt")
    with path.open("w") as file:
        for number in progress.over(range(40), "counted"):
            time.sleep(0.1)
            file.write(f"{number}\n")
    return jobs.Outcome("Counted.", path, "numbers.txt")


jobs.register(jobs.Kind(SLOW, "Slow counting", run=count_slowly, allows=lambda actor, edition: True))
