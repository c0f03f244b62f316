"""Asks a process of this site whether it is well: `python -m scadl.probe web|beat`. For container health checks.

Imports neither Django nor the settings, since it runs every few seconds.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

#: Beat writes its schedule every three minutes.
BEAT_SILENCE_SECONDS = 600


def web() -> bool:
    """`/healthz` of the web process on this machine, asked for with a host name that it answers to."""
    hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    host = next((name.lstrip(".") for name in hosts if name and name != "*"), "localhost")
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz", headers={"Host": host}
    )
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def beat() -> bool:
    """The clock has written its schedule lately."""
    folder = Path(os.environ.get("DATA_DIR", "var"))
    # The file's ending depends on the kind of database file that Python's shelve chose.
    times = [path.stat().st_mtime for path in folder.glob("celerybeat-schedule*")]
    return bool(times) and time.time() - max(times) < BEAT_SILENCE_SECONDS


if __name__ == "__main__":
    well = {"web": web, "beat": beat}[sys.argv[1]]()
    sys.exit(0 if well else 1)
