"""The parent's side of the child process: start it, hand it a file, collect what it says in time.

One helper process serves all threads of a web process. It is started at the first file, ends with the web
process (its socket closes) or when idle, and is started anew when it is gone. A forked web process never
uses its parent's helper.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from submissions.pdf.limits import Limits

CHILD = Path(__file__).with_name("child.py")
GRACE_SECONDS = 0.7  # the supervisor ends a check on time; this much later the parent stops believing in it
MAX_ANSWER_BYTES = 8_000_000


class HelperUnavailable(Exception):
    """No child process could be started, or it ended before it took the file."""


class Helper:
    """One running child process with the PDF libraries loaded."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(CHILD)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict[str, str](),  # no secret of the web process reaches a parser
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours
        self._sending = threading.Lock()
        self.owner = os.getpid()

    def check(self, pdf: int, limits: Limits) -> bytes:
        """Hand over the open file and return all that was said about it, as JSON lines.

        Takes no longer than `limits.wall` and a moment. Raises HelperUnavailable.
        """
        reading, writing = os.pipe()
        try:
            try:
                with self._sending:
                    socket.send_fds(self._socket, [limits.to_wire()], [pdf, writing])
            except OSError as error:
                raise HelperUnavailable(str(error)) from error
            finally:
                os.close(writing)
            deadline = time.monotonic() + limits.wall + GRACE_SECONDS
            answer = _read_until(reading, deadline)
        finally:
            os.close(reading)
        if not answer:
            raise HelperUnavailable("the child process ended before it took the file")
        if time.monotonic() >= deadline:  # the supervisor did not end the check: end everything
            self.close()
        return answer

    def close(self) -> None:
        """End the child process and what it started, and reap it."""
        self._socket.close()
        if self.owner == os.getpid():
            with contextlib.suppress(ProcessLookupError):
                if self._process.poll() is None:
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def forget(self) -> None:
        """In a forked copy of the web process: let go of the socket and leave the process to its owner."""
        self._socket.close()
        self._process.returncode = 0  # not ours to wait for


def _read_until(reading: int, deadline: float) -> bytes:
    """What arrives before the other end closes, the time is up or it is more than any check has to say."""
    parts: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and size < MAX_ANSWER_BYTES:
            if not selector.select(left):
                break
            part = os.read(reading, 65536)
            if not part:
                break
            parts.append(part)
            size += len(part)
    return b"".join(parts)


_lock = threading.Lock()
_warm: Helper | None = None


def ask(pdf: int, limits: Limits) -> bytes:
    """Have the open file checked by the warm helper, or by a new one when that fails. Raises HelperUnavailable."""
    for last_try in (False, True) if limits.warm else ():
        helper = _current()
        try:
            return helper.check(pdf, limits)
        except HelperUnavailable:
            _discard(helper)
            if last_try:
                raise
    helper = Helper()
    try:
        return helper.check(pdf, limits)
    finally:
        helper.close()


def _current() -> Helper:
    global _warm
    with _lock:
        if _warm is None or _warm.owner != os.getpid():
            try:
                _warm = Helper()
            except OSError as error:
                raise HelperUnavailable(str(error)) from error
        return _warm


def _discard(helper: Helper) -> None:
    global _warm
    with _lock:
        if _warm is helper:
            _warm = None
    helper.close()


@atexit.register
def stop() -> None:
    """End the warm helper, if there is one."""
    if _warm is not None and _warm.owner == os.getpid():
        _discard(_warm)


def _after_fork() -> None:
    global _lock, _warm
    _lock = threading.Lock()  # another thread may have held it at the moment of the fork
    if _warm is not None:
        _warm.forget()
        _warm = None


os.register_at_fork(after_in_child=_after_fork)
