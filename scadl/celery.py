"""The Celery application: tasks live in each room's `tasks.py`; the clock is the beat schedule in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scadl.settings.development")

app = Celery("scadl")
# Threads of a web process would otherwise each see an empty application with no broker.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
