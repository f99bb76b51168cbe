"""What every command has in common: help with an example, and one line for what may go wrong."""

import contextlib
import os
import signal
import sys
import threading
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.db import DatabaseError, DataError, IntegrityError, ProgrammingError

WRONG_USE: Final = 2
EXAMPLES: Final = "examples:\n"
BROKEN_PIPE: Final = 141  # what a shell shows for SIGPIPE


class HelpFormatter(DjangoHelpFormatter):
    """Keeps the lines of the examples as they are written."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(EXAMPLES) else super()._fill_text(text, width, indent)


def wrong_use(message: str) -> CommandError:
    """Return the error of a command that was asked for what cannot be; it exits with 2."""
    return CommandError(message, returncode=WRONG_USE)


def instant(text: str) -> datetime:
    """Read a day or an ISO 8601 time, UTC unless it says otherwise; the type of an argument."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"{text!r} is neither a day (2026-11-01) nor a time (2026-11-01T09:30+01:00)"
        ) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


class ExplainedCommand(BaseCommand):
    """A command whose help ends with `examples`, and whose expected errors are one line."""

    examples: ClassVar[str] = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Put the examples under the options."""
        kwargs.setdefault("formatter_class", HelpFormatter)
        if self.examples:
            kwargs.setdefault("epilog", EXAMPLES + self.examples)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; say in one line when the database is not there or too old.

        Stopped by a signal it cleans up after itself, and exits as a shell shows that.
        """
        try:
            with _stopped_by_sigterm():
                return super().execute(*args, **options)
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        except (DataError, IntegrityError):
            raise  # a fault of ours, not of the database
        except DatabaseError as error:
            raise wrong_use(database_trouble(error)) from error
        except BrokenPipeError:
            # Whoever read the output has seen enough; Python must not write the rest at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(BROKEN_PIPE)


@contextlib.contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Unwind on SIGTERM as on Ctrl-C, so that what is open gets closed."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may decide about signals
        return
    before = signal.signal(signal.SIGTERM, lambda signum, _: sys.exit(128 + signum))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def database_trouble(error: DatabaseError) -> str:
    """Word what the database said, and what to do."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, ProgrammingError) or reason.startswith("no such "):
        return f"The database is not up to date ({reason}). Run `manage.py setup` first."
    return f"DATABASE_URL: the database does not answer: {reason}"
