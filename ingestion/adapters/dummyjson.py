"""DummyJSON: `/products?limit=&skip=`. Prices are in a currency that the payload does not name.

`discountPercentage` is a rounded figure, from which no list price can be had exactly: the
price is taken as what is asked, and there is no list amount.
"""

from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from ingestion.adapters.base import Answer, Page, Request, Source, parted
from ingestion.adapters.items import decode_items, json_object
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import amount_of
from prices.types import Availability, Quote, Rejection

PAGE_SIZE: Final = 100
AVAILABILITY: Final = {
    "in stock": Availability.IN_STOCK,
    "low stock": Availability.IN_STOCK,
    "out of stock": Availability.OUT_OF_STOCK,
}
EVIDENCE: Final = {
    "amount": "products[].price",
    "availability": "products[].availabilityStatus, else products[].stock",
}


class Meta(msgspec.Struct):
    """What DummyJSON calls meta."""

    barcode: str | None = None


class Product(msgspec.Struct):
    """One product, as far as prices are concerned."""

    id: int | str
    title: str
    price: float | int | str | None = None
    availability: str | None = msgspec.field(name="availabilityStatus", default=None)
    stock: int | None = None
    sku: str | None = None
    brand: str | None = None
    thumbnail: str | None = None
    meta: Meta | None = None


class DummyJSON:
    """Reads all products, in pages of a hundred."""

    kind: ClassVar[str] = "dummyjson"
    label: ClassVar[str] = "DummyJSON"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep where the products are."""
        self._source = source
        self._list = list_url(source.url)

    def start(self) -> list[Request]:
        """Ask for the first page; it says how many products there are."""
        return [self._page(0)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read one page; the first one leads to all the others."""
        products, malformed = decode_items(answer, "products", Product)
        quotes, unpriced = parted(map(self._quote, products))
        rejected = [*malformed, *unpriced]
        follow: list[Request] = []
        if request.state == 0:
            total = json_object(answer).get("total")
            size = len(products) + len(rejected)
            if isinstance(total, int) and 0 < size < total:
                follow = [self._page(skip) for skip in range(size, min(total, 500_000), size)]
        return Page(quotes=quotes, rejected=rejected, follow=follow)

    def _page(self, skip: int) -> Request:
        return Request(
            url=f"{self._list}?limit={PAGE_SIZE}&skip={skip}", state=skip, accept="application/json"
        )

    def _quote(self, product: Product) -> Quote | Rejection:
        try:
            amount = amount_of(product.price)
        except PriceUnreadableError as error:
            return Rejection(external_id=str(product.id), code="bad_price", message=str(error))
        return Quote(
            external_id=str(product.id),
            name=product.title,
            amount=amount,
            currency=self._source.currency,
            availability=_availability(product),
            url=f"{self._source.origin}/products/{product.id}",
            image_url=product.thumbnail or "",
            brand=product.brand or "",
            gtin=gtin14(product.meta.barcode if product.meta else None) or "",
            sku=product.sku or "",
            evidence=EVIDENCE,
        )


def list_url(url: str) -> str:
    """Return the address of the list that `url` belongs to: all products, or a category."""
    parts = urlsplit(url)
    folders = [folder for folder in parts.path.split("/") if folder]
    if folders and folders[-1].isdigit():
        folders.pop()  # the address of one product
    return f"{parts.scheme}://{parts.netloc}/{'/'.join(folders or ['products'])}"


def _availability(product: Product) -> Availability:
    if product.availability:
        return AVAILABILITY.get(product.availability.strip().lower(), Availability.UNKNOWN)
    if product.stock is None:
        return Availability.UNKNOWN
    return Availability.IN_STOCK if product.stock > 0 else Availability.OUT_OF_STOCK
