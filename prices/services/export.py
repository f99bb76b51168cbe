"""The export: every price as one line, streamed, in columns that an import reads back."""

import csv
import io
import json
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from prices.money import plain
from prices.selectors.export import export_rows

COLUMNS: Final = (
    "platform",
    "external_id",
    "name",
    "url",
    "amount",
    "list_amount",
    "currency",
    "availability",
    "started_at",
    "origin",
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def instant(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def rows(platform: str = "") -> Iterator[dict[str, Any]]:
    """Return every price in order of offer and time, in constant memory."""
    for row in export_rows(platform=platform):
        currency = row["currency"]
        yield {
            "platform": row["platform"],
            "external_id": row["external_id"],
            "name": row["name"],
            "url": row["url"],
            "amount": plain(row["amount"], currency),
            "list_amount": plain(row["list_amount"], currency),
            "currency": currency,
            "availability": row["availability"],
            "started_at": instant(row["started_at"]),
            "origin": row["origin"],
        }


def as_jsonl(platform: str = "") -> Generator[str]:
    """Return the export as JSON Lines; unknown is null."""
    for row in rows(platform):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def as_csv(platform: str = "") -> Generator[str]:
    """Return the export as CSV (RFC 4180); unknown is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows(platform):
        writer.writerow([_cell(row[column]) for column in COLUMNS])
        if buffer.tell() > 65536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
