"""Calling commands: inside the test, or as a process of its own with a database of its own."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Done:
    """How a command ended. `err` holds what it wrote there, then the error's text."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def call(name: str, *arguments: str) -> Done:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return Done(error.returncode, out.getvalue(), f"{err.getvalue()}{error}")
    except SystemExit as error:
        return Done(int(error.code or 0), out.getvalue(), err.getvalue())
    return Done(0, out.getvalue(), err.getvalue())


class Installation:
    """A data directory with a migrated SQLite database, for processes of their own."""

    def __init__(self, directory: Path) -> None:
        self.environment = {
            **os.environ,
            "PRICESTREAM_DATA_DIR": str(directory),
            "DATABASE_URL": f"sqlite:///{directory}/db.sqlite3",
            "PRICESTREAM_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
            "PYTHONWARNINGS": "error",
        }
        self.database = directory / "db.sqlite3"

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *arguments: str) -> Done:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return Done(process.returncode, out, err)
