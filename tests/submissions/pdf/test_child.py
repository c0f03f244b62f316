"""The child process: its limits hold, it dies whole, and no fact dies with a later stage."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from submissions.pdf import helper, slots
from submissions.pdf.inspect import inspect, taken
from submissions.pdf.limits import Limits
from submissions.pdf.report import Report

ROOT = Path(__file__).parents[3]
PDFS = ROOT / "tests" / "pdfs"
LIMIT = 20_000_000

EVIL = """
import os, subprocess, sys, time, socket
sys.path.insert(0, {root!r})
from submissions.pdf import child
from submissions.pdf.stages import Outcome

def evil(data, limits, emit):
{body}
    return Outcome.GO_ON

child.{where} = (evil,)
child.leave_the_network()
with socket.socket(fileno=0) as parent:
    child.serve(parent)
"""


@pytest.fixture(autouse=True)
def _no_helper_left() -> Iterator[None]:
    """Each test starts and ends without a warm helper."""
    helper.stop()
    yield
    helper.stop()


@pytest.fixture
def evil(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper: Path, limits: Limits
) -> Callable[..., Report]:
    """Check a good paper with a child in which one stage misbehaves."""

    def run(body: str, *, where: str = "LOOKING", **changed: float) -> Report:
        script = tmp_path / "evil.py"
        indented = textwrap.indent(textwrap.dedent(body), "    ")
        script.write_text(EVIL.format(root=str(ROOT), body=indented, where=where))
        monkeypatch.setattr(helper, "CHILD", script)
        return inspect(paper, max_bytes=LIMIT, limits=replace(limits, **changed))  # type: ignore[arg-type]

    return run


def alive(pid: int) -> bool:
    """Whether a process runs (a dead one that nobody has reaped yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int, within: float = 2.0) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + within
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def assert_only_counted(report: Report) -> None:
    """The pages are there, the rest could not be checked."""
    assert (report.readable, report.pages) == (True, 8)
    assert [finding.code for finding in report.findings] == ["unchecked"]


def test_no_pdf_library_in_the_web_process(paper: Path, limits: Limits) -> None:
    code = f"""
        import sys
        from pathlib import Path
        from submissions.pdf.inspect import Limits, inspect
        report = inspect(Path({str(paper)!r}), max_bytes=10**8, limits=Limits(slots_dir=Path({str(limits.slots_dir)!r})))
        assert report.pages == 8, report
        loaded = {{name.partition(".")[0] for name in sys.modules}}
        assert not loaded & {{"pypdf", "pikepdf", "pypdfium2", "pypdfium2_raw", "PIL", "django"}}, loaded
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=ROOT)


def test_nothing_is_imported_once_the_limits_are_taken(paper: Path) -> None:
    code = f"""
        import sys
        from submissions.pdf import child
        from submissions.pdf.limits import Limits
        before = set(sys.modules)
        data = open({str(paper)!r}, "rb").read()
        for step in (*child.COUNTING, *child.LOOKING):
            step(data, Limits(), lambda **facts: None)
        late = set(sys.modules) - before
        assert not late, late
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=ROOT)


def test_an_endless_loop_is_killed_and_the_count_stays(evil: Callable[..., Report]) -> None:
    report = evil("while True: time.sleep(0.1)", wall=1.5)
    assert_only_counted(report)
    assert report.seconds < 3.5


def test_processor_time_is_limited(evil: Callable[..., Report]) -> None:
    report = evil("while True: pass", cpu=1, wall=60.0)
    assert_only_counted(report)
    assert report.seconds < 40  # it was not the clock on the wall, on however busy a machine


def test_a_count_that_takes_too_long_is_refused(evil: Callable[..., Report]) -> None:
    report = evil("time.sleep(30)", where="COUNTING", wall=1.0)
    assert [finding.code for finding in report.findings] == ["unreadable"]
    assert "within the time allowed" in report.findings[0].message


