"""Long work of this room: plans of the assignment. Registered in `apps.py`."""

from accounts import jobs
from reviews.services import proposals


def register() -> None:
    jobs.register(
        jobs.Kind(proposals.KIND, "Plan of the assignment", run=proposals.compute, allows=proposals.may_start)
    )
