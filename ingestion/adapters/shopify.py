"""Shopify storefronts: `/products.json`, page by page; each variant is an offer.

The payload states no currency. The shop itself does: in `/cart.js`, else `/meta.json`, else
on its home page. A currency that neither it nor the operator states stays unknown.
"""

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from ingestion.adapters.base import Answer, Page, Request, Source, parted
from ingestion.adapters.items import decode_items, json_object
from ingestion.errors import ContentError, FetchError
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import CODES, amount_of
from prices.types import Availability, Quote, Rejection

PAGE_SIZE: Final = 250  # the most that Shopify gives
MAX_PAGES: Final = 2000
CURRENCY_PLACES: Final = ("/cart.js", "/meta.json", "/")
# What no storefront has below its folder: everything before the first of them is the shop.
SHOP_FOLDERS: Final = frozenset(
    """products products.json collections collections.json cart cart.js meta.json pages blogs
    account search policies password sitemap.xml""".split()
)
_SHOP_CURRENCY: Final = re.compile(
    rb'Shopify\.currency\s{0,9}=\s{0,9}\{\s{0,9}"active"\s{0,9}:\s{0,9}"([A-Z]{3})"'
)
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


class Image(msgspec.Struct, gc=False):
    """A picture of a product."""

    src: str = ""


class Variant(msgspec.Struct, gc=False):
    """One thing that can be put into the cart."""

    id: int | str
    price: str | float | int | None = None
    title: str | None = None
    compare_at_price: str | float | int | None = None
    available: bool | None = None
    sku: str | None = None
    barcode: str | None = None


class Product(msgspec.Struct, gc=False):
    """An item with its variants, as far as prices are concerned."""

    id: int | str
    title: str
    variants: list[Variant]
    handle: str = ""
    vendor: str | None = None
    images: list[Image] = []


class CurrencyState(msgspec.Struct, frozen=True):
    """Which place is asked for the currency, and what failed at those before."""

    place: int = 0
    failure: FetchError | None = None


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
        return [self._currency(CurrencyState())]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read the currency, or one page of products."""
        if request.step == "currency":
            return Page(follow=[self._after_currency(request.state, answer)])
        if urlsplit(answer.url).path.endswith("/password"):
            raise ContentError("the shop is closed behind a password page")
        state: PageState = request.state
        products, rejected = decode_items(answer, "products", Product)
        first_id = str(products[0].id) if products else ""
        follow = self._next(state, len(products) + len(rejected), first_id)
        if self._repeats(state, first_id):
            return Page(follow=follow)
        quotes, unpriced = parted(
            itertools.chain.from_iterable(
                quotes_of(product, self._shop, state.currency) for product in products
            )
        )
        return Page(quotes=quotes, rejected=[*rejected, *unpriced], follow=follow)

    def _currency(self, state: CurrencyState) -> Request:
        url = self._shop + CURRENCY_PLACES[state.place]
        return Request(url=url, step="currency", state=state, optional=True)

    def _after_currency(self, state: CurrencyState, answer: Answer) -> Request:
        """Ask the next place, or go on with the currency that is known by now."""
        currency = None if answer.error else currency_of(answer)
        # A shop that is only busy has a currency: storing "unknown" would change its prices.
        failure = state.failure or (
            answer.error if answer.error and answer.error.retryable else None
        )
        if currency is None and state.place + 1 < len(CURRENCY_PLACES):
            return self._currency(CurrencyState(place=state.place + 1, failure=failure))
        if currency is None and failure is not None:
            raise failure
        return self._page(PageState(currency=currency))

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
    """Return the storefront's address (with a language folder) without what follows it."""
    parts = urlsplit(url)
    folders = itertools.takewhile(
        lambda folder: folder not in SHOP_FOLDERS, parts.path.strip("/").split("/")
    )
    return "/".join([f"{parts.scheme}://{parts.netloc}", *folders]).rstrip("/")


def catalogue_root(url: str) -> str:
    """Return the address of the shop, or of the collection that `url` is in."""
    return catalogue_url(url).removesuffix("/products.json")


def catalogue_url(url: str) -> str:
    """Return the address of `products.json` of the shop, or of the collection that `url` is."""
    _, mark, rest = urlsplit(url).path.partition("/collections/")
    handle = rest.partition("/")[0].removesuffix(".json") if mark else ""
    return f"{shop_url(url)}{f'/collections/{handle}' if handle else ''}/products.json"


def currency_of(answer: Answer) -> str | None:
    """Return the currency that the shop states in one of CURRENCY_PLACES; `None` if not."""
    found = _SHOP_CURRENCY.search(answer.body)
    currency = found[1].decode() if found else json_object(answer).get("currency")
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
            list_amount=_list_amount(variant, amount),
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


def _list_amount(variant: Variant, amount: Decimal) -> Decimal | None:
    """Return the price it is compared with; shops leave "0.00" or the price itself there."""
    if not variant.compare_at_price:
        return None
    try:
        list_amount = amount_of(variant.compare_at_price)
    except PriceUnreadableError:
        return None
    return list_amount if list_amount > amount else None
