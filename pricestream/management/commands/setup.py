"""`manage.py setup`: everything that has to be there before `serve`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pricestream.errors import StartError
from pricestream.first_user import RULE, sign_in
from pricestream.preparation import prepare


class Command(BaseCommand):
    help = "Migrate, collect static files, make the first user, offer the demo shops."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepare(self.stdout.write)
        except StartError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{RULE}\n{sign_in()}\n{RULE}")
