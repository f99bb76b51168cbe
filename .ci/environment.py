"""Make `.venv` and install what a requirements file names, unless that was done already.

Called by the Makefile with the Python that is to be used. Runs on old ones far enough to say
that they are too old.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
OLDEST = (3, 11)
NEWEST_FIRST = ("python3.13", "python3.12", "python3.11")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requirements", help="file to install")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="make the environment anew if another version of Python made it",
    )
    options = parser.parse_args()
    with (ROOT / ".ci/environment.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once take turns
        reason = why_not_usable(this_python=options.this_python)
        if reason:
            make_venv(reason)
        install(options.requirements)


def why_not_usable(*, this_python: bool) -> str:
    """Return why `.venv` has to be made, or nothing when it can be used."""
    if not PYTHON.exists():
        return "none" if not VENV.is_symlink() and not VENV.exists() else "its Python is gone"
    asked = subprocess.run(
        [PYTHON, "-c", "import sys, pip; print('%s.%s' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    version = asked.stdout.strip()
    if asked.returncode:
        return "it cannot install anything"
    if this_python and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
        return f"it is of Python {version}"
    place = VENV / "made-at"
    if place.exists() and place.read_text() != str(VENV.resolve()):
        return "it was moved"
    return ""


def make_venv(reason: str) -> None:
    if sys.version_info < OLDEST:
        use_newer_python()
    if reason != "none":
        print(f".venv is made anew: {reason}.", flush=True)
        remove_venv()
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        remove_venv()
        sys.exit(
            f"{sys.executable} cannot make a virtual environment. On Debian and Ubuntu:"
            f" apt install python3-venv\n{(made.stdout + made.stderr).strip()}"
        )
    (VENV / "made-at").write_text(str(VENV.resolve()))


def use_newer_python() -> None:
    """Go on with a newer Python of this machine, if there is one."""
    for name in NEWEST_FIRST:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])  # noqa: S606 this script again
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"PriceStream needs Python 3.11 or newer; {sys.executable} is {version}."
        " Name another one: make run PYTHON=python3.12"
    )


def remove_venv() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    else:
        shutil.rmtree(VENV, ignore_errors=True)


def install(requirements: str) -> None:
    """Install, with one line of progress on a terminal."""
    stamp = VENV / f"{requirements}.installed"
    wanted = digest()
    if stamp.exists() and stamp.read_text() == wanted[requirements]:
        return
    print(f"Installing {requirements} (takes a minute or two, once) ...", flush=True)
    installing = subprocess.Popen(
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    assert installing.stdout
    for line in installing.stdout:
        said.append(line)
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 3
            print(f"\r\033[K  {line.strip()[:width]}", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    if installing.wait():
        sys.exit("".join(said[-20:]) + f"\n{requirements} could not be installed; see above.")
    stamp.write_text(wanted[requirements])
    if requirements == "requirements-dev.txt":  # it names the other one
        (VENV / "requirements.txt.installed").write_text(wanted["requirements.txt"])


def digest() -> dict[str, str]:
    """Return what the requirements are, so that a change of them is noticed."""
    runtime = (ROOT / "requirements.txt").read_bytes()
    both = runtime + (ROOT / "requirements-dev.txt").read_bytes()
    return {
        "requirements.txt": hashlib.sha256(runtime).hexdigest(),
        "requirements-dev.txt": hashlib.sha256(both).hexdigest(),
    }


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
