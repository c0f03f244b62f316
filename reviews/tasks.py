"""Background work of this room."""

from celery import shared_task

from reviews.services import affinity, detection, handling
from submissions.models import Edition


@shared_task(ignore_result=True)
def refresh_affinity(edition: int) -> None:
    """Bring the affinity of one edition up to date. Safe to run at any time, twice at once, or not for days."""
    affinity.refresh(edition)


@shared_task(ignore_result=True)
def refresh_all_affinity() -> None:
    """The same for every edition where it is of use: what was missed, or changed behind our back."""
    for edition in affinity.editions_to_keep():
        affinity.refresh(edition)


@shared_task(ignore_result=True)
def find_conflicts(edition: int) -> None:
    """Bring the conflicts of one edition in step. Safe to run at any time, twice at once, or not for days."""
    found = Edition.objects.filter(pk=edition).first()
    if found is not None:
        detection.detect(found)


@shared_task(ignore_result=True)
def find_all_conflicts() -> None:
    """The same for every edition that is not long over; done in a moment where nothing has changed."""
    for edition in detection.editions_due():
        find_conflicts(edition)


@shared_task(ignore_result=True)
def keep_handling(edition: int) -> None:
    """Give papers with which a chair has a conflict to another chair. Safe to run at any time, or twice at once."""
    found = Edition.objects.filter(pk=edition).first()
    if found is not None:
        handling.keep(found)


@shared_task(ignore_result=True)
def keep_all_handling() -> None:
    """The same for every edition that is not long over."""
    for edition in handling.editions_to_keep():
        handling.keep(edition)
