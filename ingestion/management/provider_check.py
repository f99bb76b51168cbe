"""`manage.py provider check`: a dry run over an address, a provider or saved pages."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from django.core.management.base import CommandError, CommandParser

from ingestion.adapters.base import Source
from ingestion.adapters.registry import ADAPTERS
from ingestion.checking import (
    SAVED_PAGE,
    Checked,
    check_finding,
    check_page,
    check_provider,
    evidence_of,
    quote_body,
)
from ingestion.client import default_client
from ingestion.demo.running import demo_shops_for
from ingestion.detection import detect
from ingestion.dryrun import Fetch
from ingestion.errors import FetchError, IngestionError, PushedProviderError
from ingestion.guard import checked_url
from ingestion.models import Provider
from ingestion.providers import named, source_of
from ingestion.runner import MAX_PAGES
from prices.management.command import ExplainedCommand, wrong_use
from prices.money import plain
from prices.types import Quote, Rejection

SHOWN: Final = 10  # quotes for people; JSON has all of them
NO_PRICE: Final = "no price of a product"
HELP: Final = (
    "Read an address, a provider or saved pages as a run would, show the quotes with the evidence"
    " for each field, and store nothing. Exit code 0: there are prices. 1: there is none, and"
    " standard error says why (of several files: not one has any). 2: wrong use, or a file that"
    " cannot be read."
)
EXAMPLES: Final = """\
examples:
  manage.py provider check my-shop
  manage.py provider check https://shop.example/products/blue-lamp
  manage.py provider check --file page.html --url https://shop.example/blue-lamp
  manage.py provider check --json --file saved/*.html.gz > quotes.jsonl"""


@dataclass(slots=True)
class SavedPage:
    """A file to replay, and the address it was saved from if that is known."""

    path: str
    url: str = ""


class _CollectPages(argparse.Action):
    """Notes files and addresses in the order they are given: a --url belongs to its --file."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        pages: list[SavedPage] = list(getattr(namespace, "pages", None) or [])
        if self.dest == "file":
            early = getattr(namespace, "early_url", "")
            pages += [SavedPage(path) for path in values]
            if early:
                pages[0].url, namespace.early_url = early, ""
        elif not pages:
            namespace.early_url = values
        elif pages[-1].url:
            parser.error(f"two --url for {pages[-1].path}")
        else:
            pages[-1].url = values
        namespace.pages = pages


def add_arguments(parser: CommandParser) -> None:
    """Declare what `provider check` takes."""
    parser.add_argument("target", nargs="?", metavar="URL-or-SLUG", help="what to read")
    parser.add_argument(
        "--file",
        action=_CollectPages,
        nargs="+",
        metavar="PAGE.html",
        help="replay saved pages instead of fetching (.gz too; may be given many times)",
    )
    parser.add_argument(
        "--url", action=_CollectPages, help="the address that the --file before it was saved from"
    )
    parser.add_argument(
        "--kind", choices=sorted(ADAPTERS), help="read it as this kind instead of finding out"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each quote")
    parser.add_argument(
        "--limit",
        type=_positive,
        metavar="N",
        help=f"at most N quotes (default: {SHOWN} for people, all with --json)",
    )


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


class Check:
    """One call of `provider check`."""

    def __init__(self, command: ExplainedCommand, options: dict[str, Any]) -> None:
        """Keep what was asked for."""
        self._out: Callable[[str], Any] = command.stdout.write
        self._err: Callable[[str], Any] = command.stderr.write
        self._json: bool = options["json"]
        self._kind: str | None = options["kind"]
        self._limit: int | None = options["limit"] or (None if self._json else SHOWN)
        self._target: str | None = options["target"]
        self._pages: Sequence[SavedPage] = options.get("pages") or []
        self._early_url: str = options.get("early_url") or ""

    def run(self) -> None:
        """Show what is read.

        Raises:
            CommandError: no price was found, or it was asked for what cannot be; says why.
        """
        if self._pages:
            self._replay()
        elif self._early_url:
            raise wrong_use("--url says where a --file comes from; give the file too.")
        elif self._target is None:
            raise wrong_use("Give an address, the slug of a provider, or --file PAGE.html.")
        else:
            provider = None if "://" in self._target else _provider(self._target)
            url = _web_address(self._target) if provider is None else provider.url
            with demo_shops_for([url]), default_client() as client:
                self._fetch(provider or url, client.get)

    def _fetch(self, target: Provider | str, fetch: Fetch) -> None:
        try:
            if isinstance(target, Provider):
                found = check_provider(target, fetch, max_requests=MAX_PAGES)
            else:
                found = self._at_address(target, fetch)
            refused = self._show(found)
        except PushedProviderError as error:
            raise wrong_use(f"{target}: {error}.") from error
        except FetchError as error:
            raise CommandError(f"{error}. {error.hint}".strip(), returncode=1) from error
        except IngestionError as error:
            # Its hint is to run this very command.
            raise CommandError(str(error), returncode=1) from error
        if refused is not None:
            raise CommandError(refused, returncode=1)

    def _at_address(self, url: str, fetch: Fetch) -> Iterator[Checked]:
        finding = detect(url, fetch, kind=self._kind)
        if not self._json:
            self._out(f"{ADAPTERS[finding.kind].label} at {finding.url}")
            for line in finding.evidence:
                self._out(f"  {line}")
        return check_finding(finding, fetch, max_requests=MAX_PAGES)

    def _replay(self) -> None:
        provider = _provider(self._target) if self._target else None
        source = Source(url="") if provider is None else source_of(provider)
        kind = self._kind or (SAVED_PAGE if provider is None else provider.kind)
        unreadable = empty = 0
        reason = ""
        for page in self._pages:
            url = _web_address(page.url) if page.url else source.url
            try:
                found = check_page(
                    Path(page.path), msgspec.structs.replace(source, url=url), kind=kind
                )
                reason = self._show(found, file=page.path) or ""
                empty += bool(reason)
            except OSError as error:
                unreadable += 1
                reason = error.strerror or str(error)
            except IngestionError as error:
                empty += 1
                reason = str(error)
            if reason and len(self._pages) > 1:
                self._err(f"{page.path}: {reason}")
        self._judge(unreadable=unreadable, empty=empty, reason=reason)

    def _judge(self, *, unreadable: int, empty: int, reason: str) -> None:
        """End with what the pages came to: 2 a file cannot be read, 1 no price in any page."""
        if len(self._pages) == 1 and reason:
            text = f"{self._pages[0].path}: {reason}"
            raise CommandError(text, returncode=2 if unreadable else 1)
        if unreadable:
            raise wrong_use(f"{unreadable} of {len(self._pages)} files cannot be read.")
        if empty == len(self._pages):
            raise CommandError(f"{NO_PRICE} in any of {empty} files", returncode=1)

    def _show(self, found: Iterable[Checked], *, file: str | None = None) -> str | None:
        """Print the quotes; return why there is none, or `None` when there is one."""
        shown = 0
        refused: list[str] = []
        for one in found:
            if isinstance(one, Rejection):
                refused.append(f"{one.external_id or '?'}: {one.message}")
                continue
            self._out(self._line(one, file))
            shown += 1
            if shown == self._limit:
                break
        reasons = "; ".join(refused[:5])
        if not shown:
            return f"{NO_PRICE}, {len(refused)} refused: {reasons}" if refused else NO_PRICE
        if refused:
            self._err(f"{len(refused)} refused: {reasons}")
        return None

    def _line(self, quote: Quote, file: str | None) -> str:
        if self._json:
            body = quote_body(quote) if file is None else {"file": file, **quote_body(quote)}
            return msgspec.json.encode(body).decode()
        return "\n".join(_block(quote, file))


def _block(quote: Quote, file: str | None) -> Iterator[str]:
    """Return a quote as lines for people: each field, and where it was read."""
    yield f"\n{quote.name} ({quote.external_id})" + (f" in {file}" if file else "")
    evidence = dict(evidence_of(quote))
    for field, value in _values(quote).items():
        source = evidence.pop(field, "")
        yield f"  {field:<13} {value}" + (f"   from {source}" if source else "")
    for field, source in evidence.items():
        yield f"  {field:<13} –   {source}"


def _values(quote: Quote) -> dict[str, str]:
    currency = quote.currency or "currency unknown"
    amount = f"{plain(quote.amount, quote.currency)} {currency}"
    body = quote_body(quote)
    known = {
        field: str(body[field])
        for field in ("variant", "brand", "gtin", "mpn", "sku", "url", "image_url")
        if body[field]
    }
    listed = {"list_amount": f"{body['list_amount']} {currency}"} if quote.list_amount else {}
    return {"amount": amount, **listed, "availability": quote.availability.value, **known}


def _provider(slug: str) -> Provider:
    try:
        return named([slug])[0]
    except IngestionError as error:
        raise wrong_use(
            f"{error}. Addresses begin with https://; {error.hint[:1].lower()}{error.hint[1:]}"
        ) from error


def _web_address(url: str) -> str:
    try:
        checked_url(url)
    except IngestionError as error:
        raise wrong_use(f"{url}: {error}") from error
    return url
