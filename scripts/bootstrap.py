"""Make .venv and install the locked packages into it. Run by `make` with the system's Python.

Written so that an old Python can still read it and say that it is too old. A stamp named after the lock file's
content tells the next run that nothing is to be done.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "bin")
NO_VENV = """Python's module 'venv' cannot make a virtual environment here.
On Debian and Ubuntu, install it first:  apt-get install python3-venv
Then run the same command again."""


def say(text):  # type: (str) -> None
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def stop(text):  # type: (str) -> None
    sys.stderr.write(text + "\n")
    sys.exit(1)


def stamp_of(lock):  # type: (str) -> str
    with open(os.path.join(ROOT, lock), "rb") as content:
        digest = hashlib.sha256(content.read()).hexdigest()[:16]
    return os.path.join(VENV, ".installed-%s-%s" % (lock, digest))


def make_venv():  # type: () -> None
    python = os.path.join(BIN, "python")
    if os.path.exists(python) and subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0:
        return
    say("Making the virtual environment .venv (Python %d.%d) …" % sys.version_info[:2])
    # A half-made or moved environment is of no use to anybody.
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        missing = "ensurepip" in made.stdout + made.stderr or "No module named venv" in made.stderr
        stop(NO_VENV if missing else "The virtual environment could not be made:\n" + made.stdout + made.stderr)


def install(lock):  # type: (str) -> None
    begin = time.time()
    python = os.path.join(BIN, "python")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    uv = os.path.join(BIN, "uv")
    if not os.path.exists(uv):
        say("Installing the installer (uv) …")
        subprocess.call([*pip, "--quiet", "-r", os.path.join(ROOT, "requirements-bootstrap.txt")])
    say("Installing the locked packages of %s …" % lock)
    done = 1
    if os.path.exists(uv):
        environment = dict(os.environ, VIRTUAL_ENV=VENV)
        command = [uv, "pip", "install", "--require-hashes", "-r", os.path.join(ROOT, lock)]
        done = subprocess.call(command, env=environment, cwd=ROOT)
    if done:
        say("uv could not install them; trying with pip, which takes about a minute …")
        done = subprocess.call([*pip, "-r", os.path.join(ROOT, lock)], cwd=ROOT)
    if done:
        stop("The packages could not be installed. Is the package index reachable from here?")
    say("Installed in %.0f s." % (time.time() - begin))


def main():  # type: () -> None
    if sys.version_info < (3, 11):
        stop(
            "Python 3.11 or newer is needed; this is %d.%d. Name another one: make run PYTHON=/path/to/python3.11"
            % sys.version_info[:2]
        )
    locks = ["requirements-dev.txt"] if "--dev" in sys.argv[1:] else ["requirements.txt"]
    make_venv()
    for lock in locks:
        stamp = stamp_of(lock)
        if os.path.exists(stamp):
            continue
        install(lock)
        for name in os.listdir(VENV):
            if name.startswith(".installed-%s-" % lock):
                os.remove(os.path.join(VENV, name))
        with open(stamp, "w") as file:
            file.write("")
    # The developer's lock contains the other one.
    if "--dev" in sys.argv[1:]:
        with open(stamp_of("requirements.txt"), "w") as file:
            file.write("")


if __name__ == "__main__":
    main()
