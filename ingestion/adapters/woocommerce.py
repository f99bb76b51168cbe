"""WooCommerce shops: the Store API, `/wp-json/wc/store/v1/products`.

Amounts are in minor units, in as many digits as the payload itself says (they may differ
from ISO 4217). The variations of a variable product are offers; they are asked for by
parent, and where the shop does not give them the product's lowest price stands.
"""

import html
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from ingestion.adapters.base import Answer, Page, Request, Source, parted
from ingestion.adapters.items import decode_items
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import CODES, from_minor
from prices.types import Availability, Quote, Rejection

PAGE_SIZE: Final = 100
MAX_PAGES: Final = 2000
API: Final = "/wc/store/v1/products"


class Range(msgspec.Struct):
    """The lowest and the highest price of a variable product."""

    min_amount: str
    max_amount: str


class Prices(msgspec.Struct):
    """What a product costs, in minor units."""

    price: str | None = None
    regular_price: str | None = None
    currency_code: str | None = None
    currency_minor_unit: int = 2
    price_range: Range | None = None


class Image(msgspec.Struct):
    """A picture."""

    src: str = ""


class Brand(msgspec.Struct):
    """Who makes it."""

    name: str = ""


class Attribute(msgspec.Struct):
    """One choice of a variation."""

    name: str = ""
    value: str | None = None


class VariationLink(msgspec.Struct):
    """That a product has this variation."""

    id: int
    attributes: list[Attribute] = []


class Product(msgspec.Struct):
    """A product or a variation. What a shop's extensions may set to null may be `None`."""

    id: int
    name: str | None = None
    type: str | None = None
    parent: int | None = None
    variation: str | None = None
    permalink: str | None = None
    sku: str | None = None
    global_unique_id: str | None = None
    prices: Prices | None = None
    images: list[Image] | None = None
    brands: list[Brand] | None = None
    variations: list[VariationLink] | None = None
    is_in_stock: bool | None = None
    is_on_backorder: bool | None = None


class VariationState(msgspec.Struct, frozen=True):
    """Whose variations are asked for, and which of them have answered with none so far."""

    parents: dict[int, Product]
    unanswered: frozenset[int]
    number: int = 1


