"""A fresh database for each measurement, copied from one that was prepared once."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.engines import postgres

PREFIX: Final = f"pricestream_bench_{os.getpid()}"


class Engine(Protocol):
    """Makes databases and takes them away again."""

    name: str

    def create(self, name: str, *, like: str | None = None) -> str:
        """Make an empty database, or a copy of the one called `like`; return its URL."""

    def drop(self, name: str) -> None:
        """Take the database away."""


class Sqlite:
    """Files in a temporary directory."""

    name = "SQLite"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, name: str, *, like: str | None = None) -> str:
        if like:
            shutil.copy(self._path(like), self._path(name))
        return f"sqlite:///{self._path(name)}"

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{suffix}").unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.sqlite3"


class Postgres:
    """Databases of one server, copied from templates."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = url

    def create(self, name: str, *, like: str | None = None) -> str:
        if like:
            # Statistics and hint bits as on a system that has run for a while.
            self._execute("VACUUM ANALYZE", database=_full(like))
        template = f" TEMPLATE {_full(like)}" if like else ""
        self._execute(f"CREATE DATABASE {_full(name)}{template}")
        self._execute("CHECKPOINT")
        return self._at(_full(name))

    def drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {_full(name)} WITH (FORCE)")

    def _at(self, database: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))

    def _execute(self, statement: str, *, database: str | None = None) -> None:
        url = self._at(database) if database else self._url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


def _full(name: str) -> str:
    return f"{PREFIX}_{name}"


@contextmanager
def fresh(engine: Engine, name: str, *, like: str | None = None) -> Iterator[str]:
    """Return the URL of a database that lasts as long as this context."""
    url = engine.create(name, like=like)
    try:
        yield url
    finally:
        engine.drop(name)


# The package of the embedded PostgreSQL asks for a directory that containers rarely have.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """Return both engines: SQLite, and the PostgreSQL of `DATABASE_URL` or of the package."""
    with tempfile.TemporaryDirectory(prefix="pricestream-bench-") as directory, postgres() as url:
        yield [Postgres(url), Sqlite(Path(directory))]
