"""Places for checks on this machine: at most so many children run at once, whatever process started them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_SECONDS = 0.05


class Busy(Exception):
    """No place became free in time."""


def folder(chosen: Path | None) -> Path:
    """The folder with one lock file a place; the same for all processes of one user on the machine."""
    if chosen is not None:
        return chosen
    if from_environment := os.environ.get("SCADL_PDF_SLOTS"):
        return Path(from_environment)
    return Path(tempfile.gettempdir()) / f"scadl-pdf-slots-{os.getuid()}"


@contextlib.contextmanager
def place(
    where: Path, places: int, wait: float, on_wait: Callable[[], None] | None = None
) -> Iterator[float]:
    """Hold one of `places` places; yields the seconds waited. Raises Busy after `wait` seconds, or OSError.

    `on_wait` is called once, when the caller has to wait.
    """
    started = time.monotonic()
    while (held := _take(where, places)) is None:
        waited = time.monotonic() - started
        if waited >= wait:
            raise Busy
        if on_wait is not None:
            on_wait()
            on_wait = None
        time.sleep(POLL_SECONDS)
    try:
        yield time.monotonic() - started
    finally:
        fcntl.flock(held, fcntl.LOCK_UN)  # not only close: a forked process may hold a copy of the descriptor
        os.close(held)


def taken(where: Path, places: int) -> int:
    """How many places are taken at this moment."""
    busy = 0
    for number in range(places):
        if (held := _try(where / f"place-{number}")) is None:
            busy += 1
        else:
            os.close(held)
    return busy


def _take(where: Path, places: int) -> int | None:
    for number in range(places):
        if (held := _try(where / f"place-{number}")) is not None:
            return held
    return None


def _try(lock: Path) -> int | None:
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held
