"""What a URL is: which kind of provider, what it is called, and how that was seen.

Nothing is guessed in silence: each kind is tried by reading it, and what was tried is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from ingestion.adapters import shopify, woocommerce
from ingestion.adapters.base import Adapter, Answer, Configured, Finding, Request, Source
from ingestion.adapters.items import BOM
from ingestion.adapters.records import MAX_BYTES, sample_of
from ingestion.adapters.registry import ADAPTERS
from ingestion.dryrun import Fetch, quotes_of
from ingestion.errors import (
    AddressNotAllowedError,
    ContentError,
    HttpStatusError,
    IngestionError,
    NothingFoundError,
)
from ingestion.guard import checked_url
from prices.types import Quote

SAMPLE: Final = 5
SAMPLE_REQUESTS: Final = 5  # Shopify is asked up to three times for its currency
SNIFFED: Final = 200_000


class Seen:
    """Fetches each address once, and remembers what came of it."""

    def __init__(self, fetch: Fetch) -> None:
        """Start with nothing seen."""
        self._fetch = fetch
        self._outcomes: dict[str, Answer | IngestionError] = {}

    def get(self, request: Request) -> Answer:
        """Return the answer, or raise what the first try raised."""
        outcome = self._outcomes.get(request.url)
        if outcome is None:
            try:
                outcome = self._fetch(request)
            except IngestionError as error:
                outcome = error
            self._outcomes[request.url] = outcome
        if isinstance(outcome, IngestionError):
            raise outcome
        return outcome


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to read a URL, to be tried."""

    kind: str
    url: str
    reason: str = ""


def detect(url: str, fetch: Fetch, *, kind: str | None = None) -> Finding:
    """Return what `url` is, with sample quotes.

    `kind` names the adapter to use instead of trying them in turn.

    Raises:
        IngestionError: the address may not be reached, or its server cannot be.
        NothingFoundError: it fits nothing; the text lists what was tried.
    """
    checked_url(url)
    seen = Seen(fetch)
    body = _looked_at(url, seen)
    ways = [Candidate(kind, url, f"asked to be read as {kind}")] if kind else candidates(url, body)
    tried: list[str] = []
    for candidate in ways:
        found = _try(candidate, seen.get, tried)
        if found is not None:
            return found
    raise NothingFoundError("no prices found. Tried: " + "; ".join(tried or ["nothing fits"]))


def _looked_at(url: str, seen: Seen) -> bytes:
    """Return what is at `url`; nothing when its server answers with an error status."""
    try:
        return seen.get(Request(url=url, max_bytes=MAX_BYTES)).body
    except HttpStatusError:
        return b""


