"""Background work of this room."""

from celery import shared_task

from reviews.services import affinity


@shared_task(ignore_result=True)
def refresh_affinity(edition: int) -> None:
    """Bring the affinity of one edition up to date. Safe to run at any time, twice at once, or not for days."""
    affinity.refresh(edition)


@shared_task(ignore_result=True)
def refresh_all_affinity() -> None:
    """The same for every edition where it is of use: what was missed, or changed behind our back."""
    for edition in affinity.editions_to_keep():
        affinity.refresh(edition)
