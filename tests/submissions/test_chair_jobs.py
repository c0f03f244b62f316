"""The chairs' long work: the check of all papers once more, and their export. Walls stand in both."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import jobs
from accounts.job_models import Job
from submissions.models import Edition, Manuscript, Paper
from submissions.storage import manuscripts
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]


@pytest.fixture
def call() -> Edition:
    return factories.edition()


def press(client: Client, call: Edition, button: str) -> Job:
    """Press one of the buttons, and let a worker do it."""
    page = client.get(reverse("chair_papers", args=[call.slug]))
    address = reverse(f"chair_{button}", args=[call.slug])
    assert f'action="{address}"' in page.text
    answer = client.post(address)
    job = Job.objects.latest("pk")
    assert answer["Location"] == job.get_absolute_url()
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def fetch(client: Client, job: Job) -> bytes:
    return b"".join(client.get(reverse("job_result", args=[job.key])).streaming_content)


def papers(call: Edition) -> tuple[Paper, Paper, Paper]:
    """One submitted, one a draft without a file, one behind a wall for Chiara."""
    author = factories.person("Ada Author")
    first = factories.paper(call, author)
    draft = factories.paper(call, author, file=None, title="Only a draft")
    walled = factories.paper(call, author, title="Walled off")
    return first, draft, walled


def test_the_export_holds_every_file_the_chair_handles_and_the_list(call: Edition) -> None:
    chair = factories.chair(call)
    first, _, walled = papers(call)
    walled.declared_conflicts.create(role=call.roles.get(user=chair))
    client = factories.signed_in(chair)
    job = press(client, call, "export")
    assert (job.state, job.result_name) == ("done", "scadl2021-papers.zip")
    with zipfile.ZipFile(io.BytesIO(fetch(client, job))) as archive:
        assert archive.testzip() is None
        name = f"scadl2021-paper{first.number}-v1.pdf"
        assert sorted(archive.namelist()) == [name, "scadl2021-papers.csv"]
        assert archive.read(name) == (factories.PDFS / "genuine/ieee_letter_8p.pdf").read_bytes()
        listed = archive.read("scadl2021-papers.csv").decode()
    assert "Only a draft" in listed
    assert "Walled off" not in listed


def test_an_export_of_nothing_and_one_with_a_lost_file(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    assert press(client, call, "export").message == "0 papers and their list."
    first, _, _ = papers(call)
    Path(manuscripts().path(first.manuscript.file.name)).unlink()
    message = press(client, call, "export").message
    assert message.startswith("1 papers")
    assert f"could not be found; tell the administrator: #{first.number}." in message


def test_the_check_says_what_differs_and_changes_nothing(call: Edition) -> None:
    chair = factories.chair(call)
    first, _, second = papers(call)
    # What an older checker might have said of the same file:
    Manuscript.objects.filter(pk=second.manuscript.pk).update(pages=9, report={"findings": []})
    before = list(Manuscript.objects.order_by("pk").values())
    client = factories.signed_in(chair)
    job = press(client, call, "check")
    assert job.message.startswith("1 of 2 papers need a look.")
    rows = list(csv.DictReader(io.StringIO(fetch(client, job).decode("utf-8-sig"))))
    assert [(row["number"], row["outcome"], row["pages then"], row["pages now"]) for row in rows] == [
        (str(first.number), "same", "8", "8"),
        (str(second.number), "different", "9", "8"),
    ]
    assert list(Manuscript.objects.order_by("pk").values()) == before


def test_the_check_reports_a_lost_file_and_goes_on(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    assert press(client, call, "check").message == "There is no paper with a file yet."
    first, _, second = papers(call)
    Path(manuscripts().path(first.manuscript.file.name)).unlink()
    job = press(client, call, "check")
    rows = {
        row["number"]: row["outcome"]
        for row in csv.DictReader(io.StringIO(fetch(client, job).decode("utf-8-sig")))
    }
    assert rows == {str(first.number): "the file is missing", str(second.number): "same"}


def test_a_conflict_declared_after_the_start_still_counts(call: Edition, monkeypatch: Any) -> None:
    chair = factories.chair(call)
    first, _, second = papers(call)
    job = jobs.start(actor=chair, kind="export", edition=call.slug)
    first.declared_conflicts.create(role=call.roles.get(user=chair))
    jobs.run(job.pk)
    job.refresh_from_db()
    with zipfile.ZipFile(jobs.folder() / job.result) as archive:
        assert f"scadl2021-paper{first.number}-v1.pdf" not in archive.namelist()
        assert f"scadl2021-paper{second.number}-v1.pdf" in archive.namelist()


def test_a_chair_who_is_one_no_longer_gets_neither_run_nor_result(call: Edition) -> None:
    chair = factories.chair(call)
    client = factories.signed_in(chair)
    done = press(client, call, "export")
    job = jobs.start(actor=chair, kind="check", edition=call.slug)
    call.roles.all().delete()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "You may no longer do this.")
    assert client.get(reverse("job_result", args=[done.key])).status_code == 404


def test_the_list_of_papers_leads_back_to_ones_own_long_work_and_to_nobody_elses(call: Edition) -> None:
    papers(call)
    chair, other = factories.chair(call), factories.chair(call, "Carl Chair")
    client = factories.signed_in(chair)
    where = reverse("chair_papers", args=[call.slug])
    assert "Your last exports and checks" not in client.get(where).text
    job = press(client, call, "export")
    assert f'href="{job.get_absolute_url()}"' in client.get(where).text
    assert "Your last exports and checks" not in factories.signed_in(other).get(where).text