def candidates(url: str, body: bytes) -> Iterator[Candidate]:
    """Return the ways to read `url`, at which `body` was found, the likeliest first. Pure."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").lower()
    start = body[:SNIFFED].removeprefix(BOM).lstrip()
    if start and not start.startswith((b"[", b"{")) and not _is_html(start):
        yield from _files(url, body)
        return
    if b"cdn.shopify.com" in start or path.endswith("/products.json"):
        yield Candidate("shopify", shopify.catalogue_root(url), "it is made with Shopify")
    if "/wp-json" in path or "rest_route=" in parts.query or b"woocommerce" in start:
        yield from (Candidate("woocommerce", root, "") for root in _roots(url))
    if path.endswith("/products"):
        yield Candidate("dummyjson", url, "the address ends in /products")
    if start.startswith(b"{") and b"}\n{" in start:
        yield Candidate("csv", url, "a file of JSON objects, one a line")
    if _names_a_product(path):
        yield Candidate("product_page", url, "the address names one product")
    yield Candidate("shopify", shopify.catalogue_root(url))
    yield from (Candidate("woocommerce", root) for root in _roots(url))
    if not path.endswith("/products"):
        yield Candidate("dummyjson", f"{parts.scheme}://{parts.netloc}/products")
    yield Candidate("product_page", url)


def _files(url: str, body: bytes) -> Iterator[Candidate]:
    """Return how to read what is neither a page nor JSON: a feed, or a table."""
    if body.lstrip()[:1] == b"<":
        yield Candidate("product_feed", url, "an XML file of items")
        return
    try:
        names = set(sample_of(body, 1)[0])
    except (ContentError, IndexError):
        names = set()
    if {"id", "price", "title"} <= names or {"id", "price", "link"} <= names:
        yield Candidate("product_feed", url, "a table with the columns of a product feed")
    yield Candidate("csv", url, "a table of rows and columns")


def _is_html(start: bytes) -> bool:
    head = start[:2000].lower()
    return head.startswith(b"<") and (b"<html" in head or b"<!doctype html" in head)


def _try(candidate: Candidate, fetch: Fetch, tried: list[str]) -> Finding | None:
    adapter_class = ADAPTERS.get(candidate.kind)
    if adapter_class is None:
        return None
    adapter = adapter_class(Source(url=candidate.url))
    what = f"{adapter_class.label} at {candidate.url}"
    try:
        sample = _sample(adapter, fetch)
    except AddressNotAllowedError:
        raise
    except IngestionError as error:
        if (line := f"{what}: {error}") not in tried:
            tried.append(line)
        return None
    if not sample:
        tried.append(f"{what}: no offer with a price")
        return None
    options = _options(adapter, fetch)
    currencies = sorted({quote.currency for quote in sample if quote.currency})
    return Finding(
        kind=candidate.kind,
        url=candidate.url,
        name=_name(candidate, fetch),
        currency=currencies[0] if len(currencies) == 1 else None,
        options=options,
        sample=sample[:SAMPLE],
        evidence=[
            *([candidate.reason] if candidate.reason else []),
            f"{what} answered with offers",
            f"currency: {', '.join(currencies) if currencies else 'not stated by the shop'}",
            *(f"{field}: column {name}" for field, name in options.get("columns", {}).items()),
        ],
    )


def _options(adapter: Adapter, fetch: Fetch) -> Mapping[str, Any]:
    if not isinstance(adapter, Configured):
        return {}
    return adapter.options_for(fetch(adapter.start()[0]))


def _sample(adapter: Adapter, fetch: Fetch) -> Sequence[Quote]:
    found: list[Quote] = []
    for one in quotes_of(adapter, fetch, max_requests=SAMPLE_REQUESTS):
        if isinstance(one, Quote):
            found.append(one)
        if len(found) == SAMPLE:
            break
    return found


def _names_a_product(path: str) -> bool:
    names = [part for part in path.split("/") if part]
    return any(
        mark in names and names.index(mark) < len(names) - 1
        for mark in ("product", "products", "p", "dp", "item")
    ) and not path.endswith((".json", ".xml"))


def _roots(url: str) -> Iterator[str]:
    """Return where a shop may live: where the address says, its first folder, its host."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.strip("/").partition("/")[0]
    if folder and "." not in folder:
        yield f"{origin}/{folder}"
    yield origin
    yield f"{origin}/?rest_route={woocommerce.API}"


def _name(candidate: Candidate, fetch: Callable[[Request], Answer]) -> str:
    """Return what the shop calls itself on its home page, else its host name."""
    host = urlsplit(candidate.url).hostname or candidate.url
    home = shopify.shop_url(candidate.url) if candidate.kind == "shopify" else candidate.url
    parts = urlsplit(home.partition("/wp-json")[0].removesuffix("/products"))
    try:
        answer = fetch(Request(url=f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"))
    except IngestionError:
        return host
    if b"<" not in answer.body[:1000]:
        return host
    page = LexborHTMLParser(answer.body[:200_000])
    site = page.css_first('meta[property="og:site_name"]')
    if site is not None and (site.attributes.get("content") or "").strip():
        return str(site.attributes["content"]).strip()[:100]
    title = page.css_first("title") if candidate.kind != "product_page" else None
    text = title.text().strip() if title is not None else ""
    return text.split(" | ")[0].split(" – ")[0][:100] or host
