"""Write the three lock files from pyproject.toml: hashes, no index addresses, for every platform."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
COMPILE = [
    str(UV), "pip", "compile", "-q", "--universal", "--generate-hashes", "--no-header", "--no-annotate",
    "--python-version", "3.11",
]  # fmt: skip
LOCKS = {
    "requirements-bootstrap.txt": ["--group", "bootstrap"],
    "requirements.txt": ["pyproject.toml"],
    "requirements-dev.txt": ["pyproject.toml", "--group", "dev", "-c", "requirements.txt"],
}


def main() -> int:
    """Further arguments go to uv: `make lock ARGS=--upgrade`."""
    for lock, arguments in LOCKS.items():
        print(f"{lock} …", flush=True)
        done = subprocess.run([*COMPILE, *arguments, *sys.argv[1:], "-o", lock], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
