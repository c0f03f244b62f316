"""The Celery application: tasks live in each room's `tasks.py`; the clock is the beat schedule here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scadl.settings.development")

app = Celery("scadl")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
