"""The child process that reads PDFs: the only place (with `stages/`) where PDF libraries are imported.

Run as a program (`python -I child.py`) with a Unix socket as standard input. Each request brings two file
descriptors, the PDF and a pipe for the answer, and the limits. For each request this process forks a
supervisor; the supervisor forks one worker a step, each in its own session and under its own limits, kills
its whole process group when the time is up, and reaps it. A worker writes each stage's result as one JSON
line as soon as it is known, so a later stage that dies takes nothing with it. The process ends when its
parent does, or after `IDLE_SECONDS` without work.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

if __name__ == "__main__":  # isolated mode leaves the project off the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from submissions.pdf.limits import WIRE_BYTES, Limits
from submissions.pdf.stages import Outcome, Step, count, front, layout, safety, thumbnail

IDLE_SECONDS = 300
#: The first of these that does not answer UNREAD decides about the number of pages.
COUNTING: tuple[Step, ...] = (count.by_pypdf, count.by_second_readers)
#: Asked one after the other once the pages are counted; none can undo what another found.
LOOKING: tuple[Step, ...] = (safety.look, layout.look, thumbnail.render)
#: Asked instead of these about a paper that is no manuscript here (`Limits.front`).
READING: tuple[Step, ...] = (front.read,)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


def serve(requests: socket.socket) -> None:
    """Answer requests until the parent is gone or nothing was asked for `IDLE_SECONDS`."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors are reaped by the kernel
    requests.settimeout(IDLE_SECONDS)
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(requests, WIRE_BYTES, 2, socket.MSG_WAITALL)
        except TimeoutError:
            return
        if len(message) < WIRE_BYTES or len(descriptors) != 2:
            return
        if os.fork() == 0:
            try:
                requests.close()  # a worker taken over by its file must not receive the next file
                _supervise(descriptors[0], descriptors[1], Limits.from_wire(message))
            finally:
                os._exit(1)  # the parent hung up
        for descriptor in descriptors:
            os.close(descriptor)


def leave_the_network() -> None:
    """On Linux, where the system allows it, move to a network of one's own without any connection."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if libc.unshare(CLONE_NEWNET) != 0:  # only root may; others need a user namespace around it
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _supervise(pdf: int, answer: int, limits: Limits) -> NoReturn:
    """Run the steps one after the other within `limits.wall` seconds in all; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = peak = 0

    def out_of_time(*_: object) -> None:
        _kill_group(worker)
        _say(answer, stage="end", how="timeout", peak=peak * MAXRSS_UNIT)
        os._exit(1)

    def run(step: Step) -> int:
        nonlocal worker, peak
        supervisor = os.getpid()
        # An alarm between fork and assignment would miss the worker, so it is held back for that moment.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        worker = os.fork()
        if worker == 0:
            _work(step, pdf, answer, limits, supervisor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        if hasattr(os, "waitid"):  # dead but not yet reaped, so the group's number cannot have been reused
            os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
            _kill_group(worker)
        _, status, used = os.wait4(worker, 0)
        worker, peak = 0, max(peak, used.ru_maxrss)
        return os.waitstatus_to_exitcode(status)

    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, limits.wall)
    _say(answer, stage="hello")
    outcome: int = Outcome.UNREAD
    for step in COUNTING:
        outcome = run(step)
        if outcome in (Outcome.GO_ON, Outcome.REFUSED):
            break
    if outcome == Outcome.GO_ON:
        for step in READING if limits.front else LOOKING:
            run(step)
    _say(answer, stage="end", how="done", peak=peak * MAXRSS_UNIT)
    os._exit(0)


def _work(step: Step, pdf: int, answer: int, limits: Limits, supervisor: int) -> NoReturn:
    """Be the worker of one step: take the limits, read the file, say what the step finds; never returns."""
    outcome = Outcome.UNREAD
    try:
        os.setsid()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        _take_limits(limits)
        _die_with(supervisor)
        outcome = step(_read(pdf), limits, lambda **facts: _say(answer, **facts))
    except BaseException as error:  # whatever a parser throws, the supervisor gets an exit code
        with contextlib.suppress(BaseException):
            _say(answer, stage="error", step=step.__module__.rpartition(".")[2], error=repr(error)[:200])
    finally:
        os._exit(outcome)


def _take_limits(limits: Limits) -> None:
    """Give up what a parser has no use for. Raises OSError or ValueError where the system refuses a limit."""
    for name, soft, hard in (
        ("RLIMIT_CORE", 0, 0),
        ("RLIMIT_FSIZE", 0, 0),  # pipes are not files: answers still go through, writing a file does not
        ("RLIMIT_NOFILE", limits.open_files, limits.open_files),
        ("RLIMIT_CPU", limits.cpu, limits.cpu + 1),
        ("RLIMIT_NPROC", 0, 0),
    ):
        resource.setrlimit(getattr(resource, name), (soft, hard))
    if sys.platform != "darwin":  # macOS knows the name but refuses every value
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _die_with(supervisor: int) -> None:
    """On Linux, be killed when the supervisor is (by an operator, or for want of memory), and gain no rights."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(Outcome.UNREAD)


def _kill_group(leader: int) -> None:
    """Kill a worker and everything in its group. The group does not exist before the worker's `setsid`."""
    if leader:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError):
                kill(leader, signal.SIGKILL)


def _read(pdf: int) -> bytes:
    """All bytes of the file, wherever another worker left its position."""
    with os.fdopen(os.dup(pdf), "rb") as file:
        file.seek(0)
        return file.read()


def _say(answer: int, **facts: object) -> None:
    """Send one line. It starts with a line break too, in case a killed worker left half a line."""
    rest = memoryview(b"\n" + json.dumps(facts).encode() + b"\n")
    while rest:
        rest = rest[os.write(answer, rest) :]


if __name__ == "__main__":
    leave_the_network()
    # "Broken pipe" is how a parent that gave up looks: end quietly.
    with contextlib.suppress(OSError), socket.socket(fileno=0) as parent:
        serve(parent)
