"""WooCommerce shops: the Store API, `/wp-json/wc/store/v1/products`.

Amounts are in minor units, in as many digits as the payload itself says (they may differ
from ISO 4217). The variations of a variable product are offers; they are asked for by
parent, and where the shop does not give them the product's lowest price stands.
"""

import html
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from ingestion.adapters.base import Answer, Page, Request, Source
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

    price: str = ""
    regular_price: str = ""
    currency_code: str = ""
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
    """A product or a variation."""

    id: int
    name: str = ""
    type: str = "simple"
    parent: int = 0
    variation: str = ""
    permalink: str = ""
    sku: str = ""
    global_unique_id: str = ""
    prices: Prices | None = None
    images: list[Image] = []
    brands: list[Brand] = []
    variations: list[VariationLink] = []
    is_in_stock: bool | None = None
    is_on_backorder: bool = False


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
        return [self._page("products", "", 1)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read one page of products or of variations."""
        if request.step == "variations" and answer.status == 0:
            parents: list[Product] = request.state[2]
            return self._page_of([], parents=parents, answered=set())
        products, rejected = decode_items(answer, None, Product)
        step, (query, number, parents) = request.step, request.state
        follow = self._more(step, query, number, parents, answer, len(products) + len(rejected))
        if step == "variations":
            page = self._page_of(
                products, parents=parents, answered={product.parent for product in products}
            )
        else:
            page = self._page_of([p for p in products if not p.variations], [], set())
            variable = [product for product in products if product.variations]
            follow += [
                self._page("variations", f"&type=variation&parent={product.id}", 1, [product])
                for product in variable
            ]
        return Page(quotes=page.quotes, rejected=[*rejected, *page.rejected], follow=follow)

    def _page_of(self, products: list[Product], parents: list[Product], answered: set[int]) -> Page:
        """Return the quotes of products, and of parents whose variations are not to be had."""
        by_id = {parent.id: parent for parent in parents}
        quotes: list[Quote] = []
        rejected: list[Rejection] = []
        unanswered = [p for p in parents if p.id not in answered]
        for product in [*products, *unanswered]:
            if product.type in {"grouped"} and not _has_price(product):
                continue  # a group has no price: its parts are products of their own
            quote = self._quote(product, by_id.get(product.parent))
            if isinstance(quote, Quote):
                quotes.append(quote)
            else:
                rejected.append(quote)
        return Page(quotes=quotes, rejected=rejected)

    def _more(
        self,
        step: str,
        query: str,
        number: int,
        parents: list[Product],
        answer: Answer,
        count: int,
    ) -> list[Request]:
        total = answer.headers.get("x-wp-totalpages", "")
        if total.isdigit():
            last = min(int(total), MAX_PAGES) if number == 1 else 0
            return [self._page(step, query, n, parents) for n in range(2, last + 1)]
        if count < PAGE_SIZE or number >= MAX_PAGES:
            return []
        return [self._page(step, query, number + 1, parents)]

    def _page(
        self, step: str, query: str, number: int, parents: list[Product] | None = None
    ) -> Request:
        mark = "&" if "?" in self._list else "?"
        return Request(
            url=f"{self._list}{mark}per_page={PAGE_SIZE}&page={number}{query}",
            step=step,
            state=(query, number, parents or []),
            optional=step == "variations",
            accept="application/json",
        )

    def _quote(self, product: Product, parent: Product | None) -> Quote | Rejection:
        prices = product.prices or Prices()
        evidence = {"amount": "prices.price", "availability": "is_in_stock, is_on_backorder"}
        price = prices.price
        if prices.price_range is not None:
            price = prices.price_range.min_amount
            evidence["amount"] = "prices.price_range.min_amount (the lowest of its variations)"
        try:
            amount = from_minor(price, prices.currency_minor_unit)
        except PriceUnreadableError as error:
            code = "bad_price" if price else "no_price"
            message = str(error) if price else "the shop states no price"
            return Rejection(external_id=str(product.id), code=code, message=message)
        code = prices.currency_code
        variant = html.unescape(product.variation) or _chosen(product.id, parent)
        name = html.unescape(product.name or (parent.name if parent else ""))
        images = product.images or (parent.images if parent else [])
        brands = product.brands or (parent.brands if parent else [])
        return Quote(
            external_id=str(product.id),
            name=f"{name} – {variant}" if variant else name,
            amount=amount,
            currency=code if code in CODES else self._source.currency,
            list_amount=_list_amount(prices),
            availability=_availability(product),
            url=product.permalink,
            image_url=images[0].src if images else "",
            brand=html.unescape(brands[0].name) if brands else "",
            gtin=gtin14(product.global_unique_id) or "",
            sku=product.sku,
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


def _list_amount(prices: Prices) -> Any:
    if prices.price_range is not None:
        return None
    try:
        return from_minor(prices.regular_price, prices.currency_minor_unit)
    except PriceUnreadableError:
        return None


def _chosen(product_id: int, parent: Product | None) -> str:
    """Return what makes this variation: "Red, XL"."""
    for link in parent.variations if parent else []:
        if link.id == product_id:
            return ", ".join(html.unescape(a.value) for a in link.attributes if a.value)
    return ""


def _availability(product: Product) -> Availability:
    if product.is_on_backorder:
        return Availability.BACKORDER
    if product.is_in_stock is None:
        return Availability.UNKNOWN
    return Availability.IN_STOCK if product.is_in_stock else Availability.OUT_OF_STOCK
