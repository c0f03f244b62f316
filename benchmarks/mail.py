"""How fast the mail queue takes and delivers messages, beside a bare SMTP client that is handed the same messages.

    python benchmarks/mail.py [--messages 1000] [--runs 5] [--server quick|syncing] [--delay 0.005]

Starts a PostgreSQL and a mail server of its own (the development tools must be installed). `syncing`: the server has
each message on disk before it accepts it, as real ones do; `quick` accepts at once, which no real one does.

`bare` is smtplib with one open connection and messages that were made beforehand: nothing can be faster one by one.
`made` is the same with Django making each message on the way. `queue` is one worker's `deliver_due`.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.plugins.services import Services  # noqa: E402

TEXT = "Dear author,\n\n" + "we have received your paper and thank you for it.\n" * 20


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--server", choices=["quick", "syncing"], default="syncing")
    parser.add_argument(
        "--delay", type=float, default=0.0, help="seconds the server takes for a message besides"
    )
    parser.add_argument("--pipelining", action="store_true", help="the server offers it, as most do")
    parser.add_argument("--profile", action="store_true", help="say where one delivery spends its time")
    chosen = parser.parse_args()
    services, server = Services(), None
    try:
        services.start()
        # As on a real site: a commit is on disk when it returns.
        _durable(services.database_url)
        server = subprocess.Popen(
            [
                sys.executable, "-m", "tests.worker.sink", f"--delay={chosen.delay}",
                *(["--sync"] if chosen.server == "syncing" else []),
                *(["--pipelining"] if chosen.pipelining else []),
            ],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        port = int(server.stdout.readline())  # type: ignore[union-attr]
        _set_up(services, port)
        measure(chosen.messages, chosen.runs, port, profile=chosen.profile)
    finally:
        if server is not None:
            server.communicate()
        services.stop()
    return 0


def _durable(url: str) -> None:
    """The servers of the tests do without; a measurement must not."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute("ALTER DATABASE postgres SET synchronous_commit = on")
    connection.close()


def _set_up(services: Services, port: int) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.worker.settings",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": f"{services.redis_url}/0",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DATA_DIR": tempfile.mkdtemp(dir=services.folder),
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.EMAIL_TIMEOUT = 20
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 60
    settings.LOGGING_CONFIG = None
    call_command("migrate", verbosity=0)


def measure(count: int, runs: int, port: int, *, profile: bool) -> None:
    """Print messages a second (lowest, median, highest of the runs) and the ratio of each run to its bare client."""
    from accounts import outbox
    from accounts.mime import Mail
    from accounts.models import Message

    rates: dict[str, list[float]] = {"queued": [], "bare": [], "made": [], "queue": []}
    for run in range(runs + 1):
        Message.objects.all().delete()
        found = {"queued": _rate(count, lambda: _post(count))}
        made = [Mail(message).for_backend for message in Message.objects.all()]
        ready = [(mail.from_email, mail.to, mail.message().as_bytes(linesep="\r\n")) for mail in made]
        found["bare"] = _rate(count, lambda ready=ready: _bare(ready, port))  # type: ignore[misc]
        found["made"] = _rate(count, lambda: _made(port))
        found["queue"] = _rate(count, outbox.deliver_due)
        if Message.objects.filter(state="sent").count() != count:
            raise RuntimeError("Not everything was sent.")
        if run:  # the first one warms up
            for name, rate in found.items():
                rates[name].append(rate)
    for name, values in rates.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:8} {low:7.0f} {middle:7.0f} {high:7.0f} messages a second")
    for name in ("made", "queue"):
        ratios = [rate / bare for rate, bare in zip(rates[name], rates["bare"], strict=True)]
        print(f"{name}/bare  {min(ratios):.2f} {statistics.median(ratios):.2f} {max(ratios):.2f}")
    if profile:
        import cProfile

        Message.objects.all().delete()
        _post(count)
        cProfile.runctx("outbox.deliver_due()", {"outbox": outbox}, {}, sort="cumtime")


def _rate(count: int, work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _post(count: int) -> None:
    """Each in a transaction of its own, as requests do; without waking a worker, who would take part."""
    from unittest import mock

    from accounts import outbox

    with mock.patch.object(outbox, "_wake"):
        for number in range(count):
            outbox.post(
                key=f"bench:{number}", kind="receipt", to=f"reader{number}@example.org",
                subject=f"Your paper #{number} is in", text=TEXT, html=f"<p>{TEXT}</p>",
            )  # fmt: skip


def _bare(ready: list[tuple[str, list[str], bytes]], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for sender, to, data in ready:
            client.sendmail(sender, to, data)


def _made(port: int) -> None:
    from django.core.mail import get_connection

    from accounts.mime import Mail
    from accounts.models import Message

    messages = list(Message.objects.all())
    with get_connection() as connection:
        for message in messages:
            connection.send_messages([Mail(message).for_backend])


if __name__ == "__main__":
    sys.exit(main())