class WooCommerce:
    """Reads a whole shop."""

    kind: ClassVar[str] = "woocommerce"
    label: ClassVar[str] = "WooCommerce shop"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep where the Store API is."""
        self._source = source
        self._list = list_url(source.url)

    def start(self) -> list[Request]:
        """Ask for the first page; its headers say how many there are."""
        return [self._products(1)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read one page of products or of variations."""
        if request.step == "variations":
            return self._read_variations(request.state, answer)
        products, rejected = decode_items(answer, None, Product)
        follow = self._more(request.state, answer, len(products) + len(rejected))
        variable = {product.id: product for product in products if product.variations}
        if variable:
            follow.append(self._variations(VariationState(variable, frozenset(variable))))
        single = [product for product in products if not product.variations]
        return self._page(single, {}, rejected=rejected, follow=follow)

    def _read_variations(self, state: VariationState, answer: Answer) -> Page:
        if answer.error is not None:
            if answer.error.retryable:
                raise answer.error
            # Older shops refuse this question: the lowest price of each product stands.
            return self._page(list(state.parents.values()), state.parents)
        products, rejected = decode_items(answer, None, Product)
        ours = [product for product in products if product.parent in state.parents]
        left = state.unanswered - {product.parent for product in ours if product.parent}
        if _is_last(answer, state.number, len(products) + len(rejected)):
            ours += [state.parents[key] for key in sorted(left)]
            return self._page(ours, state.parents, rejected=rejected)
        again = VariationState(state.parents, left, state.number + 1)
        return self._page(ours, state.parents, rejected=rejected, follow=[self._variations(again)])

    def _page(
        self,
        products: list[Product],
        parents: dict[int, Product],
        *,
        rejected: Sequence[Rejection] = (),
        follow: Sequence[Request] = (),
    ) -> Page:
        quotes, unpriced = parted(
            self._quote(product, parents.get(product.parent or 0))
            for product in products
            # A group has no price: its parts are products of their own.
            if product.type != "grouped" or _has_price(product)
        )
        return Page(quotes=quotes, rejected=[*rejected, *unpriced], follow=follow)

    def _more(self, number: int, answer: Answer, count: int) -> list[Request]:
        """Ask for all the other pages at once where the shop says how many there are."""
        total = answer.headers.get("x-wp-totalpages", "")
        if total.isdigit():
            last = min(int(total), MAX_PAGES) if number == 1 else 0
            return [self._products(n) for n in range(2, last + 1)]
        return [] if _is_last(answer, number, count) else [self._products(number + 1)]

    def _products(self, number: int) -> Request:
        return Request(url=self._url(number), state=number, accept="application/json")

    def _variations(self, state: VariationState) -> Request:
        parents = ",".join(str(key) for key in sorted(state.parents))
        return Request(
            url=f"{self._url(state.number)}&type=variation&parent={parents}",
            step="variations",
            state=state,
            optional=True,
            accept="application/json",
        )

    def _url(self, number: int) -> str:
        mark = "&" if "?" in self._list else "?"
        return f"{self._list}{mark}per_page={PAGE_SIZE}&page={number}"

    def _quote(self, product: Product, parent: Product | None) -> Quote | Rejection:
        prices = product.prices or Prices()
        evidence = {"amount": "prices.price", "availability": "is_in_stock, is_on_backorder"}
        price = prices.price
        if prices.price_range is not None:
            price = prices.price_range.min_amount
            evidence["amount"] = "prices.price_range.min_amount (the lowest of its variations)"
        try:
            amount = from_minor(price or "", prices.currency_minor_unit)
        except PriceUnreadableError as error:
            code = "bad_price" if price else "no_price"
            message = str(error) if price else "the shop states no price"
            return Rejection(external_id=str(product.id), code=code, message=message)
        currency = prices.currency_code
        variant = html.unescape(product.variation or "") or _chosen(product.id, parent)
        name = html.unescape(product.name or (parent and parent.name) or "")
        images = product.images or (parent and parent.images)
        brands = product.brands or (parent and parent.brands)
        return Quote(
            external_id=str(product.id),
            name=f"{name} – {variant}" if variant else name,
            amount=amount,
            currency=currency if currency in CODES else self._source.currency,
            list_amount=_list_amount(prices, amount),
            availability=_availability(product),
            url=product.permalink or "",
            image_url=images[0].src if images else "",
            brand=html.unescape(brands[0].name) if brands else "",
            gtin=gtin14(product.global_unique_id) or "",
            sku=product.sku or "",
            variant=variant,
            group_id=str(product.parent) if product.parent else "",
            evidence=evidence,
        )


def list_url(url: str) -> str:
    """Return the address of the product list, also where permalinks are plain."""
    parts = urlsplit(url)
    if "rest_route=" in parts.query:
        return f"{parts.scheme}://{parts.netloc}{parts.path}?rest_route={API}"
    shop = parts.path.partition("/wp-json")[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{shop}/wp-json{API}"


def _has_price(product: Product) -> bool:
    return bool(product.prices and (product.prices.price or product.prices.price_range))


def _is_last(answer: Answer, number: int, count: int) -> bool:
    total = answer.headers.get("x-wp-totalpages", "")
    if total.isdigit():
        return number >= min(int(total), MAX_PAGES)
    return count < PAGE_SIZE or number >= MAX_PAGES


def _list_amount(prices: Prices, amount: Decimal) -> Decimal | None:
    if prices.price_range is not None:
        return None
    try:
        regular = from_minor(prices.regular_price or "", prices.currency_minor_unit)
    except PriceUnreadableError:
        return None
    return regular if regular > amount else None


def _chosen(product_id: int, parent: Product | None) -> str:
    """Return what makes this variation: "Red, XL"."""
    for link in (parent.variations if parent else None) or []:
        if link.id == product_id:
            return ", ".join(html.unescape(a.value) for a in link.attributes if a.value)
    return ""


def _availability(product: Product) -> Availability:
    if product.is_on_backorder:
        return Availability.BACKORDER
    if product.is_in_stock is None:
        return Availability.UNKNOWN
    return Availability.IN_STOCK if product.is_in_stock else Availability.OUT_OF_STOCK
