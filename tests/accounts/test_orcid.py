"""Sign-in with ORCID: absent unless an administrator registered the site; the cases run in a process that has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.accounts.people import person, sign_in

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent


def test_it_is_not_offered_and_does_not_exist_without_registration(client: Client) -> None:
    assert "ORCID" not in client.get("/account/login/").content.decode()
    assert client.get("/account/orcid/login/").status_code == 404
    person()
    sign_in(client)
    assert "does not offer sign-in with ORCID" in client.get("/account/3rdparty/").content.decode()


@pytest.mark.sqlite_only
def test_it_works_where_it_is_registered() -> None:
    """Which applications are installed is settled when Django starts: hence the second process."""
    environment = os.environ | {
        "ORCID_CLIENT_ID": "APP-1",
        "ORCID_CLIENT_SECRET": "secret-1",
        "ORCID_DOMAIN": "sandbox.orcid.example",
        "DATABASE_URL": "sqlite://:memory:",
        "REDIS_URL": "",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    run = subprocess.run(
        [*command, "tests/accounts/orcid_cases.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "passed" in run.stdout
