"""`manage.py serve`: the whole service in one process tree."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pricestream.lifecycle import PartDiedError, StartError, serve


class Command(BaseCommand):
    help = "Serve web, API, admin and scheduler, and run the first ingestion, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve(host=settings.ENV["BIND"], port=settings.ENV["PORT"], say=self._say)
        except StartError as error:
            raise CommandError(str(error), returncode=2) from error
        except PartDiedError as error:
            raise CommandError(f"{error}; everything else was stopped.", returncode=3) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
