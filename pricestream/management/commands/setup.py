"""`manage.py setup`: everything that has to be there before `serve`."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from ingestion import schedule
from pricestream.first_user import create_first_user


class Command(BaseCommand):
    help = "Migrate, collect static files, make the first user, offer the demo shops."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call_command("migrate", verbosity=0)
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"DATABASE_URL: the database does not answer: {reason}", returncode=2
            ) from error
        self._collect_static()
        schedule.ensure()
        self._demo()
        self._first_user()

    def _collect_static(self) -> None:
        """Collect only when a file changed: hashing and packing them all takes a while."""
        stamp = settings.STATIC_ROOT / ".collected"
        digest = hashlib.sha256(settings.VERSION.encode())
        for finder in get_finders():
            for path, storage in finder.list([]):
                digest.update(f"{path}:{storage.size(path)}".encode())
                if path.startswith("dashboard/"):
                    digest.update(str(storage.get_modified_time(path)).encode())
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(digest.hexdigest())

    def _demo(self) -> None:
        from ingestion.demo.seeding import seed_empty_database

        if settings.DEMO and seed_empty_database():
            self.stdout.write(
                "Demo shops with 90 days of made-up history are in the database."
                " `manage.py demo_shops --remove` takes them out."
            )

    def _first_user(self) -> None:
        username = settings.ENV["PRICESTREAM_ADMIN_USERNAME"]
        password = create_first_user(username, settings.ENV["PRICESTREAM_ADMIN_PASSWORD"])
        if password is None:
            return
        rule = "─" * 60
        self.stdout.write(
            f"{rule}\n  Sign in as   {username}\n  Password     {password}\n"
            f"  It is shown this once. `manage.py changepassword {username}` sets another.\n{rule}"
        )
