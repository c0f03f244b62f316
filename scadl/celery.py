"""The Celery application: tasks live in each room's `tasks.py`; the clock is the beat schedule in the settings."""

import os

from celery import Celery
from celery.contrib.django.task import DjangoTask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scadl.settings.development")


class Task(DjangoTask):
    """What all tasks share: a database that is away for a moment is asked again, later each time and not in step.

    The limit is small because it does not matter: work is found in the database, and the clock asks for it again.
    """

    # By name: Django's own exceptions cannot be imported before its settings are.
    retry_backoff = 2
    retry_backoff_max = 60
    retry_jitter = True
    max_retries = 5

    @property
    def autoretry_for(self) -> tuple[type[Exception], ...]:
        from django.db import InterfaceError, OperationalError

        return (OperationalError, InterfaceError)


app = Celery("scadl", task_cls=Task)
# Threads of a web process would otherwise each see an empty application with no broker.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
