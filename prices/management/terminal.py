"""Tables and progress of the commands: styled on a terminal, plain anywhere else."""

import contextlib
import io
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from django.utils.timesince import timesince
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table

PLAIN_WIDTH: Final = 200  # columns; what is piped somewhere should not be cut


class Stream(Protocol):
    """Where a command writes."""

    def isatty(self) -> bool:
        """Say whether a person reads it on a terminal."""


def table(
    stream: Stream, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: str = ""
) -> str:
    """Return a table as text for `stream`; an unknown value is a dash.

    `right` names the columns, separated by blanks, that are aligned to the right.
    """
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: Any = "right" if column in right.split() else "left"
        shown.add_column(column, justify=justify, overflow="fold")
    for row in rows:
        shown.add_row(*("–" if cell in {None, ""} else str(cell) for cell in row))
    return _rendered(shown, stream)


def ago(at: datetime | None, *, now: datetime) -> str | None:
    """Return how long an instant is past: "3 minutes ago"; `None` of none."""
    return None if at is None else f"{_length(at, now)} ago"


def until(at: datetime | None, *, now: datetime) -> str:
    """Return how far off an instant is: "in 3 minutes"; "now" when it has come or is unset."""
    return "now" if at is None or at <= now else f"in {_length(now, at)}"


def _length(start: datetime, end: datetime) -> str:
    if end - start < timedelta(minutes=1):
        return "seconds"
    return timesince(start, end, depth=1).replace("\xa0", " ")


def _rendered(renderable: object, stream: Stream) -> str:
    terminal = stream.isatty()
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=shutil.get_terminal_size().columns if terminal else PLAIN_WIDTH,
        markup=False,  # what shops call their things is not ours to interpret
        highlight=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(renderable)
    lines = capture.get().splitlines()
    return "\n".join(line.rstrip() for line in lines)


@contextlib.contextmanager
def progress_on_stderr(*columns: ProgressColumn) -> Iterator[Progress]:
    """Show a live progress display on standard error; what is logged goes above it."""
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    original = sys.stderr
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is original
    ]
    with Progress(*columns, console=console) as progress:
        for handler in handlers:
            handler.setStream(sys.stderr)
        try:
            yield progress
        finally:
            for handler in handlers:
                handler.setStream(original)
