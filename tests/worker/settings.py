"""Settings for worker processes under test: the site's own, with waits of seconds in place of minutes."""

from datetime import timedelta

from scadl.settings.base import *  # noqa: F403
from scadl.settings.base import CELERY_BEAT_SCHEDULE, DATABASES, env

SECRET_KEY = "test-only-key-that-is-long-enough-to-satisfy-the-deployment-check-0123456789"
ALLOWED_HOSTS = ["*"]
EMAIL_TIMEOUT = 1
MAIL_CLAIM_EXPIRES = timedelta(seconds=3)
MAIL_RETRY_AFTER = [timedelta(seconds=seconds) for seconds in (0.5, 0.5, 1, 1, 1)]
JOB_HEARTBEAT_EXPIRES = timedelta(seconds=3)
CELERY_IMPORTS = ["tests.worker.tasks"]
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": min(entry["schedule"], 1.0)} for name, entry in CELERY_BEAT_SCHEDULE.items()
}
if env.bool("ANNOUNCE", default=False):
    CELERY_BEAT_SCHEDULE["announce"] = {"task": "tests.worker.tasks.announce", "schedule": 1.0}
DATABASES["default"]["CONN_MAX_AGE"] = 0
