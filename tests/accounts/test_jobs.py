"""Long work: one job for two clicks, progress, cancelling, failure in a sentence, a replaced worker, and its page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import jobs, tasks
from accounts.job_models import Job
from accounts.models import AuditEntry, User
from tests.accounts.people import person
from tests.factories import signed_in

pytestmark = pytest.mark.django_db


class Work:
    """What the job under test does: ten items, with `each(number)` called in between."""

    allowed = True

    def __init__(self) -> None:
        self.each: Any = lambda number: None
        self.seen: list[int] = []

    def __call__(self, job: Job, progress: jobs.Progress) -> jobs.Outcome:
        path = progress.new_file(".txt")
        path.write_text("ten")
        for number in progress.over(range(10), "things"):
            self.seen.append(number)
            self.each(number)
        return jobs.Outcome("Ten things.", path, "ten.txt")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, data_dir: Any) -> Iterator[Work]:
    made = Work()
    kind = jobs.Kind("test", "Test of things", run=made, allows=lambda actor, edition: made.allowed)
    monkeypatch.setitem(jobs.KINDS, "test", kind)
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0)
    return made


@pytest.fixture
def ada() -> User:
    return person("ada@example.org", "Ada")


def start(actor: User) -> Job:
    return jobs.start(actor=actor, kind="test", back="/account/")


def fresh(job: Job) -> Job:
    job.refresh_from_db()
    return job


def left() -> list[str]:
    return sorted(path.name for path in jobs.folder().iterdir())


def test_a_job_from_its_start_to_its_result(
    work: Work, ada: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args, **_: asked.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        job = start(ada)
    assert asked == [(tasks.run_job.name, [job.pk])]
    assert AuditEntry.objects.get(verb="job.test").actor == ada
    page = signed_in(ada).get(job.get_absolute_url())
    assert "Waiting for a free worker" in page.text
    tasks.run_job(job.pk)
    assert (fresh(job).state, job.done, job.total) == ("done", 10, 10)
    client = signed_in(ada)
    assert "Ten things." in client.get(job.get_absolute_url()).text
    file = client.get(reverse("job_result", args=[job.key]))
    assert b"".join(file.streaming_content) == b"ten"
    assert 'filename="ten.txt"' in file["Content-Disposition"]
    assert file["X-Content-Type-Options"] == "nosniff"


def test_two_clicks_are_one_job_and_two_tasks_do_it_once(work: Work, ada: User) -> None:
    job = start(ada)
    assert start(ada) == job
    jobs.run(job.pk)
    jobs.run(job.pk)
    assert work.seen == list(range(10))
    assert start(ada) != job, "the next one may come once it has ended"


def test_the_page_shows_how_far_it_is_with_and_without_scripts(work: Work, ada: User) -> None:
    job, client, seen = start(ada), signed_in(ada), []

    def look(number: int) -> None:
        if number == 4:
            seen.append(BeautifulSoup(client.get(job.get_absolute_url()).text, "html.parser"))
            seen.append(
                BeautifulSoup(
                    client.get(job.get_absolute_url(), headers={"HX-Request": "true"}).text, "html.parser"
                )
            )

    work.each = look
    jobs.run(job.pk)
    page, part = seen
    for shown in seen:
        bar = shown.find("progress")
        assert (bar["value"], bar["max"]) == ("4", "10")
        assert shown.find(id="job")["hx-get"] == job.get_absolute_url()
    assert page.find("meta", attrs={"http-equiv": "refresh"}).parent.name == "noscript"
    assert part.find("html") is None
    ended = BeautifulSoup(client.get(job.get_absolute_url()).text, "html.parser")
    assert not ended.find(id="job").has_attr("hx-get"), "nobody asks any more"
    assert ended.find("meta", attrs={"http-equiv": "refresh"}) is None


def test_it_stops_between_two_items_when_cancelled(work: Work, ada: User) -> None:
    job, client = start(ada), signed_in(ada)
    work.each = lambda number: number == 3 and client.post(reverse("job_cancel", args=[job.key]))
    jobs.run(job.pk)
    assert work.seen == [0, 1, 2, 3]
    assert (fresh(job).state, job.message) == ("cancelled", "You cancelled it.")
    assert left() == []
    answer = client.post(reverse("job_cancel", args=[job.key]), follow=True)
    assert "It had already ended." in answer.text


def test_one_that_was_cancelled_in_time_never_begins(work: Work, ada: User) -> None:
    job = start(ada)
    assert jobs.cancel(actor=ada, job=job)
    jobs.run(job.pk)
    assert work.seen == []
    with pytest.raises(PermissionDenied):
        jobs.cancel(actor=person("eve@example.org", "Eve"), job=job)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (jobs.JobFailed("The list is empty."), "The list is empty."),
        (RuntimeError("secret detail"), "Something went wrong on the server"),
    ],
)
def test_a_failure_is_a_sentence(work: Work, ada: User, error: Exception, sentence: str) -> None:
    def fail(number: int) -> None:
        raise error

    work.each = fail
    job = start(ada)
    jobs.run(job.pk)
    assert fresh(job).state == "failed"
    assert sentence in job.message
    assert "secret" not in job.message
    assert left() == []


def test_who_may_not_does_not_and_who_lost_the_right_gets_nothing(work: Work, ada: User) -> None:
    work.allowed = False
    with pytest.raises(PermissionDenied):
        start(ada)
    work.allowed = True
    done, client = start(ada), signed_in(ada)
    jobs.run(done.pk)
    job = start(ada)
    work.allowed = False
    jobs.run(job.pk)
    assert fresh(job).message == "You may no longer do this."
    assert client.get(reverse("job_result", args=[done.key])).status_code == 404


def test_nobody_else_sees_it(work: Work, ada: User) -> None:
    job = start(ada)
    jobs.run(job.pk)
    root = person("root@example.org", "Root")
    for address in (job.get_absolute_url(), reverse("job_result", args=[job.key])):
        assert signed_in(root).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def silence(job: Job, settings: Any) -> None:
    Job.objects.filter(pk=job.pk).update(
        heartbeat_at=timezone.now() - settings.JOB_HEARTBEAT_EXPIRES - timedelta(seconds=1)
    )


def test_a_worker_that_is_taken_for_dead_finds_that_the_job_is_not_its_own(
    work: Work, ada: User, settings: Any
) -> None:
    job = start(ada)

    def replace(number: int) -> None:
        if number == 2 and len(work.seen) == 3:
            silence(job, settings)
            jobs.sweep()
            jobs.run(job.pk)  # the other worker

    work.each = replace
    jobs.run(job.pk)
    assert work.seen == [0, 1, 2, *range(10)], "the first one stopped"
    assert (fresh(job).state, job.attempt) == ("done", 2)
    assert left() == [job.result]


def test_a_job_that_loses_two_workers_is_given_up(work: Work, ada: User, settings: Any) -> None:
    job = start(ada)
    for attempt in (1, 2):
        Job.objects.filter(pk=job.pk).update(state="running", attempt=attempt)
        jobs.sweep()
        assert fresh(job).state == "running", "still alive"
        silence(job, settings)
        jobs.sweep()
    assert fresh(job).state == "failed"
    assert "stopped twice" in job.message


def test_a_task_that_the_broker_lost_is_asked_for_again(
    work: Work, ada: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(ada)
    for callbacks in (1, 0):  # once, and not again a moment later
        if callbacks:
            silence(job, settings)
        with django_capture_on_commit_callbacks() as asked:
            jobs.sweep()
        assert len(asked) == callbacks


def test_results_are_forgotten_after_some_days(
    work: Work, ada: User, settings: Any, monkeypatch: Any
) -> None:
    job = start(ada)
    jobs.run(job.pk)
    jobs.sweep()
    assert left() == [fresh(job).result]
    Job.objects.update(finished_at=timezone.now() - settings.JOB_RESULT_EXPIRES - timedelta(minutes=1))
    settings.JOB_RESULT_EXPIRES = timedelta(seconds=-5)  # the file is old as well
    jobs.sweep()
    assert left() == []
    assert not Job.objects.exists()
