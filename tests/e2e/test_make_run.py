"""`make run` as a newcomer uses it: it says where the site is, keeps the data, and stops without leaving a trace."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.services import free_port

pytestmark = [pytest.mark.e2e]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90


class Site:
    """One `make run` in a session of its own, as a terminal would start it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.log = port, folder / f"log-{port}-{time.monotonic_ns()}"
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "MAKEFLAGS", "MAKELEVEL"}
        }
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                ["make", "run", f"PORT={port}"],
                cwd=ROOT,
                env={**environment, "DATA_DIR": str(folder / "var")},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_up(self) -> float:
        begin = time.monotonic()
        while time.monotonic() - begin < PATIENCE:
            assert self.process.poll() is None, self.text()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                    assert answer.status == 200
                    return time.monotonic() - begin
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise AssertionError(self.text())

    def left_over(self) -> str:
        listing = subprocess.run(["ps", "-eo", "sid=,pid=,args="], capture_output=True, text=True, check=True)
        return "\n".join(
            line for line in listing.stdout.splitlines() if line.split()[0] == str(self.process.pid)
        )

    def is_gone(self) -> bool:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            self.process.poll()
            if not self.left_over():
                return True
            time.sleep(0.1)
        return False

    def kill(self) -> None:
        for line in self.left_over().splitlines():
            try:
                os.kill(int(line.split()[1]), signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Site]]:
    sites: list[Site] = []

    def do(port: int) -> Site:
        sites.append(Site(tmp_path, port))
        return sites[-1]

    yield do
    for site in sites:
        site.kill()


def test_from_the_first_start_to_the_last_stop(start: Callable[[int], Site]) -> None:
    port = free_port()
    first = start(port)
    first.wait_until_up()
    assert f"http://localhost:{port}/" in first.text()
    assert "author@example.org" in first.text()

    refused = start(port)
    assert refused.process.wait(timeout=PATIENCE) != 0
    assert f"Port {port} is in use" in refused.text()
    assert "Traceback" not in refused.text()

    os.killpg(first.process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
    assert first.is_gone(), first.left_over()
    assert "Traceback" not in first.text()

    second = start(free_port())
    assert second.wait_until_up() < 20  # seconds on a busy machine; 3 on an idle one
    assert "Bringing the database" not in second.text()
    second.process.terminate()
    assert second.is_gone(), second.left_over()


def test_a_port_that_is_no_port_is_explained(start: Callable[[int], Site]) -> None:
    site = start(99999)
    assert site.process.wait(timeout=PATIENCE) != 0
    assert "PORT must be a number from 1 to 65535" in site.text()
