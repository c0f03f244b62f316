"""Housekeeping of the machine itself."""

import time
from pathlib import Path

from celery import shared_task
from django.conf import settings

#: No upload takes this long; what is older was left by a process that was killed.
ABANDONED_AFTER_SECONDS = 24 * 3600


@shared_task(ignore_result=True)
def sweep_uploads() -> int:
    """Remove temporary upload files that nobody will claim; returns how many."""
    oldest = time.time() - ABANDONED_AFTER_SECONDS
    removed = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*"):
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
