import contextlib
from pathlib import Path
from typing import Any

from celery.signals import beat_init, worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe(**_: Any) -> None:
    """End a worker or clock that would run on an unsafe setting."""
    from scadl import checks

    try:
        checks.refuse_unsafe()
    except ImproperlyConfigured as error:
        # Celery's signals swallow ordinary exceptions.
        raise SystemExit(str(error)) from error


class ScadlConfig(AppConfig):
    name = "scadl"

    def ready(self) -> None:
        from scadl import checks  # noqa: F401  (registers them)

        # The web process asks in scadl/wsgi.py; these two have no other entrance.
        for starts in (worker_init, beat_init):
            starts.connect(refuse_unsafe, dispatch_uid=f"scadl-{starts.name}")
        # An unwritable folder is reported by the check scadl.E004.
        with contextlib.suppress(OSError):
            Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
