"""`manage.py track`: push one price."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from ingestion.pushed import checked_push
from ingestion.pushing import push
from prices.errors import InvalidQuoteError
from prices.management.command import ExplainedCommand, instant, wrong_use
from prices.money import plain
from prices.types import Availability

FIELDS = ("platform", "external_id", "price", "currency", "name", "url", "availability")


class Command(ExplainedCommand):
    help = (
        "Store one price that you know, and say what it came to: new, changed, unchanged, or"
        " outdated when a newer one is stored already. An unknown platform is made. Exit code 2:"
        " a value cannot be stored; nothing was."
    )
    examples = """\
  manage.py track corner-shop 4711 12.90 --currency EUR --name "Blue lamp"
  manage.py track corner-shop 4711 11.50 --currency EUR --observed-at 2026-11-01T09:30"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("platform", metavar="PLATFORM", help="slug of a provider, or a new one")
        parser.add_argument("external_id", metavar="EXTERNAL_ID", help="its name for the offer")
        parser.add_argument("price", metavar="AMOUNT", help='in major units, such as "12.90"')
        parser.add_argument("--currency", help="ISO 4217 code (default: unknown)")
        parser.add_argument("--name", help="what the offer is called")
        parser.add_argument("--url", help="where it can be bought")
        parser.add_argument("--availability", choices=[value.value for value in Availability])
        parser.add_argument(
            "--observed-at",
            type=instant,
            metavar="TIME",
            help="a day or an ISO 8601 time, UTC unless it says otherwise (default: now)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        given = {name: options[name] for name in (*FIELDS, "observed_at")}
        try:
            item = checked_push(given, now=now)
        except InvalidQuoteError as error:
            raise wrong_use(f"{error.field}: {error.message}") from error
        (outcome,) = push([item], now=now)
        amount = plain(item.amount, item.currency)
        self.stdout.write(
            f"{outcome}: {item.platform}/{item.external_id}"
            f" {amount} {item.currency or '(currency unknown)'}"
        )
