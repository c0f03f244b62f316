"""The page of long work in a real browser: it follows by itself, with and without scripts, and keeps the focus."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.job_models import Job
from accounts.models import User
from tests import factories

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def running(owner: User, **fields: Any) -> Job:
    return Job.objects.create(
        kind="export", edition="2021", actor=owner, state="running", attempt=1, done=3, total=10, **fields
    )


def end(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        state="done", finished_at=timezone.now(), done=10, message="10 papers and their list.", result="x.zip",
        result_name="papers.zip",
    )  # fmt: skip


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_follows_the_work(
    live_server: Any, new_page: Callable[..., Page], sign_in: Callable[[Page, User], None], scripts: bool
) -> None:
    owner = factories.person("Ada Author")
    job, page = running(owner), new_page(java_script_enabled=scripts)
    sign_in(page, owner)
    page.goto(f"{live_server.url}{job.get_absolute_url()}")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "3")
    button = page.get_by_role("button", name="Cancel")
    button.focus()
    Job.objects.filter(pk=job.pk).update(done=7)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "7")
    if scripts:
        expect(button).to_be_focused()
    end(job)
    expect(page.get_by_role("link", name="Download papers.zip")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Done")


def test_the_button_stops_the_work(
    live_server: Any, browser_page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    owner = factories.person("Ada Author")
    job = running(owner)
    sign_in(browser_page, owner)
    browser_page.goto(f"{live_server.url}{job.get_absolute_url()}")
    browser_page.get_by_role("button", name="Cancel").click()
    expect(browser_page.get_by_role("status")).to_have_text("Cancelled")
    job.refresh_from_db()
    assert job.state == "cancelled"
