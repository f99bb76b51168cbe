"""Many rows in one statement: the SQL of the write path, for both engines.

The ORM's bulk methods build a model instance per row, and take three to ten times as long
(`docs/benchmarks.md`). Columns go in as lists: PostgreSQL unnests arrays, SQLite repeats a
prepared statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, ForeignKey, Lookup, Model
from django.db.models.fields import BigAutoField

if TYPE_CHECKING:
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup  # generic only in the stubs


@CharField.register_lookup
@BigAutoField.register_lookup
@ForeignKey.register_lookup
class AnyOf(_Lookup):
    """`field__any_of=[…]`: like `in`, with the whole list as one parameter.

    A thousand placeholders cost more to plan than to look up.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Leave the list as it is."""
        return "%s", [value]

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Compare with an array."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*params, list(self.rhs))

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Compare with the values of a JSON array."""
        left, params = self.process_lhs(compiler, connection)
        values = json.dumps(list(self.rhs))
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, values)  # noqa: S608 our own names


def insert_rows(
    model: type[Model],
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert `rows`, each with a value per field name. Names are ours, never a user's."""
    if not rows:
        return
    fields = _fields(model, names)
    table, columns = _quoted(model._meta.db_table), ", ".join(_columns(fields))
    ignore = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT * FROM unnest({_arrays(fields)}){ignore}",  # noqa: S608 our own names
                _by_column(rows),
            )
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks}){ignore}",  # noqa: S608 our own names
                [tuple(map(_plain, row)) for row in rows],
            )


def update_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Update `rows`, each the primary key followed by a value per field name."""
    if not rows:
        return
    fields = _fields(model, ["id", *names])
    key, *columns = _columns(fields)
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            changes = ", ".join(f"{column} = given.{column}" for column in columns)
            given = ", ".join([key, *columns])
            cursor.execute(
                f"UPDATE {table} SET {changes} FROM unnest({_arrays(fields)}) AS given ({given})"  # noqa: S608 our own names
                f" WHERE {table}.{key} = given.{key}",
                _by_column(rows),
            )
        else:
            changes = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {changes} WHERE {key} = %s",  # noqa: S608 our own names
                [(*map(_plain, row[1:]), row[0]) for row in rows],
            )


def reserve_ids(model: type[Model], count: int) -> Iterable[int]:
    """Return `count` primary keys for rows that are about to be inserted.

    On SQLite inside the caller's immediate transaction, so that nobody else takes them.
    """
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [_quoted(table), count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"SELECT max(coalesce((SELECT max(id) FROM {_quoted(table)}), 0),"  # noqa: S608 our own names
            " coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0))",
            [table],
        )
        last = cursor.fetchone()[0]
        return range(last + 1, last + 1 + count)


def _fields(model: type[Model], names: Sequence[str]) -> list[Field[Any, Any]]:
    fields = [model._meta.get_field(name) for name in names]
    return [field for field in fields if isinstance(field, Field)]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _columns(fields: Sequence[Field[Any, Any]]) -> list[str]:
    return [_quoted(str(field.column)) for field in fields]


def _arrays(fields: Sequence[Field[Any, Any]]) -> str:
    # Without the length: a cast to varchar(20) would cut a text in silence, the column
    # itself refuses it.
    kinds = [re.sub(r"\(.*?\)", "", str(field.rel_db_type(connection))) for field in fields]
    return ", ".join(f"%s::{kind}[]" for kind in kinds)


def _by_column(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [
        [json.dumps(value) if isinstance(value, dict) else value for value in column]
        for column in zip(*rows, strict=True)
    ]


def _plain(value: Any) -> Any:
    """Return `value` as Django itself stores it on SQLite."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(value, dict):
        return json.dumps(value)
    return value
