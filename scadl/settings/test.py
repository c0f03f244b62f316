"""Tests: like production where it matters, fast where it does not."""

import atexit
import os
import shutil
import tempfile

# Before the other settings are read: everything a test run writes goes to a folder of its own, removed at the end.
# (tests/plugins/services.py removes the folders of runs that were killed; the number in the name is the process.)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix=f"scadl-test-{os.getpid()}-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from scadl.settings.base import *  # noqa: E402, F403
from scadl.settings.base import DATA_DIR, DATABASES  # noqa: E402

DEBUG = False
SECRET_KEY = "test-only-key-that-is-long-enough-to-satisfy-the-deployment-check-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
SITE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAILBOX_PAGE = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: with one shared connection, tests of two people at once would prove nothing.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # Nobody needs a test's data after a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
# Static files straight from the source folders: nothing is collected for a test run.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
