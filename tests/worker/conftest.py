"""One site of real processes: workers and clocks on a Redis of their own, the test's PostgreSQL, and a mail server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.plugins.services import Services
from tests.worker.sink import Sink

ROOT = Path(__file__).resolve().parents[2]


def wait(what: str, ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"Waited {seconds} s for this: {what}")


class Site:
    """Processes that share a broker, a database and a mail server."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.folder, self.sink = folder, sink
        self.services = Services()
        self.redis = self.services.start_redis()
        database = urlsplit(os.environ["DATABASE_URL"])
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.worker.settings",
            "DATABASE_URL": database._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "REDIS_URL": f"{self.services.redis_url}/0",
            "DATA_DIR": str(folder / "data"),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "DEFAULT_FROM_EMAIL": settings.DEFAULT_FROM_EMAIL,
        }
        (folder / "data").mkdir(exist_ok=True)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"log-{len(self.processes)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True,
            )  # fmt: skip
        process.log = log  # type: ignore[attr-defined]
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        """A worker as docker-compose.yml starts it, with one process for tasks: one message in its hands at most."""
        return self.start(
            "-m", "celery", "-A", "scadl", "worker", "--concurrency", "1", "--loglevel", "INFO",
            "--hostname", f"worker{len(self.processes)}@%h", "--without-mingle", "--without-gossip",
        )  # fmt: skip

    def workers(self, count: int) -> list[subprocess.Popen[bytes]]:
        """That many, once they are ready."""
        started = [self.worker() for _ in range(count)]
        for worker in started:
            wait("the worker", lambda worker=worker: self.is_ready(worker), 40)  # type: ignore[misc]
        return started

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start(
            "-m", "celery", "-A", "scadl", "beat", "--pidfile=", "--loglevel", "INFO", "--max-interval", "1",
            "--schedule", str(self.folder / f"schedule-{len(self.processes)}"),
        )  # fmt: skip

    def run(self, program: str) -> subprocess.Popen[bytes]:
        """Python with Django set up, as a process of its own."""
        return self.start("-c", f"import django; django.setup()\n{program}")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to the worker and the process that holds its task, at the same moment."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def is_ready(self, worker: subprocess.Popen[bytes]) -> bool:
        assert worker.poll() is None, self.log(worker)
        return " ready." in self.log(worker)

    def is_idle(self, workers: list[subprocess.Popen[bytes]]) -> bool:
        """Whether every task that was received is done, and no more are waiting."""
        with redis.Redis.from_url(self.services.redis_url) as client:
            waiting = sum(client.llen(queue) for queue in ("mail", "files", "long"))
        return not waiting and all(
            self.log(worker).count(" received") == self.log(worker).count(" succeeded in ")
            for worker in workers
        )

    @staticmethod
    def log(process: subprocess.Popen[bytes]) -> str:
        return process.log.read_text(errors="replace")  # type: ignore[attr-defined,no-any-return]

    def kill_redis(self) -> None:
        self.redis.kill()
        self.redis.wait()

    def restart_redis(self) -> None:
        """Redis again at the same address, empty."""
        self.redis = self.services.start_redis(urlsplit(self.services.redis_url).port)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.services.stop()


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink().start()
    yield made
    made.stop()


@pytest.fixture
def site(transactional_db: None, tmp_path: Path, sink: Sink) -> Iterator[Site]:
    made = Site(tmp_path, sink)
    yield made
    made.stop()
    for process in made.processes:  # shown by pytest when the test failed
        sys.stdout.write(f"--- {process.args[-1]!r}\n{made.log(process)[-3000:]}\n")  # type: ignore[index]
