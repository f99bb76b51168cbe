"""What each place on a page says of a product: schema.org nodes read into plain values."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urljoin

import msgspec

from ingestion.extraction.document import Document
from ingestion.extraction.jsonld import blocks_of
from ingestion.extraction.markup import ASIDE, MICRODATA, RDFA, items_of
from prices.availability import availability_of
from prices.currencies import code_of, currency_in, minor_units
from prices.errors import PriceUnreadableError
from prices.money import amount_of, amounts_in
from prices.types import Availability

MAX_DEPTH: Final = 40
MAX_NODES: Final = 20_000
MAX_OFFERS: Final = 500
MAX_LISTINGS: Final = 1000  # of one syntax
PRODUCTS: Final = frozenset(
    """Product ProductGroup ProductModel IndividualProduct SomeProducts Vehicle Car Motorcycle Book
    VideoGame SoftwareApplication MobileApplication WebApplication Drug Movie MusicAlbum
    BusOrCoach MotorizedBicycle""".split()
)
OFFERS: Final = frozenset(
    {"Offer", "AggregateOffer", "OfferForPurchase", "OfferForLease", "Demand"}
)
# What has offers but sells something else: a shop's catalogue, or its delivery.
_NEVER: Final = frozenset(
    """Organization Store LocalBusiness Corporation OnlineStore OfferCatalog Person Brand WebSite
    BreadcrumbList Restaurant Hotel""".split()
)
_ASIDE_KEYS: Final = frozenset(
    """isRelatedTo isSimilarTo isAccessoryOrSparePartFor isConsumableFor itemListElement addOn
    isVariantOf mentions review reviews subjectOf relatedLink hasPart""".split()
)
_LIST_PRICES: Final = (
    "ListPrice",
    "StrikethroughPrice",
    "SRP",
    "MSRP",
    "RegularPrice",
    "MinimumAdvertisedPrice",
)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One offer as one place states it. `amount` is `None` where it has no usable one."""

    amount: Decimal | None = None
    currency: str | None = None
    list_amount: Decimal | None = None
    availability: Availability = Availability.UNKNOWN
    sku: str = ""
    gtin: str = ""
    mpn: str = ""
    url: str = ""
    variant: str = ""
    image_url: str = ""
    readings: tuple[Decimal, ...] = ()
    """Every way to read the stated price, the likeliest first: "3.340" is 3.34 or 3340."""
    where: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One product as one place on the page states it."""

    source: str
    name: str = ""
    url: str = ""
    sku: str = ""
    gtin: str = ""
    mpn: str = ""
    brand: str = ""
    image_url: str = ""
    claims: tuple[Claim, ...] = ()
    is_product: bool = True
    aside: bool = False


def listings_of(document: Document) -> list[Listing]:
    """Return what JSON-LD, microdata, RDFa and meta elements say, in this order."""
    reader = _Reader(document)
    found = list(itertools.islice(reader.read("JSON-LD", blocks_of(document)), MAX_LISTINGS))
    for syntax in (MICRODATA, RDFA):
        read = reader.read(syntax.source, items_of(document, syntax))
        found += itertools.islice(read, MAX_LISTINGS)
    return [*found, *_of_metas(document)]


class _Reader:
    """Walks the nodes of one page; gives up on a page that has too many."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = MAX_NODES
        self._by_id: dict[str, dict[str, Any]] = {}
        self._seen: set[int] = set()

    def read(self, source: str, blocks: Iterable[Any]) -> Iterator[Listing]:
        values = list(blocks)
        self._by_id = {}
        for value in values:
            self._index(value, 0)
        for value in values:
            for node, aside in self._products(value, aside=False, depth=0):
                yield from self._listings(source, node, aside=aside)

    def _index(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH or self._left <= 0:
            return
        self._left -= 1
        if isinstance(value, list):
            for one in value:
                self._index(one, depth + 1)
        elif isinstance(value, dict):
            identifier = value.get("@id")
            if isinstance(identifier, str) and len(value) > 1:
                self._by_id.setdefault(identifier, value)
            for one in value.values():
                if isinstance(one, dict | list):
                    self._index(one, depth + 1)

    def _products(
        self, value: Any, *, aside: bool, depth: int
    ) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield the nodes that something is offered by, outermost first."""
        if depth > MAX_DEPTH:
            return
        if isinstance(value, list):
            for one in value:
                yield from self._products(one, aside=aside, depth=depth + 1)
        if not isinstance(value, dict) or id(value) in self._seen:
            return
        self._seen.add(id(value))
        aside = aside or bool(value.get(ASIDE))
        kinds = kinds_of(value)
        if (kinds & PRODUCTS or has(value, "offers")) and not kinds & (OFFERS | _NEVER):
            yield value, aside
        elif kinds & OFFERS:
            yield _offered(value), aside
        for key, one in value.items():
            if key in {"offers", "hasVariant"} and kinds & PRODUCTS:
                continue
            if isinstance(one, dict | list):
                yield from self._products(
                    one, aside=aside or _plain(key) in _ASIDE_KEYS, depth=depth + 1
                )

    def _listings(self, source: str, node: dict[str, Any], *, aside: bool) -> Iterator[Listing]:
        variants = self._nodes(node, "hasVariant") + self._nodes(node, "model")
        claims = [
            claim
            for one in variants[:MAX_OFFERS]
            for claim in self._claims(source, one, variant=one)
        ]
        if not any(claim.amount for claim in claims):
            claims = list(self._claims(source, node))
        yield Listing(
            source=source,
            name=text_of(node, "name"),
            url=self._address(node, "url") or self._address(node, "@id"),
            sku=text_of(node, "sku", "productID", "productGroupID"),
            gtin=text_of(node, "gtin13", "gtin", "gtin14", "gtin12", "gtin8", "isbn"),
            mpn=text_of(node, "mpn"),
            brand=self._name_of(node, "brand") or self._name_of(node, "manufacturer"),
            image_url=self._image(node),
            claims=tuple(claims[:MAX_OFFERS]),
            is_product=bool(kinds_of(node) & PRODUCTS),
            aside=aside,
        )

    def _claims(
        self, source: str, node: dict[str, Any], variant: dict[str, Any] | None = None
    ) -> Iterator[Claim]:
        offers = self._nodes(node, "offers")
        for offer in offers:
            inner = self._nodes(offer, "offers")
            claims = [self._claim(source, one, offer, variant) for one in inner]
            if any(claim.amount for claim in claims):
                yield from claims
            else:
                yield self._claim(source, offer, {}, variant)
        if not offers and has(node, "price", "lowPrice", "priceSpecification"):
            yield self._claim(source, node, {}, variant)

    def _claim(
        self,
        source: str,
        offer: dict[str, Any],
        outer: dict[str, Any],
        variant: dict[str, Any] | None,
    ) -> Claim:
        specifications = self._nodes(offer, "priceSpecification")
        selling = [
            one for one in specifications if not _is_list_price(one) and not _is_special(one)
        ]
        struck = [one for one in specifications if _is_list_price(one)]
        currency = _currency(offer, outer, *specifications)
        readings, field = _readings(offer, ("price", "lowPrice"), currency)
        if not readings:
            for one in selling:
                readings, field = _readings(one, ("price", "minPrice"), currency)
                if readings:
                    field = f"priceSpecification.{field}"
                    break
        list_readings = [r for one in struck for r in _readings(one, ("price",), currency)[0][:1]]
        amount = readings[0] if readings else None
        item = self._first(offer, "itemOffered") or variant or {}
        return Claim(
            amount=amount,
            readings=readings,
            currency=currency or currency_in(" ".join(texts_of(offer, "price"))[:100]),
            list_amount=max(list_readings, default=None),
            availability=_availability(offer, outer),
            sku=text_of(offer, "sku") or text_of(item, "sku", "productID"),
            gtin=text_of(offer, "gtin13", "gtin", "gtin14", "gtin12", "gtin8")
            or text_of(item, "gtin13", "gtin", "gtin14", "gtin12", "gtin8"),
            mpn=text_of(offer, "mpn") or text_of(item, "mpn"),
            url=self._address(offer, "url") or self._address(item, "url"),
            variant=text_of(variant or {}, "name")
            or text_of(offer, "name")
            or text_of(item, "name"),
            image_url=self._image(variant or {}),
            where=f"{source}: offers.{field}" if field else source,
        )

    def _nodes(self, node: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        return [one for value in values_of(node, key) if (one := self._resolved(value))]

    def _first(self, node: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        return next(iter(self._nodes(node, key)), None)

    def _resolved(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict):
            if len(value) == 1 and isinstance(value.get("@id"), str):
                return self._by_id.get(value["@id"])
            return value
        return self._by_id.get(value) if isinstance(value, str) and value in self._by_id else None

    def _address(self, node: Mapping[str, Any], key: str) -> str:
        for value in values_of(node, key):
            address = value.get("@id") if isinstance(value, dict) else value
            if isinstance(address, str) and address.strip() and len(address) < 2048:
                full = _joined(self._document.url, address.strip())
                if full.startswith(("http://", "https://")) or not self._document.url:
                    return full
        return ""

    def _name_of(self, node: Mapping[str, Any], key: str) -> str:
        for value in values_of(node, key):
            if isinstance(value, str) and value.strip() and not value.startswith("http"):
                return value.strip()
            found = self._resolved(value)
            if found:
                return text_of(found, "name")
        return ""

    def _image(self, node: Mapping[str, Any]) -> str:
        for value in values_of(node, "image"):
            found = self._resolved(value)
            address = (
                self._address(found, "url") or self._address(found, "contentUrl")
                if found
                else _joined(self._document.url, value.strip())
                if isinstance(value, str)
                else ""
            )
            if address:
                return address
        return ""


def kinds_of(node: Mapping[str, Any]) -> set[str]:
    """Return the types of a node by their last part: `Product` of `https://schema.org/Product`."""
    return {_plain(kind) for kind in values_of(node, "@type") if isinstance(kind, str)}


def values_of(node: Mapping[str, Any], key: str) -> list[Any]:
    """Return the values of a property, however its name is spelled; empty when it has none."""
    value = node.get(key)
    if value is None:
        wanted = key.lower()
        value = next((node[one] for one in node if _plain(one).lower() == wanted), None)
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def has(node: Mapping[str, Any], *keys: str) -> bool:
    """Say whether a node has one of these properties."""
    return any(values_of(node, key) for key in keys)


def texts_of(node: Mapping[str, Any], key: str) -> list[str]:
    """Return the values of a property that are texts or numbers, as texts."""
    found = []
    for value in values_of(node, key):
        one = value.get("@value") if isinstance(value, dict) else value
        if isinstance(one, str | int | float) and not isinstance(one, bool):
            found.append(" ".join(str(one).split()))
    return [text for text in found if text]


def text_of(node: Mapping[str, Any], *keys: str) -> str:
    """Return the first text of the first of these properties that has one."""
    return next((texts[0] for key in keys if (texts := texts_of(node, key))), "")


def readings_of(value: object, currency: str | None) -> tuple[Decimal, ...]:
    """Return every way to read a stated price, the likeliest first; zero is none."""
    try:
        amount = amount_of(value)
    except PriceUnreadableError:
        return _readings_of_text(value, currency)
    if not amount:
        return ()
    text = str(value).strip()
    whole, mark, rest = text.partition(".")
    if not mark or len(rest) != 3 or minor_units(currency) == 3:
        return (amount,)
    thousands = Decimal(whole + rest)
    # Nobody asks for parts of a yen: the point groups the thousands.
    if minor_units(currency) == 0 and amount != amount.to_integral_value():
        return (thousands,)
    return (amount, thousands) if isinstance(value, str) else (amount,)


def _readings_of_text(value: object, currency: str | None) -> tuple[Decimal, ...]:
    if not isinstance(value, str):
        return ()
    try:
        amounts = [amount for amount in amounts_in(value, currency=currency) if amount]
    except PriceUnreadableError:
        return ()
    # Of two prices glued together the lower one is asked, the higher one crossed out.
    return (min(amounts),) if amounts and len(amounts) <= 3 else ()


def _readings(
    node: Mapping[str, Any], keys: tuple[str, ...], currency: str | None
) -> tuple[tuple[Decimal, ...], str]:
    for key in keys:
        for value in values_of(node, key):
            stated = value.get("@value") if isinstance(value, dict) else value
            readings = readings_of(stated, currency)
            if readings:
                return readings, key
    return (), ""


def _currency(*nodes: Mapping[str, Any]) -> str | None:
    for node in nodes:
        for text in texts_of(node, "priceCurrency") + texts_of(node, "currency"):
            if code := code_of(text):
                return code
    return None


def _availability(*nodes: Mapping[str, Any]) -> Availability:
    for node in nodes:
        for value in values_of(node, "availability"):
            stated = value.get("@id") or value.get("name") if isinstance(value, dict) else value
            found = availability_of(stated)
            if found != Availability.UNKNOWN:
                return found
    return Availability.UNKNOWN


def _is_list_price(specification: Mapping[str, Any]) -> bool:
    kinds = texts_of(specification, "priceType")
    return any(_plain(kind) in _LIST_PRICES for kind in kinds)


def _is_special(specification: Mapping[str, Any]) -> bool:
    """Say whether a price is for some only: members, more pieces, or per measure."""
    if has(specification, "validForMemberTier", "membershipPointsEarned"):
        return True
    return bool(kinds_of(specification) & {"UnitPriceSpecification"}) and has(
        specification, "referenceQuantity", "billingDuration"
    )


def _offered(offer: dict[str, Any]) -> dict[str, Any]:
    """Return a product node for an offer that stands by itself."""
    item = next((one for one in values_of(offer, "itemOffered") if isinstance(one, dict)), {})
    return {"@type": "", "name": texts_of(offer, "name"), **item, "offers": [offer]}


def _of_metas(document: Document) -> Iterator[Listing]:
    """Yield what OpenGraph's product properties say."""
    currency = code_of(
        document.meta("product:price:currency", "og:price:currency", "product:sale_price:currency")
    )
    claims = []
    for name in ("product:sale_price:amount", "product:price:amount", "og:price:amount"):
        stated = document.meta(name)
        readings = readings_of(stated, currency) if stated else ()
        if readings:
            original = document.meta("product:original_price:amount")
            claims.append(
                Claim(
                    amount=readings[0],
                    readings=readings,
                    currency=currency or currency_in(stated),
                    list_amount=next(iter(readings_of(original, currency)), None)
                    if original
                    else None,
                    availability=availability_of(
                        document.meta("product:availability", "og:availability")
                    ),
                    where=f"meta: {name}",
                )
            )
            break
    if claims:
        yield Listing(
            source="meta",
            name=document.meta("og:title"),
            url=document.canonical,
            sku=document.meta("product:retailer_item_id", "product:sku"),
            gtin=document.meta("product:ean", "product:gtin", "product:upc", "product:isbn"),
            brand=document.meta("product:brand", "og:brand"),
            image_url=document.meta("og:image:secure_url", "og:image"),
            claims=tuple(claims),
        )


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _plain(name: str) -> str:
    return name.rpartition("/")[2].rpartition("#")[2].rpartition(":")[2]
