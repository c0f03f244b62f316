import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection


def test_the_run_writes_into_a_folder_of_its_own() -> None:
    assert "scadl-test-" in str(settings.DATA_DIR)


@pytest.mark.django_db
@pytest.mark.sqlite_only
def test_sqlite_holds_several_writers() -> None:
    with connection.cursor() as cursor:
        values = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 20000}
    assert connection.transaction_mode == "IMMEDIATE"


@pytest.mark.services
@pytest.mark.django_db
def test_the_second_run_is_on_real_servers() -> None:
    assert connection.vendor == "postgresql"
    assert isinstance(caches["default"], RedisCache)
    caches["default"].set("seen", 1)
    assert caches["default"].get("seen") == 1
    assert settings.CELERY_BROKER_URL.startswith("redis://")


def test_a_mail_provider_is_chosen_by_the_environment_alone() -> None:
    program = (
        "import json; from scadl.settings import base as s; "
        "print(json.dumps([s.EMAIL_BACKEND, s.ANYMAIL, 'anymail' in s.INSTALLED_APPS]))"
    )
    chosen = {
        "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend",
        "ANYMAIL": '{"POSTMARK_SERVER_TOKEN": "secret"}',
    }
    for extra, installed in (({}, False), (chosen, True)):
        environment = {**os.environ, "EMAIL_BACKEND": "", "ANYMAIL": "{}", **extra}
        answer = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        backend, anymail, found = json.loads(answer.stdout)
        assert found is installed
        assert backend.startswith("anymail.") is installed
        assert anymail["SEND_DEFAULTS"] == {"track_opens": False, "track_clicks": False}
        assert ("POSTMARK_SERVER_TOKEN" in anymail) is installed
