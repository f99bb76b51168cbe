"""A database of its own for each service: a copy of one that was prepared once."""

import os
import secrets
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg


class Database:
    """What a service stores its data in, and how a test looks into it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


class Sqlite(Database):
    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self.path = path

    @classmethod
    def make(cls, directory: Path) -> "Sqlite":
        return cls(directory / "prices.sqlite3")

    def copy(self, directory: Path) -> "Sqlite":
        shutil.copy(self.path, directory / self.path.name)
        return Sqlite(directory / self.path.name)

    def drop(self) -> None:
        """Goes with its directory."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path, timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


class Postgres(Database):
    @classmethod
    def make(cls, directory: Path) -> "Postgres":
        return cls(_created(""))

    def copy(self, directory: Path) -> "Postgres":
        return Postgres(_created(_name(self.url)))

    def drop(self) -> None:
        _administer(f'DROP DATABASE IF EXISTS "{_name(self.url)}" WITH (FORCE)')

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()


def engine() -> type[Sqlite] | type[Postgres]:
    """Return the kind of database that this run of the suite is about."""
    return Postgres if os.environ.get("DATABASE_URL", "").startswith("postgres") else Sqlite


def _created(template: str) -> str:
    name = f"e2e_{secrets.token_hex(6)}"
    _administer(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{name}"))


def _name(url: str) -> str:
    return urlsplit(url).path[1:]


def _administer(sql: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql)
