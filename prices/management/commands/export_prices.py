"""`manage.py export_prices`: every price as one line, in columns that an import reads back."""

import contextlib
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from django.core.management.base import CommandParser
from django.db import connection, transaction
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from prices.errors import UnknownError
from prices.management import terminal
from prices.management.command import ExplainedCommand, wrong_use
from prices.selectors.platforms import known_platform
from prices.services.export import as_csv, as_jsonl

FORMATS: Final = {"csv": as_csv, "jsonl": as_jsonl}


class Command(ExplainedCommand):
    help = (
        "Write every price as one line, CSV or JSON Lines, in order of offer and time. It is"
        " streamed: the memory needed does not grow with the history. With --output the file"
        " gets its name only when it is complete."
    )
    examples = """\
  manage.py export_prices --output prices.csv
  manage.py export_prices --format jsonl --platform my-shop | gzip > my-shop.jsonl.gz"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--platform", metavar="SLUG", default="", help="only this provider's")
        parser.add_argument("--output", metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        platform = options["platform"]
        try:
            if platform:
                known_platform(platform)
        except UnknownError as error:
            raise wrong_use(str(error)) from error
        chunks: Generator[str] = FORMATS[options["format"]](platform)
        with _one_look(), contextlib.closing(chunks), self._counted(chunks) as counted:
            if options["output"] is None:
                for chunk in counted:
                    self.stdout.write(chunk, ending="")
                return
            path = Path(options["output"])
            try:
                with _whole_file(path) as file:
                    file.writelines(counted)
            except OSError as error:
                raise wrong_use(f"--output {path}: {error.strerror or error}") from error
        self.stderr.write(f"Written: {path}")

    @contextlib.contextmanager
    def _counted(self, chunks: Iterator[str]) -> Iterator[Iterator[str]]:
        """Show on a terminal how many lines there are so far."""
        if not self.stderr.isatty():
            yield chunks
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.completed:,.0f} lines"),
            TimeElapsedColumn(),
        )
        with terminal.progress_on_stderr(*columns) as progress:
            task = progress.add_task("export", total=None)

            def count() -> Iterator[str]:
                for chunk in chunks:
                    yield chunk
                    progress.advance(task, chunk.count("\n"))

            yield count()


def _one_look() -> contextlib.AbstractContextManager[None]:
    """Read everything as of one moment, whatever runs write meanwhile.

    On PostgreSQL a cursor inside a transaction does so; outside of one it would first copy
    the whole result. On SQLite a reading statement does, and a transaction would lock out the
    writers.
    """
    if connection.vendor == "sqlite":
        return contextlib.nullcontext()
    return transaction.atomic()


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Write beside `path`, and put the file in its place when it is complete."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
