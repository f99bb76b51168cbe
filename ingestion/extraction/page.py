"""A product page's own price, with the evidence: the entry point of the extraction. Pure.

Candidates come from structured data (`listings`) and from what is shown (`visible`); what
belongs to the page's own product (`own`) is weighed (`choice`). Nothing is fetched.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ingestion.errors import BlockedError, NothingFoundError
from ingestion.extraction.blocked import is_blocked
from ingestion.extraction.choice import Choice, chosen, variants_of
from ingestion.extraction.document import Document
from ingestion.extraction.listings import Claim, Listing, listings_of
from ingestion.extraction.own import own_listings
from ingestion.extraction.places import currency_here, locale_of
from ingestion.extraction.stock import stock_shown
from ingestion.extraction.visible import Shown, prices_shown
from prices.identifiers import gtin14
from prices.types import Availability, Quote

# Parts of a query that say where a visitor came from, not what is shown.
TRACKING: Final = frozenset(
    """gclid fbclid msclkid dclid yclid igshid mc_cid mc_eid ref ref_ referrer source srsltid
    cmpid campaign affiliate aff tag spm scm pvid""".split()
)


def read_page(
    body: bytes, *, url: str = "", content_type: str = "", currency: str | None = None
) -> list[Quote]:
    """Return the quotes of a page's own product, the one displayed first.

    Several variants are several quotes, unless `url` itself names one of them. `currency` is
    what the operator stated; it stands in where the page names none.

    Raises:
        BlockedError: a captcha, a queue or another check of robots.
        NothingFoundError: no product, or none with a price; the text says which.
        ContentError: built so that it cannot be read within bounds.
    """
    document = Document(body, url=url, content_type=content_type)
    listings = listings_of(document)
    if not any(one.claims for one in listings) and is_blocked(document):
        raise BlockedError("the page asks whether a person or a robot is there")
    own = _with_nameless(own_listings(listings, document), listings)
    shown = prices_shown(document, locale=locale_of(document))
    reading = _Reading(document, own, shown, currency)
    variants = variants_of(own)
    if variants:
        return reading.variants(variants)
    choice = chosen(own, shown)
    if choice is None:
        raise NothingFoundError(_why_nothing(own, listings, shown))
    return [reading.quote(choice)]


def page_id(document: Document) -> str:
    """Return what names a page at its shop: the path of its canonical address.

    SKUs and product numbers are missing on some pages of a shop and on others not, or
    change with the chosen variant; the address is what was asked for, and what a person
    can check. The query counts, less what only tracks visitors: in some shops it names the
    product.
    """
    parts = urlsplit(document.canonical or document.url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name.lower() not in TRACKING and not name.lower().startswith("utm_")
    ]
    path = unquote(parts.path) or "/"
    identifier = f"{path}?{urlencode(kept)}" if kept else path
    return identifier if document.canonical or document.url else ""


class _Reading:
    """One page's product, about to become quotes."""

    def __init__(
        self,
        document: Document,
        own: Sequence[Listing],
        shown: Sequence[Shown],
        currency: str | None,
    ) -> None:
        self._document = document
        self._own = own
        self._shown = shown
        self._currency = currency

    def quote(self, choice: Choice, claim: Claim | None = None) -> Quote:
        claims = [claim] if claim else [one for listing in self._own for one in listing.claims]
        availability, availability_at = self._availability(claims)
        currency, currency_at = self._currency_of(choice)
        gtin = next((g for one in claims if (g := gtin14(one.gtin))), "")
        name = self._text("name") or next(iter(self._document.headings), "")
        variant = claim.variant if claim and claim.variant != name else ""
        identifier = page_id(self._document)
        return Quote(
            external_id=f"{identifier}#{_key(claim)}" if claim else identifier,
            name=f"{name} – {variant}" if variant and variant not in name else name,
            amount=choice.amount,
            currency=currency,
            list_amount=choice.list_amount
            if choice.list_amount and choice.list_amount > choice.amount
            else None,
            availability=availability,
            url=(claim.url if claim else "") or self._document.canonical,
            image_url=(claim.image_url if claim else "") or self._image(),
            brand=self._text("brand"),
            gtin=gtin or (gtin14(self._text("gtin")) or "" if not claim else ""),
            mpn=(claim.mpn if claim else "") or self._text("mpn"),
            sku=(claim.sku if claim else "") or self._text("sku"),
            variant=variant,
            group_id=identifier if claim else "",
            evidence={
                "amount": choice.where,
                **({"currency": currency_at} if currency_at else {}),
                **({"availability": availability_at} if availability_at else {}),
            },
        )

    def variants(self, claims: Sequence[Claim]) -> list[Quote]:
        """Return a quote for each variant, the displayed one first; or the one asked for."""
        asked = [claim for claim in claims if _is_asked_for(claim, self._document.url)]
        if len(asked) == 1:
            claims = asked
        first = self._displayed(claims)
        ordered = [first, *(claim for claim in claims if claim is not first)]
        quotes = []
        for claim in ordered:
            choice = chosen(self._own, self._shown if claim is first else (), within=[claim])
            if choice is not None:
                quotes.append(self.quote(choice, claim))
        return quotes

    def _displayed(self, claims: Sequence[Claim]) -> Claim:
        """Return the variant whose price is shown most like the product's own."""
        by_amount: dict[object, Claim] = {}
        for claim in sorted(claims, key=lambda one: one.availability == Availability.OUT_OF_STOCK):
            by_amount.setdefault(claim.amount, claim)
        for one in self._shown:
            if not one.struck and one.amount in by_amount:
                return by_amount[one.amount]
        return next(iter(by_amount.values()))

    def _availability(self, claims: Sequence[Claim]) -> tuple[Availability, str]:
        stated = next((one for one in claims if one.availability != Availability.UNKNOWN), None)
        return stock_shown(self._document, stated.availability if stated else None)

    def _currency_of(self, choice: Choice) -> tuple[str | None, str]:
        if choice.currency:
            return choice.currency, ""
        for listing in self._own:
            for claim in listing.claims:
                if claim.currency:
                    return claim.currency, claim.where
        here, where = currency_here(self._document, self._shown, choice.amount)
        if here is None and self._currency:
            return self._currency, "stated by the operator"
        return here, where

    def _text(self, field: str) -> str:
        return next((text for one in self._own if (text := getattr(one, field))), "")

    def _image(self) -> str:
        return self._text("image_url") or self._document.meta("og:image:secure_url", "og:image")


