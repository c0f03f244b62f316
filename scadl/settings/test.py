"""Tests: like production where it matters, fast where it does not."""

import tempfile
from pathlib import Path

from scadl.settings.base import *  # noqa: F403
from scadl.settings.base import STORAGES

DEBUG = False
SECRET_KEY = "test-only-key-that-is-long-enough-to-satisfy-the-deployment-check-0123456789"
ALLOWED_HOSTS = ["*"]
SITE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAILBOX_PAGE = True
DATA_DIR = Path(tempfile.mkdtemp(prefix="scadl-test-"))
STORAGES = {
    **STORAGES,
    "default": {**STORAGES["default"], "OPTIONS": {"location": DATA_DIR / "media", "base_url": None}},
    "manuscripts": {
        **STORAGES["manuscripts"],
        "OPTIONS": {**STORAGES["manuscripts"]["OPTIONS"], "location": DATA_DIR / "manuscripts"},
    },
}
