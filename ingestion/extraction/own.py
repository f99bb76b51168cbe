"""Which of the products on a page is the page's own. Pure."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from ingestion.extraction.document import Document, likeness
from ingestion.extraction.listings import Listing

LEAST: Final = 1.5  # below, a product is more likely a related one than the page's own
_TRUST: Final = {"JSON-LD": 0.5, "microdata": 0.4, "RDFa": 0.3, "meta": 0.2}


def own_listings(listings: Sequence[Listing], document: Document) -> list[Listing]:
    """Return what describes the page's own product, the surest first; empty when nothing does."""
    scored = [(own_score(one, document) - place / 1000, one) for place, one in enumerate(listings)]
    scored.sort(key=lambda pair: -pair[0])
    kept = [pair for pair in scored if pair[0] >= LEAST]
    if not kept:
        return _only_one(listings)
    best = kept[0][1]
    return [best, *(one for _, one in kept[1:] if is_same(one, best))]


def own_score(listing: Listing, document: Document) -> float:
    """Say how much speaks for a product being the one that the page is about."""
    score = _TRUST.get(listing.source, 0.0)
    score += 3 * _likeness(listing.name, document)
    if listing.url and _is_this_page(listing.url, document):
        score += 1.5
    identifiers = (listing.sku, listing.gtin, listing.mpn)
    address = unquote(document.url).lower()
    score += 1.0 if any(len(one) > 3 and one.lower() in address for one in identifiers) else 0
    score += 0.5 if any(claim.amount for claim in listing.claims) else 0
    score -= 3.0 if listing.aside else 0
    score -= 0 if listing.is_product else 1.0
    return score


def is_same(one: Listing, other: Listing) -> bool:
    """Say whether two places speak of the same product."""
    for field in ("gtin", "sku"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs:
            return bool(mine == theirs)
    if one.url and other.url and _path(one.url) == _path(other.url):
        return True
    return not one.name or not other.name or likeness(one.name, other.name) >= 0.6


def _likeness(name: str, document: Document) -> float:
    if not name:
        return 0.3  # a nameless one (an offer by itself) may well be it
    headings = document.headings
    return max((likeness(name, heading) for heading in headings[:6]), default=0.5)


def _only_one(listings: Sequence[Listing]) -> list[Listing]:
    """Take the only product of a page that says nothing of what it is about."""
    products = [one for one in listings if one.is_product and not one.aside]
    return products if len(products) == 1 else []


def _is_this_page(url: str, document: Document) -> bool:
    return _path(url) in {_path(document.url), _path(document.canonical)}


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{unquote(parts.path).rstrip('/').lower()}"
