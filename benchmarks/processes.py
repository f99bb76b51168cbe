"""Each measurement in a process of its own, so that no memory or cache is carried over."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Measurement

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Processes:
    """Runs modules of this package with PriceStream's settings."""

    data_directory: str

    def run(self, module: str, *arguments: str, database: str = "") -> str:
        """Return what the module printed; stop everything when it fails."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pricestream.settings",
            "DATABASE_URL": database,
            "PRICESTREAM_DATA_DIR": self.data_directory,
            "PRICESTREAM_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", f"benchmarks.{module}", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            sys.exit(f"benchmarks.{module} {' '.join(arguments[:2])} failed:\n{ended.stderr}")
        return ended.stdout

    def measure(self, module: str, *arguments: str, database: str = "") -> Measurement:
        return Measurement.read(self.run(module, *arguments, database=database))


@contextmanager
def processes() -> Iterator[Processes]:
    with tempfile.TemporaryDirectory(prefix="pricestream-bench-") as directory:
        yield Processes(directory)
