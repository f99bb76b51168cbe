"""`manage.py healthcheck`: for container and process managers."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pricestream.health import OK, readiness, web_answers
from pricestream.lifecycle import reached_at


class Command(BaseCommand):
    help = "Say whether the service can do its work; exit 0 if so, 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-web", action="store_true", help="of a `worker`: it has no web server"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checks = readiness()
        if not options["no_web"]:
            answers = web_answers(reached_at(settings.ENV["BIND"]), settings.ENV["PORT"])
            checks["web"] = OK if answers else "does not answer"
        for name, found in checks.items():
            self.stdout.write(f"{name}: {found}")
        if set(checks.values()) != {OK}:
            raise CommandError("not ready")
