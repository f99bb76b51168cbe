"""What has to be there before anything is served: tables, static files, schedule, demo shops."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import Error

from ingestion import schedule
from pricestream import staticfiles
from pricestream.errors import StartError, database_error
from pricestream.health import migrations_pending


def prepare(say: Callable[[str], None]) -> None:
    """Bring everything up to date; twice in a row, the second time changes nothing.

    Raises:
        StartError: the database does not answer.
    """
    try:
        if migrations_pending():
            say("Preparing the database ...")
            call_command("migrate", verbosity=0)
        schedule.ensure()
        _offer_demo_shops(say)
    except Error as error:
        raise database_error(error) from error
    staticfiles.collect(say)


def check_prepared() -> None:
    """Make sure that the database answers and everything is up to date.

    Raises:
        StartError: it is not. The text says what to do.
    """
    check_database()
    if not staticfiles.are_collected():
        raise StartError("The static files are not up to date. Run `manage.py setup` first.")


def check_database() -> None:
    """Make sure that the database answers and is migrated.

    Raises:
        StartError: it is not. The text says what to do.
    """
    try:
        pending = migrations_pending()
    except Error as error:
        raise database_error(error) from error
    if pending:
        raise StartError("The database is not up to date. Run `manage.py setup` first.")


def _offer_demo_shops(say: Callable[[str], None]) -> None:
    from ingestion.demo.seeding import seed_empty_database

    if settings.DEMO and seed_empty_database():
        say(
            "Demo shops with 90 days of made-up history are in the database."
            " `manage.py demo_shops --remove` takes them out."
        )
