"""`manage.py worker`: the job queue alone, for deployments of more than one machine."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from pricestream.worker import work


class Command(BaseCommand):
    help = "Run the job queue (scheduler and workers) alone, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(work())
