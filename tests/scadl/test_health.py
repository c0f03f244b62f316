from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import outbox
from accounts.models import MailHold, Message
from scadl import health

pytestmark = pytest.mark.django_db


def test_a_site_in_order_answers_ok(client: Client, data_dir: Any) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["checks"]) >= {"database", "migrations", "storage", "mail"}
    assert "no-store" in answer["Cache-Control"]
    assert not list(data_dir.glob(".healthz-*"))


@pytest.mark.services
def test_redis_is_asked_where_there_is_one(client: Client, settings: Any) -> None:
    assert client.get("/healthz").json()["checks"]["redis"] == "ok"


def test_a_dead_redis_makes_the_site_unavailable(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://:a-secret@127.0.0.1:1/0"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == "failed"
    assert "a-secret" not in answer.content.decode()


def test_a_missing_data_folder_makes_it_unavailable(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"] == "failed"


def test_missing_migrations_make_it_unavailable(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_, **__: ["one"])
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "failed"
    assert answer.json()["oldest_unsent_message_seconds"] is None


def test_late_mail_is_reported_and_the_site_stays_in_service(client: Client) -> None:
    Message.objects.create(
        key="k",
        kind="k",
        to="a@example.org",
        subject="s",
        text="t",
        wanted_at=timezone.now() - timedelta(hours=1),
    )
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["mail"] == "late"
    assert 3590 < answer.json()["oldest_unsent_message_seconds"] < 3700


def test_mail_of_the_future_and_held_mail_are_not_late(client: Client) -> None:
    common = {"kind": "k", "to": "a@example.org", "subject": "s", "text": "t"}
    outbox.post(key="later", **common, due_at=timezone.now() + timedelta(hours=1))
    outbox.post(key="held", **common, edition="2021", due_at=timezone.now() - timedelta(hours=1))
    assert client.get("/healthz").json()["checks"]["mail"] == "late"
    MailHold.objects.create(edition="2021")
    assert client.get("/healthz").json()["oldest_unsent_message_seconds"] == 0


def test_a_message_that_is_tried_again_and_again_is_late(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each failed attempt moves the next one into the future; the reader has been waiting all the while."""
    outbox.post(
        key="k",
        kind="k",
        to="a@example.org",
        subject="s",
        text="t",
        due_at=timezone.now() - timedelta(hours=1),
    )
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda *_: 0)
    outbox.deliver_due()
    assert Message.objects.get().due_at > timezone.now()
    assert client.get("/healthz").json()["oldest_unsent_message_seconds"] > 3590


def test_it_is_not_sent_elsewhere_for_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    assert client.get("/healthz").status_code == 200
