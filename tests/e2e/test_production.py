"""The commands of docker-compose.yml with the production settings, on a real PostgreSQL and Redis, without containers."""

import http.client
import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugins.services import Services, free_port

pytestmark = [pytest.mark.e2e]

ROOT = Path(__file__).resolve().parents[2]
HOST = "submit.example.org"
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every message and remembers it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.messages: list[str] = []


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.messages.append(text.decode(errors="replace"))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


def wait(what: str, ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.2)
    raise AssertionError(f"Waited {seconds} s for this: {what}")


class Production:
    """The processes of one production site."""

    def __init__(self, folder: Path, services: Services, mail: MailServer) -> None:
        self.folder, self.port = folder, free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOSTNAME": socket.gethostname(),
            "DJANGO_SETTINGS_MODULE": "scadl.settings.production",
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": "Zr4nD0m-and-long-enough-to-sign-with_0123456789-abcdefghijklmnop",
            "ALLOWED_HOSTS": HOST,
            "SITE_URL": f"https://{HOST}",
            "DEFAULT_FROM_EMAIL": "ScaDL <submissions@example.org>",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail.server_address[1]}",
            "DATABASE_URL": services.database_url,
            "REDIS_URL": f"{services.redis_url}/0",
            "DATA_DIR": str(folder / "data"),
            "STATIC_ROOT": str(folder / "static"),
            "BEHIND_PROXY": "true",
            "PORT": str(self.port),
        }
        (folder / "data").mkdir(mode=0o700)

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                SERVICES[name]["command"], cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            "GET", path, headers={"Host": HOST, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def is_up(self) -> bool:
        assert self.running["web"].poll() is None, self.log("web")
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def stop(self) -> dict[str, int]:
        for process in self.running.values():
            process.terminate()
        ends = {}
        for name, process in self.running.items():
            try:
                ends[name] = process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                ends[name] = process.wait()
        return ends


@pytest.fixture
def production(tmp_path: Path) -> Iterator[tuple[Production, MailServer]]:
    services = Services().start()
    mail = MailServer()
    thread = threading.Thread(target=mail.serve_forever, daemon=True)
    thread.start()
    site = Production(tmp_path, services, mail)
    yield site, mail
    site.stop()
    for name in site.running:  # shown when the test failed
        print(f"== {name}\n{site.log(name)[-4000:]}")  # noqa: T201
    mail.shutdown()
    mail.server_close()
    thread.join()
    services.stop()


def test_production_from_its_first_start_to_its_stop(production: tuple[Production, MailServer]) -> None:
    site, mail = production
    # What the image's build does:
    site.run("python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    site.run(*SERVICES["migrate"]["command"])
    for name in ("worker", "worker-long", "beat", "web"):
        site.start(name)
    wait("the web process", site.is_up, 60)

    # Health, as the container asks for it.
    status = json.loads(site.get("/healthz")[2])
    assert status["status"] == "ok", status
    assert status["checks"]["redis"] == "ok"
    site.run(*SERVICES["web"]["healthcheck"]["test"][1:])

    # Only https; the proxy says which it was.
    code, headers, _ = site.get("/")
    assert code == 301
    assert headers["location"] == f"https://{HOST}/"
    code, headers, page = site.get("/", X_Forwarded_Proto="https")
    assert code == 200, page[-2000:]
    assert "max-age=31536000" in headers["strict-transport-security"]
    assert "'unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    reference = headers["x-request-id"]
    wait("the request's line in the log", lambda: reference in site.log("web"), 5)
    assert site.get("/", X_Forwarded_Proto="https", Host="evil.example.org")[0] == 400

    # Static files carry their hash and may be kept for ever.
    found = re.search(r"/static/css/\w+\.[0-9a-f]{12}\.css", page)
    assert found, page[:2000]
    code, headers, _ = site.get(found[0], X_Forwarded_Proto="https")
    assert code == 200
    assert "immutable" in headers["cache-control"]

    # Two gigabytes are refused before they are sent.
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as sender:
        sender.sendall(
            f"POST / HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {2 * 1024**3}\r\n\r\n".encode()
        )
        assert sender.recv(12) == b"HTTP/1.1 413"

    # Mail leaves right after the commit; what a dead broker forgot, the clock finds within a minute.
    post = "from accounts import outbox; outbox.post(key='a', kind='t', to='a@example.org', subject='At once', text='a')"
    forget = (
        "from accounts.models import Message; "
        "Message.objects.create(key='b', kind='t', to='b@example.org', subject='Forgotten', text='b')"
    )
    site.run("python", "manage.py", "shell", "--no-imports", "-c", post)
    wait("the message", lambda: any("Subject: At once" in text for text in mail.messages), 30)
    site.run("python", "manage.py", "shell", "--no-imports", "-c", forget)
    for name in ("worker", "worker-long"):
        worker = f"{SERVICES[name]['environment']['WORKER_NAME']}@{socket.gethostname()}"
        site.run("celery", "-A", "scadl", "inspect", "ping", "--destination", worker)
    wait("the forgotten message", lambda: any("Subject: Forgotten" in text for text in mail.messages), 90)
    assert len(mail.messages) == 2
    assert all("From: ScaDL <submissions@example.org>" in text for text in mail.messages)

    # A polite stop, without an error in any log.
    assert set(site.stop().values()) <= {0, -signal.SIGTERM}
    for name in site.running:
        assert "Traceback" not in site.log(name), site.log(name)


def test_a_command_that_would_be_unsafe_does_not_start(production: tuple[Production, MailServer]) -> None:
    site, _ = production
    site.environment["SECRET_KEY"] = "short"
    site.start("web")
    assert site.running["web"].wait(timeout=60) != 0
    assert "scadl.E001" in site.log("web")
