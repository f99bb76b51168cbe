"""The price of a page's own product: candidates from every place, weighed together. Pure.

Structured data says what a product costs, and what is seen on the page says whether that is
what is asked today: a list price in JSON-LD beside a sale price on the page is common, and so
is structured data of a related product. Each place yields candidates; further places are
further candidates, not further rules.
"""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from ingestion.errors import NothingFoundError, PageBlockedError
from ingestion.extraction.blocked import is_blocked
from ingestion.extraction.document import Document
from ingestion.extraction.listings import Claim, Listing, listings_of
from ingestion.extraction.own import own_listings
from ingestion.extraction.visible import Shown, prices_shown
from prices.identifiers import gtin14
from prices.types import Availability, Quote

SURE: Final = 4.2  # score of a visible price that is believed without structured data
LIKELY: Final = 3.0  # score of one that may correct structured data
LONGEST_ID: Final = 200
LOWEST_SHARE: Final = Decimal("0.2")  # a sale that leaves less than this is another product's


def quotes_of_page(
    body: bytes, *, url: str = "", content_type: str = "", currency: str | None = None
) -> list[Quote]:
    """Return the page's own product as displayed, then its other variants.

    `currency` is what the operator stated, for pages that name none.

    Raises:
        PageBlockedError: a captcha, a queue or a robot check.
        NothingFoundError: no price of a product; the text says why.
        ContentError: the page cannot be read.
    """
    document = Document(body, url=url, content_type=content_type)
    if is_blocked(document):
        raise PageBlockedError("the page is a robot check or a queue, not a product")
    listings = own_listings(listings_of(document), document)
    shown = prices_shown(document, locale=document.language)
    claims = [(one, claim) for one in listings for claim in one.claims if claim.amount]
    if claims:
        quotes = _from_claims(claims, listings, shown, document, currency)
    else:
        quotes = _from_sight(listings, shown, document, currency)
    if not quotes:
        raise NothingFoundError(
            "the page describes a product and states no price for it"
            if listings
            else "the page holds no price that is surely a product's own"
        )
    return quotes


def _from_claims(
    claims: Sequence[tuple[Listing, Claim]],
    listings: Sequence[Listing],
    shown: Sequence[Shown],
    document: Document,
    currency: str | None,
) -> list[Quote]:
    source = claims[0][0].source
    own = [claim for listing, claim in claims if listing.source == source]
    chosen = _displayed(own, shown, document)
    price = _reconciled(chosen, shown)
    first = _quote(chosen, price, listings, shown, document, currency)
    quotes = [first]
    taken = {first.external_id}
    for claim in own:
        if claim is chosen or claim.amount is None:
            continue
        other = _quote(claim, _stated(claim), listings, (), document, currency, variant=True)
        if other.external_id not in taken:
            taken.add(other.external_id)
            quotes.append(other)
    return quotes


def _displayed(claims: Sequence[Claim], shown: Sequence[Shown], document: Document) -> Claim:
    """Return the variant that the page shows: named by the address, else by the price seen."""
    if len(claims) == 1:
        return claims[0]
    parts = urlsplit(document.url)
    chosen = {value for _, value in parse_qsl(parts.query)} | {parts.fragment}
    for claim in claims:
        if {claim.sku, claim.gtin, claim.mpn} & (chosen - {""}):
            return claim
        query = dict(parse_qsl(urlsplit(claim.url).query))
        if query and query.items() <= dict(parse_qsl(parts.query)).items():
            return claim
    seen = {one.amount for one in shown[:3] if not one.struck and one.score >= LIKELY}
    for claim in claims:
        if claim.amount in seen:
            return claim
    stocked = [one for one in claims if one.availability == Availability.IN_STOCK]
    return stocked[0] if stocked else claims[0]


class _Price(msgspec.Struct, frozen=True):
    amount: Decimal
    list_amount: Decimal | None
    where: str
    sight: Shown | None = None


def _stated(claim: Claim) -> _Price:
    assert claim.amount is not None  # noqa: S101 the caller has looked
    return _Price(claim.amount, claim.list_amount, claim.where)