def test_what_a_stage_starts_dies_with_it(evil: Callable[..., Report]) -> None:
    body = """
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        if pid:
            emit(stage="layout", findings=[dict(code="pid", severity="note", message=str(pid), page=None)])
        time.sleep(60)
    """
    report = evil(body, wall=1.5)
    started = int(next(finding.message for finding in report.findings if finding.code == "pid"))
    if started > 0:  # root may fork in spite of the limit; everybody else may not
        assert gone(started)


@pytest.mark.parametrize(
    "body",
    [
        "bytearray(1 << 30)",
        "os.abort()",
        "os.kill(os.getpid(), 11)",
        "raise RuntimeError('boom')",
        "os._exit(0)",
        "emit(stage='layout', findings='nonsense', headings=[1]); emit(stage='safety', findings=[{}])",
        'os.write(4, b\'{"stage": "safety", \') if False else None',
    ],
)
def test_however_a_stage_dies_the_count_stays(body: str, evil: Callable[..., Report]) -> None:
    report = evil(body)
    assert (report.readable, report.pages) == (True, 8)


def test_a_stage_can_neither_write_files_nor_see_the_environment(
    evil: Callable[..., Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the web process")
    body = f"""
        seen = dict(os.environ)
        try:
            with open({str(tmp_path / "written")!r}, "wb") as file:
                file.write(b"x")
        except OSError as error:
            seen["write"] = str(error)
        emit(stage="layout", findings=[dict(code="seen", severity="note", message=repr(seen), page=None)])
    """
    report = evil(body)
    message = next(finding.message for finding in report.findings if finding.code == "seen")
    assert "SECRET_KEY" not in message
    assert "too large" in message  # RLIMIT_FSIZE
    assert (tmp_path / "written").read_bytes() == b""


def test_no_connection_leaves_a_stage(evil: Callable[..., Report]) -> None:
    # A container may forbid the system call; then, and only then, the stage has the network of its container.
    ability = "import ctypes, sys; libc = ctypes.CDLL(None); sys.exit(libc.unshare(0x40000000) and libc.unshare(0x50000000))"
    possible = subprocess.run([sys.executable, "-c", ability], check=False).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        body = f"""
            try:
                socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=2).close()
                word = "connected"
            except OSError as error:
                word = repr(error)
            emit(stage="layout", findings=[dict(code="net", severity="note", message=word, page=None)])
        """
        report = evil(body)
    message = next(finding.message for finding in report.findings if finding.code == "net")
    assert (message != "connected") == possible


def test_a_stage_does_not_hold_the_line_of_the_next_file(evil: Callable[..., Report]) -> None:
    body = """
        import stat
        kinds = [stat.S_ISSOCK(os.fstat(n).st_mode) for n in range(10) if os.path.exists(f"/proc/self/fd/{n}")]
        emit(stage="layout", findings=[dict(code="fds", severity="note", message=repr(kinds), page=None)])
    """
    report = evil(body)
    assert "True" not in next(finding.message for finding in report.findings if finding.code == "fds")


def test_a_flood_of_answers_is_cut_off(evil: Callable[..., Report], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "MAX_ANSWER_BYTES", 100_000)
    report = evil("while True: emit(stage='x', findings='y' * 10_000)", wall=5.0)
    assert_only_counted(report)
    assert report.seconds < 4


def test_a_child_that_cannot_start_is_not_the_files_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, paper: Path, limits: Limits
) -> None:
    monkeypatch.setattr(helper, "CHILD", tmp_path / "none.py")
    report = inspect(paper, max_bytes=LIMIT, limits=limits)
    assert [finding.code for finding in report.findings] == ["unavailable"]
    assert "not your file's fault" in report.findings[0].message


def test_the_helper_is_kept_and_replaced_when_it_dies(paper: Path, limits: Limits) -> None:
    inspect(paper, max_bytes=LIMIT, limits=limits)
    first = helper._warm
    assert first is not None
    inspect(paper, max_bytes=LIMIT, limits=limits)
    assert helper._warm is first
    os.kill(first._process.pid, signal.SIGKILL)
    assert inspect(paper, max_bytes=LIMIT, limits=limits).pages == 8
    assert helper._warm is not first


def test_cold_and_warm_say_the_same(paper: Path, limits: Limits) -> None:
    warm = inspect(paper, max_bytes=LIMIT, limits=limits)
    cold = inspect(paper, max_bytes=LIMIT, limits=replace(limits, warm=False))
    assert (cold.pages, cold.findings, cold.thumbnail) == (warm.pages, warm.findings, warm.thumbnail)


def test_a_forked_web_process_starts_its_own_helper(paper: Path, limits: Limits) -> None:
    inspect(paper, max_bytes=LIMIT, limits=limits)
    kept = helper._warm
    child = os.fork()
    if child == 0:
        fine = helper._warm is None and inspect(paper, max_bytes=LIMIT, limits=limits).pages == 8
        helper.stop()
        os._exit(0 if fine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert inspect(paper, max_bytes=LIMIT, limits=limits).pages == 8
    assert helper._warm is kept


def test_the_helper_ends_with_a_killed_web_process(paper: Path, limits: Limits) -> None:
    code = f"""
        import os
        from pathlib import Path
        from submissions.pdf import helper
        from submissions.pdf.inspect import Limits, inspect
        inspect(Path({str(paper)!r}), max_bytes=10**8, limits=Limits(slots_dir=Path({str(limits.slots_dir)!r})))
        print(helper._warm._process.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


def test_threads_share_the_helper(paper: Path, limits: Limits) -> None:
    reports: list[Report] = []
    threads = [
        threading.Thread(target=lambda: reports.append(inspect(paper, max_bytes=LIMIT, limits=limits)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.pages for report in reports] == [8] * 6


def test_two_at_once_and_others_wait(paper: Path, limits: Limits) -> None:
    where = slots.folder(limits.slots_dir)
    waited: list[str] = []
    with slots.place(where, 2, 1), slots.place(where, 2, 1):
        assert taken(limits) == 2
        report = inspect(
            paper, max_bytes=LIMIT, limits=replace(limits, wait=0.2), on_wait=lambda: waited.append("once")
        )
        assert [finding.code for finding in report.findings] == ["busy"]
        assert waited == ["once"]
    assert taken(limits) == 0
    assert inspect(paper, max_bytes=LIMIT, limits=limits).pages == 8


def test_a_place_is_free_again_when_its_holder_was_killed(limits: Limits) -> None:
    where = slots.folder(limits.slots_dir)
    with slots.place(where, 1, 1):
        pass
    holder = os.fork()
    if holder == 0:
        with (where / "place-0").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            time.sleep(60)
        os._exit(0)
    until = time.monotonic() + 5
    while slots.taken(where, 1) == 0 and time.monotonic() < until:
        time.sleep(0.01)
    with pytest.raises(slots.Busy), slots.place(where, 1, 0.1):
        pass
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    with slots.place(where, 1, 0.1) as waited:
        assert waited < 0.1


@pytest.mark.parametrize(
    ("name", "title", "abstract"),
    [
        (
            "ieee_letter_4p.pdf",
            "Low-power Service Classifier for Bounded Filters",
            "Although a robust reward",
        ),
        ("ieee_dvips_8p.pdf", "Distributed Classifier Reward for Optimal Replicas", "Moreover, we show that"),
        ("typst_ieee_a4_4p.pdf", "Secure Actuator Dataset for Sparse Packets", "Our method carefully"),
        ("libreoffice_ieee_8p.pdf", "Probabilistic Scheduler Agent for Parallel Policys", "The gradient and"),
    ],
)
def test_title_and_abstract_are_read_where_they_are_asked_for(
    name: str, title: str, abstract: str, limits: Limits
) -> None:
    path = PDFS / "genuine" / name
    report = inspect(path, max_bytes=LIMIT, limits=replace(limits, front=True))
    assert report.title == title
    assert report.abstract.startswith(abstract)
    assert report.thumbnail is None
    assert report.findings == ()
    assert inspect(path, max_bytes=LIMIT, limits=limits).title == ""
