"""Compare the brokers that need no server: memory with worker threads, files, SQLite through SQLAlchemy.

    python benchmarks/brokers.py [memory filesystem sqlalchemy] [--tasks 100]

Each in a process of its own: the time to publish a task, the time until a worker thread (solo pool) begins it, and the
share of a processor that the waiting worker takes. The last one needs `pip install sqlalchemy`, which the site does not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

IDLE_SECONDS = 10.0
BROKERS = ("memory", "filesystem", "sqlalchemy")


def settings(broker: str, folder: Path) -> dict[str, Any]:
    """Celery's settings, all with the same pause between two looks at the queue."""
    if broker == "memory":
        return {"broker_url": "memory://localhost", "broker_transport_options": {"polling_interval": 0.1}}
    if broker == "filesystem":
        for name in ("queue", "done", "control"):
            (folder / name).mkdir()
        options = {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "processed_folder": str(folder / "done"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }
        return {"broker_url": "filesystem://", "broker_transport_options": options}
    from kombu.transport.sqlalchemy import Transport

    Transport.polling_interval = 0.1  # its options are the engine's
    return {"broker_url": f"sqla+sqlite:///{folder / 'broker.sqlite3'}"}


def measure(broker: str, tasks: int, folder: Path) -> dict[str, float]:
    """Run a worker in a thread as scadl.embedded does, and time it."""
    from celery import Celery
    from celery.worker import WorkController

    app = Celery("bench")
    app.conf.update(settings(broker, folder), task_ignore_result=True, worker_hijack_root_logger=False)
    begun: dict[int, float] = {}
    ready = threading.Event()

    @app.task(name="bench.begin")
    def begin(number: int) -> None:
        begun[number] = time.perf_counter()
        ready.set()

    worker = WorkController(
        app=app,
        pool_cls="solo",
        concurrency=1,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    thread = threading.Thread(target=worker.start, daemon=True)
    thread.start()
    begin.delay(-1)
    if not ready.wait(30):
        raise RuntimeError(f"The worker on {broker} took no task.")
    published, waited = [], []
    for number in range(tasks):
        started = time.perf_counter()
        begin.delay(number)
        published.append(time.perf_counter() - started)
        while number not in begun and time.perf_counter() - started < 10:
            time.sleep(0.001)
        waited.append(begun[number] - started)
        time.sleep(0.01)
    cpu, wall = time.process_time(), time.perf_counter()
    time.sleep(IDLE_SECONDS)
    idle = (time.process_time() - cpu) / (time.perf_counter() - wall)
    worker.stop()
    return {
        "publish_ms": statistics.median(published) * 1000,
        "begin_ms": statistics.median(waited) * 1000,
        "begin_worst_ms": max(waited) * 1000,
        "idle_percent": idle * 100,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("brokers", nargs="*", default=list(BROKERS))
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(chosen.inside, chosen.tasks, Path(folder))), flush=True)
        return 0
    print(f"{'':12}{'publish':>10}{'until begun':>13}{'worst':>10}{'idle':>9}")
    for broker in chosen.brokers:
        done = subprocess.run(
            [sys.executable, __file__, "--inside", broker, "--tasks", str(chosen.tasks)],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        if done.returncode:
            print(f"{broker:12}{(done.stderr.strip().splitlines() or ['failed'])[-1]}")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{broker:12}{found['publish_ms']:7.2f} ms{found['begin_ms']:10.1f} ms{found['begin_worst_ms']:7.0f} ms"
            f"{found['idle_percent']:7.2f} %"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
