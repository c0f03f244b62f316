"""Long work with real processes: a killed worker is replaced once, and a page knows how far it is."""

import pytest

from accounts import jobs
from accounts.job_models import Job
from tests import factories
from tests.worker import tasks
from tests.worker.conftest import Site, wait

pytestmark = [pytest.mark.services]


def started() -> Job:
    """Asked for through a broker that nobody listens to: the sweep finds it."""
    return jobs.start(actor=factories.person("Ada"), kind=tasks.SLOW)


def state(job: Job) -> tuple[str, int]:
    job.refresh_from_db()
    return job.state, job.attempt


def test_a_job_whose_worker_is_killed_is_done_by_another(site: Site) -> None:
    site.beat()
    first, second = site.workers(2)
    job = started()
    wait("the job", lambda: state(job)[0] == "running" and job.done > 5, 30)
    busy = first if "run_job[" in site.log(first) else second
    site.kill(busy)
    wait("the end", lambda: state(job) == ("done", 2), 30)
    assert len((site.folder / "data" / "jobs" / job.result).read_text().splitlines()) == 40
    assert (job.done, job.total) == (40, 40)


def test_a_job_that_loses_two_workers_is_given_up(site: Site) -> None:
    site.beat()
    job = started()
    for attempt in (1, 2):
        worker = site.worker()
        wait("the job", lambda attempt=attempt: state(job) == ("running", attempt) and job.done > 2, 40)  # type: ignore[misc]
        site.kill(worker)
    site.worker()
    wait("the verdict", lambda: state(job)[0] == "failed", 30)
    assert "stopped twice" in job.message
