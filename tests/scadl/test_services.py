"""The tests' own servers: those of a killed run are removed, those of a living one are left alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins import services

ROOT = Path(__file__).resolve().parents[2]
START = """
import os, sys, time
from pathlib import Path
from tests.plugins.services import Services
started = Services(folder=Path(sys.argv[1])).start()
print(*[process.pid for process in started.processes], flush=True)
time.sleep(60)
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of our own to sweep, which `nobody` can reach."""
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    monkeypatch.setattr(services.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_only_what_a_killed_run_left_is_removed(elsewhere: Path) -> None:
    folder = elsewhere / f"{services.PREFIX}x"
    folder.mkdir()
    # Not named pytest: a parallel worker's command line is not either.
    run = subprocess.Popen([sys.executable, "-c", START, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run, run.stdout:
        pids = [int(word) for word in run.stdout.readline().split()]
        try:
            assert len(pids) == 2

            assert services.sweep() == []
            assert all(services.alive(pid) for pid in pids)

            run.send_signal(signal.SIGKILL)
            run.wait()
            assert services.sweep() == [folder.name]
            assert not any(services.alive(pid) for pid in pids)
            assert not folder.exists()
        finally:
            run.kill()
            services.stop_servers_of(folder)


def test_a_folder_of_unknown_origin_is_left_alone(elsewhere: Path) -> None:
    (elsewhere / f"{services.PREFIX}y").mkdir()
    assert services.sweep() == []


def test_settings_folders_of_processes_that_ended_are_found(elsewhere: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    old, ours = (elsewhere / f"scadl-test-{pid}-abc" for pid in (ended.pid, os.getpid()))
    old.mkdir()
    ours.mkdir()
    assert services.settings_folders() == [old]