def _reconciled(claim: Claim, shown: Sequence[Shown]) -> _Price:
    """Return what is asked: the stated price, unless the page shows that it is the old one."""
    stated = _stated(claim)
    best = next((one for one in shown if not one.struck), None)
    for one in shown:
        if one.amount in claim.readings and not one.struck:
            return _Price(one.amount, claim.list_amount, claim.where, one)
    struck = {one.amount for one in shown if one.struck}
    if (
        best is not None
        and best.score >= LIKELY
        and struck & set(claim.readings)
        and LOWEST_SHARE * stated.amount < best.amount < stated.amount
    ):
        return _Price(best.amount, stated.amount, best.where, best)
    return stated


def _from_sight(
    listings: Sequence[Listing],
    shown: Sequence[Shown],
    document: Document,
    currency: str | None,
) -> list[Quote]:
    best = next((one for one in shown if not one.struck), None)
    if best is None or best.score < SURE or not (best.currency or best.sign or currency):
        return []
    claim = next((one for listing in listings for one in listing.claims), Claim())
    price = _Price(best.amount, None, best.where, best)
    return [_quote(claim, price, listings, shown, document, currency)]


def _quote(
    claim: Claim,
    price: _Price,
    listings: Sequence[Listing],
    shown: Sequence[Shown],
    document: Document,
    currency: str | None,
    *,
    variant: bool = False,
) -> Quote:
    list_amount, list_where = price.list_amount, claim.where
    if list_amount is None and price.sight is not None:
        list_amount, list_where = _struck_beside(price, shown)
    name, name_where = _name(listings, document)
    seen = price.sight.currency if price.sight else None
    code = claim.currency or seen or _any_currency(listings) or currency
    availability = claim.availability
    evidence = {"amount": price.where}
    if list_amount is not None:
        evidence["list_amount"] = list_where
    if name:
        evidence["name"] = name_where
    if code:
        evidence["currency"] = claim.where if claim.currency else price.where
    if availability is not Availability.UNKNOWN:
        evidence["availability"] = claim.where or price.where
    gtin = gtin14(claim.gtin) or next((g for one in listings if (g := gtin14(one.gtin))), "")
    return Quote(
        external_id=_external_id(document, listings, claim, variant=variant),
        name=f"{name} – {claim.variant}" if variant and claim.variant not in name else name,
        amount=price.amount,
        currency=code,
        list_amount=list_amount,
        availability=availability,
        url=(claim.url if variant else "") or document.canonical,
        image_url=claim.image_url or _first(listings, "image_url"),
        brand=_first(listings, "brand"),
        gtin=gtin or "",
        mpn=claim.mpn or _first(listings, "mpn"),
        sku=claim.sku or _first(listings, "sku"),
        variant=claim.variant if claim.variant != name else "",
        group_id=_page_id(document, listings) if variant else "",
        evidence=evidence,
    )


def _struck_beside(price: _Price, shown: Sequence[Shown]) -> tuple[Decimal | None, str]:
    """Return the crossed-out price near the one that is asked."""
    for one in shown:
        if one.struck and one.score > 0 and price.amount < one.amount < price.amount * 10:
            return one.amount, one.where
    return None, ""


def _name(listings: Sequence[Listing], document: Document) -> tuple[str, str]:
    for one in listings:
        if one.name:
            return one.name, one.source
    return (document.headings[0], "page: heading") if document.headings else ("", "")


def _any_currency(listings: Sequence[Listing]) -> str | None:
    return next((c.currency for one in listings for c in one.claims if c.currency), None)


def _first(listings: Sequence[Listing], field: str) -> str:
    return next((text for one in listings if (text := getattr(one, field))), "")


def _external_id(
    document: Document, listings: Sequence[Listing], claim: Claim, *, variant: bool
) -> str:
    page = _page_id(document, listings)
    mark = claim.sku or claim.gtin or claim.mpn or claim.variant if variant else ""
    return f"{page}#{mark}"[: LONGEST_ID + 50] if mark else page


def _page_id(document: Document, listings: Sequence[Listing]) -> str:
    """Return what names the page at its shop: the path of its own address.

    Not the SKU: pages change theirs with the variant they show, or have none.
    """
    parts = urlsplit(document.canonical)
    path = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
    named = path if path.strip("/") else _first(listings, "sku") or parts.netloc or "page"
    if len(named) <= LONGEST_ID:
        return named
    return f"{named[: LONGEST_ID - 20]}~{hashlib.sha256(named.encode()).hexdigest()[:16]}"
