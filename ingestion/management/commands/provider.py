"""`manage.py provider`: add, list, check, enable, disable and remove providers."""

import sys
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from ingestion.adapters.base import Finding
from ingestion.adapters.registry import ADAPTERS
from ingestion.api.serializers import ProviderSerializer
from ingestion.circuit import CircuitState
from ingestion.client import default_client
from ingestion.demo.running import demo_shops_for
from ingestion.detection import detect
from ingestion.errors import AlreadyRunningError, IngestionError, UnknownProviderError
from ingestion.guard import checked_url
from ingestion.management import provider_check
from ingestion.models import Provider
from ingestion.providers import Health, add, health_of, named, pages_of, remove, saved_as, switch
from prices.management import terminal
from prices.management.command import ExplainedCommand, HelpFormatter, wrong_use
from prices.money import CODES, plain

COLUMNS = (
    *("slug", "name", "kind", "state", "offers", "success", "last success", "next due"),
    "last error",
)


class Command(ExplainedCommand):
    help = "Add, list, check, enable, disable and remove providers."
    examples = """\
  manage.py provider add https://shop.example
  manage.py provider add https://shop.example/api/products --kind dummyjson --currency EUR
  manage.py provider check https://shop.example
  manage.py provider list
  manage.py provider disable my-shop"""

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        self._declare_add(
            actions.add_parser("add", help="find out what an address is, show it and save it")
        )
        listing = actions.add_parser("list", help="all providers and how they fare")
        listing.add_argument("--json", action="store_true", help="one JSON object a line")
        provider_check.add_arguments(
            actions.add_parser(
                "check",
                help="show what would be read, store nothing",
                description=provider_check.HELP,
                epilog=provider_check.EXAMPLES,
                formatter_class=HelpFormatter,
            )
        )
        for action, text in (("enable", "let runs read it"), ("disable", "leave it out of runs")):
            one = actions.add_parser(action, help=text)
            one.add_argument("slugs", nargs="+", metavar="SLUG")
        removing = actions.add_parser(
            "remove", help="delete a provider with its offers and their history"
        )
        removing.add_argument("slug", metavar="SLUG")
        removing.add_argument("--yes", action="store_true", help="do not ask")

    def _declare_add(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL", help="any address of the shop or feed")
        parser.add_argument("--name", help="what to call it (default: what the shop calls itself)")
        parser.add_argument(
            "--kind", choices=sorted(ADAPTERS), help="read it as this kind instead of finding out"
        )
        parser.add_argument("--currency", help="of prices that state none, for example EUR")
        parser.add_argument(
            "--interval", type=int, metavar="MINUTES", help="how often (default: the service's)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except (UnknownProviderError, AlreadyRunningError) as error:
            raise wrong_use(f"{error}. {error.hint}") from error

    def _add(self, options: dict[str, Any]) -> None:
        currency, url = options["currency"], options["url"]
        if currency is not None and currency not in CODES:
            raise wrong_use(f"--currency {currency}: give an ISO 4217 code such as EUR.")
        try:
            checked_url(url)
        except IngestionError as error:
            raise wrong_use(f"{url}: {error}. Begin it with https://") from error
        try:
            with demo_shops_for([url]), default_client() as client:
                finding = detect(url, client.get, kind=options["kind"])
        except IngestionError as error:
            raise CommandError(f"{error}. {error.hint}", returncode=1) from error
        self._show(finding)
        known = saved_as(finding)
        if known is not None:
            raise wrong_use(f"It is there already, as {known.slug}. Nothing was saved.")
        try:
            provider = add(
                finding,
                name=options["name"],
                currency=currency,
                interval_minutes=options["interval"],
            )
        except ValidationError as error:
            raise wrong_use("; ".join(error.messages)) from error
        pages = len(pages_of(provider))
        done = f"Saved as {provider.slug}"
        if pages > 1:
            done = f"Added to {provider.slug}, which reads {pages} pages now"
        self.stdout.write(
            f"\n{done}. The service reads it with its next run;"
            f" `manage.py ingest {provider.slug}` reads it now."
        )

    def _show(self, finding: Finding) -> None:
        currency = finding.currency or "not stated (set one with --currency, else it is unknown)"
        self.stdout.write(f"{finding.name}: {ADAPTERS[finding.kind].label} at {finding.url}")
        self.stdout.write(f"  currency: {currency}")
        for line in finding.evidence:
            self.stdout.write(f"  {line}")
        rows = [
            (
                quote.external_id,
                quote.name,
                plain(quote.amount, quote.currency),
                quote.currency,
                quote.availability,
            )
            for quote in finding.sample
        ]
        columns = ("id", "name", "amount", "currency", "availability")
        self.stdout.write("\n" + terminal.table(self.stdout, columns, rows, right="amount"))

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        providers = list(Provider.objects.order_by("name", "id"))
        health = health_of(providers, now=now)
        if options["json"]:
            for provider in providers:
                shown = ProviderSerializer(provider, context={"health": health}).data
                self.stdout.write(msgspec.json.encode(shown).decode())
            return
        if not providers:
            self.stderr.write("There is no provider yet. Add one: manage.py provider add URL")
            return
        rows = [
            (
                provider.slug,
                provider.name,
                provider.kind,
                _state(provider, health[provider.pk]),
                provider.offers_last_run,
                _percent(health[provider.pk].success_rate),
                terminal.ago(provider.last_success_at, now=now),
                terminal.until(provider.next_due_at, now=now) if provider.enabled else None,
                provider.last_error_code,
            )
            for provider in providers
        ]
        self.stdout.write(terminal.table(self.stdout, COLUMNS, rows, right="offers success"))

    def _check(self, options: dict[str, Any]) -> None:
        provider_check.Check(self, options).run()

    def _enable(self, options: dict[str, Any]) -> None:
        self._switch(options["slugs"], enabled=True)

    def _disable(self, options: dict[str, Any]) -> None:
        self._switch(options["slugs"], enabled=False)

    def _switch(self, slugs: list[str], *, enabled: bool) -> None:
        word = "enabled" if enabled else "disabled"
        for provider in switch(named(slugs), enabled=enabled):
            self.stdout.write(f"{provider.slug} is {word}")

    def _remove(self, options: dict[str, Any]) -> None:
        (provider,) = named([options["slug"]])
        if not options["yes"]:
            self._confirm(provider)
        deleted = remove(provider)
        self.stdout.write(f"{provider.slug} is removed, with {deleted} offers and their history")

    def _confirm(self, provider: Provider) -> None:
        question = f"Remove {provider.slug} with all its offers and their history?"
        if not sys.stdin.isatty():
            raise wrong_use(f"{question} Say so with --yes.")
        if input(f"{question} Type its slug: ").strip() != provider.slug:
            raise CommandError("Nothing was removed.", returncode=1)


def _state(provider: Provider, health: Health) -> str:
    if not provider.enabled:
        return "disabled"
    return "ok" if health.circuit is CircuitState.CLOSED else f"circuit {health.circuit}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"
