import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings as project

from scadl import tasks
from scadl.celery import app


def test_only_abandoned_uploads_are_removed(settings: Any, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    old, fresh, other = tmp_path / "a.upload.pdf", tmp_path / "b.upload.pdf", tmp_path / "notes.txt"
    for path in (old, fresh, other):
        path.write_text("x")
    long_ago = time.time() - 2 * tasks.ABANDONED_AFTER_SECONDS
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    assert tasks.sweep_uploads() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.upload.pdf", "notes.txt"]


def test_the_upload_folder_is_made_at_start() -> None:
    assert Path(project.FILE_UPLOAD_TEMP_DIR).is_dir()


def test_the_clock_names_only_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in project.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_every_task_has_a_queue_that_a_worker_serves() -> None:
    app.loader.import_default_modules()
    served = {queue.name for queue in project.CELERY_TASK_QUEUES}
    ours = [
        name
        for name in app.tasks
        if name.partition(".")[0] in {"accounts", "submissions", "reviews", "scadl"}
    ]
    assert ours
    for name in ours:
        route = app.amqp.router.route({}, name)
        assert route["queue"].name in served, name
