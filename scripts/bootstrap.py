"""Make .venv and install the locked packages into it. Run by `make` with the system's Python (3.11 or newer).

Uses the standard library only. A stamp named after the lock file's content tells the next run that there is nothing
to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
NO_VENV = """Python's module 'venv' cannot make a virtual environment here.
On Debian and Ubuntu, install it first:  apt-get install python3-venv
Then run the same command again."""


def say(text: str) -> None:
    print(text, flush=True)


def stamp_of(lock: str) -> Path:
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()[:16]
    return VENV / f".installed-{lock}-{digest}"


def make_venv() -> None:
    if PYTHON.exists() and (VENV / "pyvenv.cfg").exists():
        works = subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL, check=False)
        if works.returncode == 0:
            return
    say(f"Making the virtual environment .venv (Python {sys.version_info[0]}.{sys.version_info[1]}) …")
    # A half-made or moved environment is of no use to anybody.
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        said = made.stdout + made.stderr
        missing = "ensurepip" in said or "No module named venv" in said
        sys.exit(NO_VENV if missing else f"The virtual environment could not be made:\n{said}")


def install(lock: str) -> None:
    begin = time.monotonic()
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    if not UV.exists():
        say("Installing the installer (uv) …")
        subprocess.run([*pip, "-r", ROOT / "requirements-bootstrap.txt"], check=False)
    say(f"Installing the locked packages of {lock} …")
    done = 1
    if UV.exists():
        done = subprocess.run(
            [UV, "pip", "install", "--require-hashes", "-r", ROOT / lock],
            env={**os.environ, "VIRTUAL_ENV": str(VENV)},
            cwd=ROOT,
            check=False,
        ).returncode
    if done:
        say("uv could not install them; trying with pip, which takes about a minute …")
        done = subprocess.run([*pip, "-r", ROOT / lock], cwd=ROOT, check=False).returncode
    if done:
        sys.exit("The packages could not be installed. Is the package index reachable from here?")
    say(f"Installed in {time.monotonic() - begin:.0f} s.")


def main() -> None:
    for_developers = "--dev" in sys.argv[1:]
    lock = "requirements-dev.txt" if for_developers else "requirements.txt"
    make_venv()
    if stamp_of(lock).exists():
        return
    install(lock)
    # The developers' lock contains the other one.
    for installed in {lock, "requirements.txt"}:
        for old in VENV.glob(f".installed-{installed}-*"):
            old.unlink()
        stamp_of(installed).touch()


if __name__ == "__main__":
    main()