def _with_nameless(own: list[Listing], listings: Sequence[Listing]) -> list[Listing]:
    """Add offers that stand apart from the product that has none."""
    if any(one.claims for one in own):
        return own
    loose = [one for one in listings if not one.name and one.claims and not one.aside]
    return [*own, *loose]


def _why_nothing(
    own: Sequence[Listing], listings: Sequence[Listing], shown: Sequence[Shown]
) -> str:
    if own:
        return f"the page shows {own[0].name[:80]!r} without a price"
    if listings:
        return "the products on the page are not the one that the page is about"
    if shown:
        return "no price on the page stands out as that of a product"
    return "the page holds no product with a price"


def _key(claim: Claim) -> str:
    query = dict(parse_qsl(urlsplit(claim.url).query))
    return query.get("variant") or claim.sku or claim.gtin or claim.variant or claim.url


def _is_asked_for(claim: Claim, url: str) -> bool:
    """Say whether an address names this variant, in its query or behind its "#"."""
    parts = urlsplit(url)
    asked = {value.lower() for _, value in parse_qsl(parts.query)}
    asked |= {value.lower() for _, value in parse_qsl(parts.fragment)} | {parts.fragment.lower()}
    own = dict(parse_qsl(urlsplit(claim.url).query))
    names = {claim.sku, claim.gtin, own.get("variant", ""), own.get("sku", "")} - {""}
    return any(name.lower() in asked for name in names)
