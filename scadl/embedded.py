"""The worker and the clock as threads of the web process, for machines where nothing else runs.

The broker is in memory, so what was queued is gone when the process ends. That loses nothing: the rows in the
database are the truth, and the clock's sweep finds what is due (docs/decisions/0003-embedded-worker.md).
"""

import atexit
import logging
import threading
import warnings

from celery.beat import Scheduler, Service
from celery.worker import WorkController

from scadl.celery import app

log = logging.getLogger(__name__)


class EmbeddedWorker:
    """One worker thread (solo pool) and one beat thread. `stop` lets the task in hand finish, within a few seconds."""

    def __init__(self) -> None:
        # Celery's advice about DEBUG is meant for long-lived workers, not for a laptop.
        warnings.filterwarnings("ignore", message="Using settings.DEBUG leads to a memory")
        self.worker = WorkController(
            app=app,
            hostname="embedded@localhost",
            pool_cls="solo",
            concurrency=1,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            loglevel="INFO",
        )
        # The schedule is kept in memory: every periodic task asks "what is due?", so none is missed by a restart.
        self.clock = Service(app, scheduler_cls=Scheduler, max_interval=1, remote_control=False)
        self.threads = [
            threading.Thread(target=self.worker.start, name="worker", daemon=True),
            threading.Thread(target=self.clock.start, name="clock", daemon=True),
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()
        atexit.register(self.stop)
        # What came due while nothing ran is not left waiting for the clock's first round.
        for entry in app.conf.beat_schedule.values():
            app.send_task(entry["task"])
        log.info("Worker and clock run inside this process.")

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.clock.stop(wait=False)
        self.worker.stop()
        for thread in self.threads:
            thread.join(timeout=5)
