"""`/healthz`: whether this site can do its work, for load balancers, containers and monitors.

200 when requests can be served, 503 when not. Late mail is reported ("degraded") but stays 200: taking the web
process out of service would not deliver it. Says nothing about why; the log does.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Message

log = logging.getLogger(__name__)

#: Mail that has been due for longer than this means that no worker is running or no server takes it.
LATE = timedelta(minutes=15)


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise RuntimeError(f"{len(missing)} migrations are not applied")


def redis() -> None:
    """The broker and the cache, asked with a short patience of our own."""
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
        client.ping()


def storage() -> None:
    """A file can be written, where files are kept on this machine's disk."""
    probe = Path(settings.DATA_DIR) / f".healthz-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"ok")
    finally:
        probe.unlink(missing_ok=True)


def oldest_unsent_seconds() -> int:
    """For how long the oldest message should have left; 0 when none. Held mail and later mail do not count."""
    now = timezone.now()
    oldest = Message.objects.overdue(now).aggregate(oldest=Min("wanted_at"))["oldest"]
    return int((now - oldest).total_seconds()) if oldest else 0


def passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        log.exception("Health check failed: %s", name)
        return False
    return True


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    checks = {"database": database, "migrations": migrations, "storage": storage}
    if settings.REDIS_URL:
        checks["redis"] = redis
    results = {name: "ok" if passes(name, check) else "failed" for name, check in checks.items()}
    unsent: int | None = None
    if results["migrations"] == "ok":
        unsent = oldest_unsent_seconds()
        results["mail"] = "ok" if unsent <= LATE.total_seconds() else "late"
    failed = "failed" in results.values()
    status = "failed" if failed else "degraded" if "late" in results.values() else "ok"
    return JsonResponse(
        {"status": status, "checks": results, "oldest_unsent_message_seconds": unsent},
        status=503 if failed else 200,
    )
