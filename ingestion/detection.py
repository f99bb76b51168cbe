"""What a URL is: which kind of provider, what it is called, and how that was seen.

Nothing is guessed in silence: each kind is tried by reading it, and what was tried is told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from ingestion.adapters import shopify, woocommerce
from ingestion.adapters.base import Adapter, Answer, Finding, Request, Source
from ingestion.adapters.registry import ADAPTERS
from ingestion.dryrun import Fetch, quotes_of
from ingestion.errors import AddressNotAllowedError, IngestionError, NothingFoundError
from ingestion.guard import checked_url
from prices.types import Quote

SAMPLE: Final = 5
ORDER: Final = ("product_page", "shopify", "woocommerce", "dummyjson")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to read a URL, to be tried."""

    kind: str
    url: str
    reason: str


def detect(url: str, fetch: Fetch, *, kind: str | None = None) -> Finding:
    """Return what `url` is, with sample quotes.

    `kind` names the adapter to use instead of trying them in turn.

    Raises:
        AddressNotAllowedError: not a plain web address, or not one that may be reached.
        NothingFoundError: it fits nothing; the text lists what was tried.
    """
    checked_url(url)
    tried: list[str] = []
    for candidate in candidates(url, kind):
        found = _try(candidate, fetch, tried)
        if found is not None:
            return found
    raise NothingFoundError("no prices found. Tried: " + "; ".join(tried or ["nothing fits"]))


def candidates(url: str, kind: str | None = None) -> Iterator[Candidate]:
    """Return the ways to read `url`, the likeliest first. Pure."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").lower()
    if kind is not None:
        yield Candidate(kind, url, f"asked to be read as {kind}")
        return
    if path.endswith("/products.json"):
        yield Candidate("shopify", url, "the address is Shopify's products.json")
    if "/wp-json" in path or "rest_route=" in parts.query:
        yield Candidate("woocommerce", url, "the address is WordPress' API")
    if path.endswith("/products"):
        yield Candidate("dummyjson", url, "the address ends in /products")
    if _names_a_product(path):
        yield Candidate("product_page", url, "the address names one product")
    yield Candidate("shopify", shopify.catalogue_url(url).removesuffix("/products.json"), "")
    for root in _roots(url):
        yield Candidate("woocommerce", root, "")
    if not path.endswith("/products"):
        yield Candidate("dummyjson", f"{parts.scheme}://{parts.netloc}/products", "")
    yield Candidate("product_page", url, "")


def _try(candidate: Candidate, fetch: Fetch, tried: list[str]) -> Finding | None:
    adapter_class = ADAPTERS.get(candidate.kind)
    if adapter_class is None:
        return None
    source = Source(url=candidate.url)
    adapter = adapter_class(source)
    what = f"{adapter_class.label} at {_address(adapter)}"
    try:
        sample = _sample(adapter, fetch)
    except AddressNotAllowedError:
        raise
    except IngestionError as error:
        tried.append(f"{what}: {error}")
        return None
    if not sample:
        tried.append(f"{what}: no offer with a price")
        return None
    currencies = sorted({quote.currency for quote in sample if quote.currency})
    return Finding(
        kind=candidate.kind,
        url=candidate.url,
        name=_name(candidate, fetch),
        currency=currencies[0] if len(currencies) == 1 else None,
        sample=sample[:SAMPLE],
        evidence=[
            *([candidate.reason] if candidate.reason else []),
            f"{what} answered with offers",
            f"currency: {', '.join(currencies) if currencies else 'not stated by the shop'}",
        ],
    )


def _sample(adapter: Adapter, fetch: Fetch) -> Sequence[Quote]:
    found: list[Quote] = []
    for one in quotes_of(adapter, fetch, max_requests=2):
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


def _address(adapter: Adapter) -> str:
    requests = adapter.start()
    return requests[-1].url.partition("?")[0] if requests else "nothing"


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
    title = page.css_first("title")
    text = title.text().strip() if title is not None else ""
    return text.split(" | ")[0].split(" – ")[0][:100] or host
