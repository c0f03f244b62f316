"""Find the browser for the tests, or install Debian's Chromium where that is allowed. Run by `make`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.plugins.services import ServiceMissing, find_browser


def main() -> int:
    try:
        find_browser()
        return 0
    except ServiceMissing as error:
        reason = str(error)
    if os.environ.get("CHROMIUM") or os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stderr.write(f"{reason}\nThis step needs root, so it cannot be done for you here.\n")
        return 1
    print("Installing Debian's Chromium for the browser tests …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.stderr.write(f"'{' '.join(command)}' failed.\n{reason}\n")
            return 1
    try:
        find_browser()
    except ServiceMissing as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
