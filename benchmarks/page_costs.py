"""What benchmarks of pages share: a site of its own with a large edition, and what each page costs. Not run by itself.

The work of the database server is not in the processor's time, so the clock on the wall is printed, too.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

#: Name, address, and the address of the person who asks.
Page = tuple[str, str, str]


def parser(doc: str | None) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    found.add_argument("--papers", type=int, default=1000)
    found.add_argument("--members", type=int, default=300)
    found.add_argument("--runs", type=int, default=5)
    found.add_argument("--postgres", action="store_true", help="on a PostgreSQL started for it")
    return found


def with_site(chosen: argparse.Namespace, measure: Callable[[argparse.Namespace], None]) -> None:
    """Call `measure` with an empty site: SQLite in a temporary folder, or a PostgreSQL that runs as long."""
    services = None
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "scadl.settings.test"}
        try:
            if chosen.postgres:
                from tests.plugins.services import Services

                services = Services()
                services.start()
                os.environ["DATABASE_URL"] = services.database_url
            else:
                os.environ["DATABASE_URL"] = f"sqlite:///{folder}/big.sqlite3"
            _prepare()
            measure(chosen)
        finally:
            if services is not None:
                services.stop()


def _prepare() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0, interactive=False)


def print_costs(pages: Iterable[Page], runs: int) -> None:
    """One line a page: medians over `runs`, after one request that does not count."""
    from accounts.models import User
    from tests import factories

    clients: dict[str, Any] = {}
    print(f"{'page':<34}{'cpu ms':>9}{'wall ms':>9}{'queries':>9}{'KB':>7}")
    for name, address, email in pages:
        if email not in clients:
            clients[email] = factories.signed_in(User.objects.get(email=email))
        cpu, wall, queries, size = _ask(clients[email], address, runs)
        print(f"{name:<34}{cpu:>9.0f}{wall:>9.0f}{queries:>9}{size / 1000:>7.0f}")


def _ask(client: Any, address: str, runs: int) -> tuple[float, float, int, int]:
    """Median milliseconds of processor and of the clock, queries and bytes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def get() -> bytes:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)  # noqa: S101
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    get()
    cpu, wall = [], []
    for _ in range(runs):
        started = time.process_time(), time.perf_counter()
        size = len(get())
        cpu.append(time.process_time() - started[0])
        wall.append(time.perf_counter() - started[1])
    with CaptureQueriesContext(connection) as queries:
        get()
    return statistics.median(cpu) * 1000, statistics.median(wall) * 1000, len(queries), size
