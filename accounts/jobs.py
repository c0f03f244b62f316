"""Long work with progress: started by a service, run by a worker, watched on a page, cancelled between two items.

A room registers what can be done, in `AppConfig.ready()`:

    from accounts import jobs
    jobs.register(jobs.Kind("export", "Export of all papers", run=export, allows=may_export))

`run(job, progress)` does the work and returns an `Outcome`; it loops with `for paper in progress.over(papers)` and
writes a file, if any, to `progress.new_file(".zip")`. It may be run twice and must not change anything that matters.

The row is the truth. A task carries only its number; a message that the broker lost is sent again by the sweep, a worker
that died is replaced once, and one that was wrongly taken for dead finds that the job is no longer its own.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.job_models import Job, JobQuerySet
from accounts.models import User

log = logging.getLogger(__name__)
T = TypeVar("T")

#: A worker may die under a job once; a job that kills two workers would kill the third.
MAX_ATTEMPTS = 2
#: How often progress is written, at most.
BEAT_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """What a job has to show: a sentence, and a file made with `Progress.new_file`."""

    message: str
    file: Path | None = None
    #: What a browser calls the file.
    name: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of long work. `allows(actor, edition)` is asked at the start, before the run and at the download."""

    slug: str
    title: str
    run: "Callable[[Job, Progress], Outcome]"
    allows: Callable[[User, str], bool]


KINDS: dict[str, Kind] = {}


class JobFailed(Exception):
    """Raised by a job's `run` with a sentence for the person who waits."""


class NotOurs(Exception):
    """The job was cancelled, or another worker has it: stop, and write nothing more."""


def register(kind: Kind) -> None:
    KINDS[kind.slug] = kind


def start(*, actor: User, kind: str, edition: str = "", back: str = "/") -> Job:
    """Ask for work of `kind`, or return the job that is already under way.

    Raises PermissionDenied for whom the kind does not allow it, KeyError for an unknown kind.
    """
    if not KINDS[kind].allows(actor, edition):
        raise PermissionDenied("You may not start this.")
    with transaction.atomic():
        # The unique constraint on unfinished jobs decides between two clicks.
        job, created = Job.objects.unfinished().get_or_create(
            actor=actor, kind=kind, edition=edition, defaults={"back": back}
        )
        if created:
            audit.record(actor=actor, verb=f"job.{kind}", subject=job, edition=edition)
            _ask_worker(job)
    return job


def cancel(*, actor: User, job: Job) -> bool:
    """Stop a job before its next item. False when it had already ended. Raises PermissionDenied unless it is the actor's."""
    if job.actor_id != actor.pk:
        raise PermissionDenied("Only who started a job cancels it.")
    with transaction.atomic():
        changed = _finish(
            Job.objects.filter(pk=job.pk).unfinished(), Job.State.CANCELLED, "You cancelled it."
        )
        if changed:
            audit.record(actor=actor, verb="job.cancelled", subject=job, edition=job.edition)
    return changed


def run(pk: int) -> None:
    """Do the work of one job, if nobody else does. Called by the task."""
    now = timezone.now()
    claimed = Job.objects.filter(pk=pk, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        started_at=now,
        heartbeat_at=now,
        done=0,
        total=0,
        message="",
    )
    if not claimed:
        return
    job = Job.objects.select_related("actor").get(pk=pk)
    progress = Progress(job)
    try:
        outcome = _work(job, progress)
        file = outcome.file.name if outcome.file else ""
        kept = _finish(progress.own(), Job.State.DONE, outcome.message, result=file, result_name=outcome.name)
        if not kept:
            progress.discard()
    except NotOurs:
        progress.discard()
    except Exception as error:
        progress.discard()
        log.exception("Job %s failed.", pk)
        _finish(progress.own(), Job.State.FAILED, _sentence(error))
    except BaseException:
        progress.discard()
        raise


