"""Many rows in one statement: the SQL of the write path, for both engines.

The ORM's bulk methods build a model instance per row, and take three to ten times as long
(`docs/benchmarks.md`). A batch travels as one parameter where that is the cheapest: JSON,
which takes a tenth of what arrays take to write, and leaves the reading to the server.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import CharField, Field, ForeignKey, Lookup, Model
from django.db.models.fields import BigAutoField

if TYPE_CHECKING:
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup  # generic only in the stubs

_encode: Final = msgspec.json.Encoder().encode


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
        kind = "text" if isinstance(self.lhs.output_field, CharField) else "bigint"
        values = f"ARRAY(SELECT json_array_elements_text(%s)::{kind})"
        return f"{left} = ANY({values})", (*params, _json(list(self.rhs)))

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Compare with the values of a JSON array."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, _json(list(self.rhs)))  # noqa: S608 our own names


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
    if connection.vendor == "postgresql":
        with _server_cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_given(fields)}{ignore}",  # noqa: S608 our own names
                [_records(fields, rows)],
            )
        return
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks}){ignore}",  # noqa: S608 our own names
            list(map(_plain, rows)),
        )


def update_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Update `rows`, each the primary key followed by a value per field name."""
    if not rows:
        return
    fields = _fields(model, ["id", *names])
    key, *columns = _columns(fields)
    table = _quoted(model._meta.db_table)
    if connection.vendor == "postgresql":
        changes = ", ".join(f"{column} = given.{column}" for column in columns)
        with _server_cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {changes} FROM {_given(fields)}"  # noqa: S608 our own names
                f" WHERE {table}.{key} = given.{key}",
                [_records(fields, rows)],
            )
        return
    changes = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {changes} WHERE {key} = %s",  # noqa: S608 our own names
            [_plain((*row[1:], row[0])) for row in rows],
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


def _json(value: Any) -> str:
    return _encode(value).decode()


# --- PostgreSQL ------------------------------------------------------------------------------


def _server_cursor() -> CursorWrapper:
    """Return a cursor that sends its parameters apart from the statement.

    Django's own writes them into it, and the server parses a megabyte of SQL per batch.
    """
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    kind: Any = ServerBindingCursor  # the stubs know it only as a wrapper
    cursor = kind(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)


def _given(fields: Sequence[Field[Any, Any]]) -> str:
    kinds = [str(field.rel_db_type(connection)) for field in fields]
    typed = ", ".join(
        # Without the length: a cast to varchar(20) would cut a text in silence, the column
        # itself refuses it.
        f"{column} {kind.partition('(')[0]}"
        for column, kind in zip(_columns(fields), kinds, strict=True)
    )
    return f"json_to_recordset(%s::json) AS given ({typed})"


def _records(fields: Sequence[Field[Any, Any]], rows: Sequence[Sequence[Any]]) -> str:
    names = [str(field.column) for field in fields]
    return _json([dict(zip(names, row, strict=True)) for row in rows])


# --- SQLite ----------------------------------------------------------------------------------


# A batch has thousands of instants, and few different ones.
@functools.lru_cache(maxsize=1024)
def _sqlite_instant(at: datetime) -> str:
    return str(at.astimezone(UTC).replace(tzinfo=None))


# As Django itself stores these on SQLite.
_STORED_AS: Final[dict[type, Callable[[Any], Any]]] = {
    Decimal: str,
    datetime: _sqlite_instant,
    dict: _json,
}


def _plain(row: Sequence[Any]) -> list[Any]:
    return [
        stored_as(value) if (stored_as := _STORED_AS.get(type(value))) else value for value in row
    ]
