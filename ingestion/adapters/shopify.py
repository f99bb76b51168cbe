"""Shopify storefronts: `/products.json`, page by page; each variant is an offer.

The payload states no currency. The shop itself does, in `/cart.js`; a currency that neither
it nor the operator states stays unknown.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.adapters.items import decode_items, json_object
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import CODES, amount_of
from prices.types import Availability, Quote, Rejection

PAGE_SIZE: Final = 250  # the most that Shopify gives
MAX_PAGES: Final = 2000
EVIDENCE: Final = {
    "amount": "products.json: variants[].price",
    "list_amount": "products.json: variants[].compare_at_price",
    "availability": "products.json: variants[].available",
}
AVAILABILITY: Final = {
    True: Availability.IN_STOCK,
    False: Availability.OUT_OF_STOCK,
    None: Availability.UNKNOWN,
}


class Image(msgspec.Struct):
    """A picture of a product."""

    src: str = ""


class Variant(msgspec.Struct):
    """One thing that can be put into the cart."""

    id: int | str
    price: str | float | int | None = None
    title: str | None = None
    compare_at_price: str | float | int | None = None
    available: bool | None = None
    sku: str | None = None
    barcode: str | None = None


class Product(msgspec.Struct):
    """An item with its variants, as far as prices are concerned."""

    id: int | str
    title: str
    variants: list[Variant]
    handle: str = ""
    vendor: str | None = None
    images: list[Image] = []


class PageState(msgspec.Struct, frozen=True):
    """What has to be remembered from one page to the next."""

    number: int = 1
    currency: str | None = None
    full: bool = False
    first_id: str = ""


class Shopify:
    """Reads a whole storefront, or one collection of it."""

    kind: ClassVar[str] = "shopify"
    label: ClassVar[str] = "Shopify storefront"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep where the shop is."""
        self._source = source
        self._shop = shop_url(source.url)

    def start(self) -> list[Request]:
        """Ask for the currency first, unless the operator stated it."""
        if self._source.currency:
            return [self._page(PageState(currency=self._source.currency))]
        return [Request(url=f"{self._shop}/cart.js", step="currency", optional=True)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read the currency, or one page of products."""
        if request.step == "currency":
            return Page(follow=[self._page(PageState(currency=currency_of(answer)))])
        state: PageState = request.state
        products, rejected = decode_items(answer, "products", Product)
        first_id = str(products[0].id) if products else ""
        quotes: list[Quote] = []
        for product in products:
            for quote in quotes_of(product, self._shop, state.currency):
                if isinstance(quote, Quote):
                    quotes.append(quote)
                else:
                    rejected.append(quote)
        return Page(
            quotes=[] if self._repeats(state, first_id) else quotes,
            rejected=[] if self._repeats(state, first_id) else rejected,
            follow=self._next(state, len(products) + len(rejected), first_id),
        )

    def _repeats(self, state: PageState, first_id: str) -> bool:
        """Say whether the server ignores the page number and sends the same again."""
        return bool(first_id) and first_id == state.first_id

    def _next(self, state: PageState, count: int, first_id: str) -> list[Request]:
        # A short page ends a server that is known to fill its pages; one that never sent a
        # full page may have a limit of its own, and is asked until a page is empty.
        ended = not count or self._repeats(state, first_id) or (state.full and count < PAGE_SIZE)
        if ended or state.number >= MAX_PAGES:
            return []
        return [
            self._page(
                PageState(
                    number=state.number + 1,
                    currency=state.currency,
                    full=state.full or count >= PAGE_SIZE,
                    first_id=first_id,
                )
            )
        ]

    def _page(self, state: PageState) -> Request:
        return Request(
            url=f"{catalogue_url(self._source.url)}?limit={PAGE_SIZE}&page={state.number}",
            step="products",
            state=state,
            accept="application/json",
        )


def shop_url(url: str) -> str:
    """Return the storefront's address without what follows it."""
    path = urlsplit(url).path
    for mark in ("/products", "/collections", "/cart"):
        path = path.partition(mark)[0]
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def catalogue_url(url: str) -> str:
    """Return the address of `products.json` of the shop, or of the collection that `url` is."""
    parts = urlsplit(url)
    _, mark, rest = parts.path.partition("/collections/")
    handle = rest.partition("/")[0].removesuffix(".json") if mark else ""
    return f"{shop_url(url)}{f'/collections/{handle}' if handle else ''}/products.json"


def currency_of(answer: Answer) -> str | None:
    """Return the currency that `/cart.js` states; `None` when it does not."""
    currency = json_object(answer).get("currency")
    return currency if isinstance(currency, str) and currency in CODES else None


def quotes_of(product: Product, shop: str, currency: str | None) -> Iterator[Quote | Rejection]:
    """Return a quote for each variant of `product`, or why it is none."""
    url = f"{shop}/products/{product.handle}"
    image = product.images[0].src if product.images else ""
    single = len(product.variants) == 1
    for variant in product.variants:
        title = variant.title or ""
        shown = "" if title == "Default Title" else title
        try:
            amount = amount_of(variant.price)
        except PriceUnreadableError as error:
            yield Rejection(external_id=str(variant.id), code="bad_price", message=str(error))
            continue
        yield Quote(
            external_id=str(variant.id),
            name=f"{product.title} – {shown}" if shown else product.title,
            amount=amount,
            currency=currency,
            list_amount=_list_amount(variant),
            availability=AVAILABILITY[variant.available],
            url=url if single else f"{url}?variant={variant.id}",
            image_url=image,
            brand=product.vendor or "",
            gtin=gtin14(variant.barcode) or "" if variant.barcode else "",
            sku=variant.sku or "",
            variant=shown,
            group_id=str(product.id),
            evidence=EVIDENCE,
        )


def _list_amount(variant: Variant) -> Decimal | None:
    try:
        return amount_of(variant.compare_at_price) if variant.compare_at_price else None
    except PriceUnreadableError:
        return None