def _work(job: Job, progress: "Progress") -> Outcome:
    kind = KINDS.get(job.kind)
    if kind is None:
        raise JobFailed(f"This site no longer knows how to do “{job.kind}”.")
    if not job.actor.is_active or not kind.allows(job.actor, job.edition):
        raise JobFailed("You may no longer do this.")
    return kind.run(job, progress)


def _sentence(error: Exception) -> str:
    if isinstance(error, JobFailed):
        return str(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return "It took longer than the server allows and was stopped. Write to the administrator if this happens again."
    return (
        "Something went wrong on the server; the administrator finds the reason in the log. Please try again."
    )


class Progress:
    """How far a job is. Every report is also the sign of life, and the moment to notice a cancellation."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._files: list[Path] = []
        self._reported = timezone.now()

    def own(self) -> JobQuerySet:
        """The row, as long as it is this run's."""
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, attempt=self.job.attempt)

    def over(self, items: Sequence[T], message: str = "") -> Iterator[T]:
        """`items` one by one, counted. Raises NotOurs between two of them when the job was cancelled."""
        self.report(0, len(items), message)
        for done, item in enumerate(items, start=1):
            yield item
            if done == len(items) or (timezone.now() - self._reported).total_seconds() >= BEAT_SECONDS:
                self.report(done, len(items), message)

    def report(self, done: int, total: int, message: str = "") -> None:
        """Write how far the job is. Raises NotOurs when it was cancelled or given to another worker."""
        self._reported = timezone.now()
        if not self.own().update(done=done, total=total, message=message, heartbeat_at=self._reported):
            raise NotOurs

    def new_file(self, suffix: str) -> Path:
        """Where to write the result: on the disk of the data, under a name of this run's own."""
        path = folder() / f"{self.job.key}-{self.job.attempt}{suffix}"
        self._files.append(path)
        return path

    def discard(self) -> None:
        for path in self._files:
            path.unlink(missing_ok=True)


def _finish(jobs: JobQuerySet, state: Job.State, message: str, **fields: str) -> bool:
    """End what `jobs` finds. False when that is nothing any more."""
    return bool(jobs.update(state=state, message=message[:1000], finished_at=timezone.now(), **fields))


def _ask_worker(job: Job) -> None:
    def ask() -> None:
        try:
            # By name: the task calls this module, so this module cannot import the task.
            current_app.send_task("accounts.tasks.run_job", args=[job.pk], retry=False)
        except Exception:
            log.warning(
                "No worker could be asked to run job %s; the next sweep asks again.", job.pk, exc_info=True
            )

    transaction.on_commit(ask)


def sweep() -> None:
    """Look after jobs of which nothing was heard, and forget old ones. Safe to run at any time, and twice at once."""
    now = timezone.now()
    silent = Job.objects.filter(heartbeat_at__lt=now - settings.JOB_HEARTBEAT_EXPIRES)
    for job in silent.unfinished():
        same = silent.filter(pk=job.pk, state=job.state, attempt=job.attempt)
        if job.state == Job.State.RUNNING and job.attempt >= MAX_ATTEMPTS:
            _finish(
                same,
                Job.State.FAILED,
                "The server stopped twice while doing this. Please tell the administrator.",
            )
            continue
        with transaction.atomic():
            if same.update(state=Job.State.QUEUED, heartbeat_at=now):
                _ask_worker(job)
    Job.objects.filter(finished_at__lt=now - settings.JOB_RESULT_EXPIRES).delete()
    _remove_files(now.timestamp() - settings.JOB_RESULT_EXPIRES.total_seconds())


def _remove_files(older_than: float) -> None:
    """Results whose job is gone, and what a killed worker had begun."""
    old = [path for path in folder().iterdir() if path.is_file() and path.stat().st_mtime < older_than]
    wanted = set(Job.objects.filter(result__in=[path.name for path in old]).values_list("result", flat=True))
    for path in old:
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def folder() -> Path:
    """Where results are kept: outside of the web root, readable by the site alone."""
    path = Path(settings.DATA_DIR) / "jobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
