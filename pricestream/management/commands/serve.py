"""`manage.py serve`: the whole service in one process tree."""

import contextlib
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pricestream.errors import PartDiedError, StartError
from pricestream.lifecycle import serve


class Command(BaseCommand):
    help = "Serve web, API, admin and scheduler, and run the first ingestion, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--setup", action="store_true", help="bring database and static files up to date before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve(
                host=settings.ENV["BIND"],
                port=settings.ENV["PORT"],
                set_up=options["setup"],
                say=self._say,
            )
        except StartError as error:
            raise CommandError(str(error), returncode=2) from error
        except PartDiedError as error:
            raise CommandError(f"{error}; everything else was stopped.", returncode=3) from error

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more; the service goes on
            self.stdout.write(line)
            self.stdout.flush()
