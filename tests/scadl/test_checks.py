"""Each unsafe setting is named, with a remedy; production does not start with one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from scadl import checks

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "PRODUCTION": True,
    "DEBUG": False,
    "MAILBOX_PAGE": False,
    "SECRET_KEY": "Zr4nD0m-and-long-enough-to-sign-with_0123456789-abcdefghijklmnop",
    "SITE_URL": "https://submit.example.org",
    "ALLOWED_HOSTS": ["submit.example.org"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "DEFAULT_FROM_EMAIL": "ScaDL <submissions@example.org>",
    "REDIS_URL": "redis://localhost:6379/0",
    "REQUIRE_TWO_FACTOR": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
}


@pytest.fixture
def good(settings: Any) -> Any:
    for name, value in GOOD.items():
        if name != "DATABASES":  # the tests' own connection stays
            setattr(settings, name, value)
    return settings


def found() -> set[str | None]:
    # Whether SQLite is the test database depends on the run.
    return {message.id for message in run_checks(tags=[checks.TAG])} - {"scadl.W001"}


def test_safe_settings_pass(good: Any) -> None:
    assert found() == set()
    checks.refuse_unsafe()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "short", "scadl.E001"),
        ("SECRET_KEY", "a" * 80, "scadl.E001"),
        ("SECRET_KEY", "development-only-key-never-use-it-for-a-real-site-0123456789", "scadl.E001"),
        ("SITE_URL", "http://submit.example.org", "scadl.E002"),
        ("SITE_URL", "submit.example.org", "scadl.E002"),
        ("SITE_URL", "https://other.example.org", "scadl.E011"),
        ("MAILBOX_PAGE", True, "scadl.E003"),
        ("REDIS_URL", "", "scadl.E006"),
        ("ALLOWED_HOSTS", ["*"], "scadl.E007"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "scadl.E009"),
        ("DEBUG", True, "scadl.E010"),
        ("DEFAULT_FROM_EMAIL", "root@localhost", "scadl.E012"),
        ("SECURE_PROXY_SSL_HEADER", None, "scadl.W002"),
        ("REQUIRE_TWO_FACTOR", False, "scadl.W003"),
    ],
)
def test_unsafe_settings_are_named(good: Any, name: str, value: object, expected: str) -> None:
    setattr(good, name, value)
    assert found() == {expected}
    if ".E" in expected:
        with pytest.raises(ImproperlyConfigured, match=expected):
            checks.refuse_unsafe()


def test_every_finding_says_what_to_do(good: Any) -> None:
    good.SECRET_KEY, good.SITE_URL, good.MAILBOX_PAGE, good.REDIS_URL = "x", "x", True, ""
    assert all(message.hint for message in run_checks(tags=[checks.TAG]))


def test_files_may_not_lie_among_those_served_to_everybody(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.DATA_DIR = tmp_path / "var"
    assert "scadl.E008" in found()


def test_manuscripts_may_not_lie_in_a_static_folder_either(
    settings: Any, tmp_path: Path, data_dir: Path
) -> None:
    settings.STATICFILES_DIRS = [("pictures", data_dir / "manuscripts")]
    assert "scadl.E008" in found()


def test_a_data_folder_that_is_a_file_is_named(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.DATA_DIR = tmp_path / "file" / "var"
    assert "scadl.E004" in found()


def test_development_is_left_in_peace(settings: Any) -> None:
    settings.SECRET_KEY = "short"
    checks.refuse_unsafe()


def production_environment(**changes: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "scadl.settings.production",
        "SECRET_KEY": str(GOOD["SECRET_KEY"]),
        "ALLOWED_HOSTS": "submit.example.org",
        "SITE_URL": "https://submit.example.org",
        "DEFAULT_FROM_EMAIL": "submissions@example.org",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
        "DATABASE_URL": "postgres://user:password@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "BEHIND_PROXY": "true",
        "DATA_DIR": os.environ["DATA_DIR"],
        **changes,
    }


def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in production_environment(**changes).items() if value}
    return subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_deployment_check_is_clean_in_production() -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DEFAULT_FROM_EMAIL", "EMAIL_URL", "DATABASE_URL"]
)
def test_production_needs_its_settings(missing: str) -> None:
    done = run("manage.py", "check", **{missing: ""})
    assert done.returncode != 0
    assert f"{missing} is not set." in done.stderr


def test_the_web_process_refuses_to_start_unsafely() -> None:
    done = run("-c", "import scadl.wsgi", SECRET_KEY="too-short", REDIS_URL="")
    assert done.returncode != 0
    assert "scadl.E001" in done.stderr
    assert "scadl.E006" in done.stderr


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_worker_and_clock_refuse_to_start_unsafely(process: str) -> None:
    done = run("-m", "celery", "-A", "scadl", process, SECRET_KEY="too-short")
    assert done.returncode != 0
    assert "scadl.E001" in done.stderr
