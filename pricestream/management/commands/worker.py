"""`manage.py worker`: the job queue alone, for deployments of more than one machine."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pricestream.errors import StartError
from pricestream.preparation import check_database
from pricestream.worker import STUCK_S, work


class Command(BaseCommand):
    help = "Run the job queue (scheduler and workers) alone, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stuck-after",
            type=float,
            default=STUCK_S,
            metavar="SECONDS",
            help="start the queue anew when its scheduler gave no sign of life for so long",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_database()
        except StartError as error:
            raise CommandError(str(error), returncode=2) from error
        sys.exit(work(stuck_after_s=options["stuck_after"]))
