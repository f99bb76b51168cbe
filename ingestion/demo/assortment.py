"""What the demo shops sell. Pure and deterministic: the same instant gives the same prices."""

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from prices.identifiers import check_digit
from prices.money import minor_units

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)  # before any history that is made up
STEP: Final = timedelta(hours=2)  # a price may move once in each step
COARSE: Final = 12  # steps between two looks at the far past
RECENT: Final = timedelta(days=3)
MOVE_SHARE: Final = 0.012  # of the steps; the rest leave the price alone
SALE_SHARE: Final = 0.12  # of the weeks
OUT_SHARE: Final = 0.07  # of the days

MAKES: Final = {
    "Halden": ("desk lamp", "floor lamp", "bedside lamp", "work lamp", "pendant"),
    "Orrin": ("espresso machine", "kettle", "coffee grinder", "milk frother", "toaster"),
    "Velo & Co": ("city bike helmet", "bike light", "pannier", "track pump", "bottle cage"),
    "Tamsel": ("wool blanket", "linen sheet", "down pillow", "bath towel", "door mat"),
    "Kestrel Audio": ("headphones", "bookshelf speaker", "turntable", "amplifier", "soundbar"),
    "Brisk": ("running shoe", "rain jacket", "trail pack", "merino shirt", "wind vest"),
    "Northfold": ("camping stove", "two-person tent", "sleeping bag", "head torch", "water filter"),
    "Plain Paper": ("notebook", "fountain pen", "desk pad", "pencil set", "letter scale"),
    "Cobalt": ("chef's knife", "cutting board", "saucepan", "baking tin", "kitchen scale"),
    "Lumen Works": ("27-inch monitor", "keyboard", "trackball", "webcam", "laptop stand"),
}
SERIES: Final = ("One", "Pro")
VARIANTS: Final = {"Brisk": ("S", "M", "L"), "Tamsel": ("Sand", "Night blue")}
VARIANT_SURCHARGE: Final = Decimal("0.08")  # of the third one on


@dataclass(frozen=True, slots=True)
class Article:
    """A product as its maker knows it. `euros` is what it costs on an ordinary day."""

    number: int
    brand: str
    name: str
    gtin: str
    mpn: str
    euros: Decimal

    @property
    def handle(self) -> str:
        """Return its name as a part of an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def variants(self) -> tuple[str, ...]:
        """Return its sizes or colours; one without a name when it has none."""
        return VARIANTS.get(self.brand, ("",))

    def gtin_of(self, variant: int) -> str:
        """Return the GTIN of one of its variants; the first one's is the article's."""
        return self.gtin if not variant else _gtin(self.number + 500 * variant)


@dataclass(frozen=True, slots=True)
class DemoShop:
    """One demo shop: what it is like, and how it differs from the others."""

    key: str
    name: str
    kind: str
    currency: str
    rate: Decimal
    level: Decimal
    share: float
    """Part of the assortment that it carries."""


SHOPS: Final = (
    DemoShop("nordlicht", "Nordlicht", "shopify", "EUR", Decimal(1), Decimal("1.00"), 0.9),
    DemoShop(
        "harbour", "Harbour & Sons", "woocommerce", "GBP", Decimal("0.86"), Decimal("1.03"), 0.7
    ),
    DemoShop("prairie", "Prairie Goods", "dummyjson", "USD", Decimal("1.08"), Decimal("0.97"), 0.8),
    DemoShop("kiosk", "Kiosk am Markt", "woocommerce", "EUR", Decimal(1), Decimal("0.98"), 0.6),
    DemoShop("sakura", "Sakura Store", "shopify", "JPY", Decimal(162), Decimal("1.05"), 0.5),
    DemoShop("fjord", "Fjord Varor", "product_feed", "SEK", Decimal(11), Decimal("1.01"), 0.6),
    DemoShop("alpstein", "Alpstein", "product_page", "CHF", Decimal("0.95"), Decimal("1.06"), 0.16),
)


@dataclass(frozen=True, slots=True)
class ShopItem:
    """An article as one shop offers it at one instant."""

    article: Article
    price: Decimal
    list_price: Decimal | None
    in_stock: bool
    variant: int = 0


@functools.cache
def articles() -> tuple[Article, ...]:
    """Return the whole assortment, in a fixed order."""
    found = []
    names = [
        (brand, f"{brand} {thing} {series}")
        for brand, things in MAKES.items()
        for thing in things
        for series in SERIES
    ]
    for number, (brand, name) in enumerate(names, start=1):
        chance = _chance("article", name)
        found.append(
            Article(
                number=number,
                brand=brand,
                name=name,
                gtin=_gtin(number),
                mpn=f"{brand[:2].upper()}-{number:03d}",
                euros=Decimal(round(9 + chance**3 * 490)) - Decimal("0.10"),
            )
        )
    return tuple(found)


def carried(shop: DemoShop) -> list[Article]:
    """Return the articles that `shop` sells."""
    return [a for a in articles() if _chance("carried", shop.key, a.number) < shop.share]


def offered(shop: DemoShop) -> list[tuple[Article, int]]:
    """Return what `shop` lists: each article, and at Shopify each of its variants."""
    return [
        (article, variant)
        for article in carried(shop)
        for variant in range(len(article.variants) if shop.kind == "shopify" else 1)
    ]


def item(shop: DemoShop, article: Article, at: datetime, variant: int = 0) -> ShopItem:
    """Return what `article` costs at `shop` at an instant."""
    factor = Decimal(1)
    step = _last_move(shop.key, article.number, _step(at))
    if step is not None:
        drift = Decimal(round(_chance("drift", shop.key, article.number, step) * 24 - 12)) / 100
        factor = 1 + drift
    if variant >= 2:
        factor *= 1 + VARIANT_SURCHARGE
    base = article.euros * shop.rate * shop.level
    price = _rounded(base * factor, shop.currency)
    week = (at - EPOCH).days // 7
    day = (at - EPOCH).days
    on_sale = _chance("sale", shop.key, article.number, week) < SALE_SHARE
    which = (article.number, variant) if variant else (article.number,)
    out = _chance("stock", shop.key, *which, day) < OUT_SHARE
    if not on_sale:
        return ShopItem(article, price, None, not out, variant)
    share = Decimal(10 + 5 * round(_chance("rebate", shop.key, article.number, week) * 5)) / 100
    reduced = _rounded(price * (1 - share), shop.currency)
    return ShopItem(article, reduced, price, not out, variant)


def variant_id(item: ShopItem) -> int:
    """Return the number that a Shopify shop gives an item."""
    return 90000 + item.article.number + 1000 * item.variant


def sku_of(item: ShopItem) -> str:
    """Return a shop's own number of an item."""
    variant = item.article.variants[item.variant]
    return f"{item.article.mpn}-{variant[:1]}" if item.variant else item.article.mpn


def items(shop: DemoShop, at: datetime) -> list[ShopItem]:
    """Return everything that `shop` offers at an instant."""
    return [item(shop, article, at, variant) for article, variant in offered(shop)]


def history(
    shop: DemoShop, article: Article, variant: int = 0, *, start: datetime, end: datetime
) -> Iterator[tuple[datetime, ShopItem]]:
    """Return the changes of one offer between two instants, the first one at `start`.

    The far past is looked at once a day only: nobody sees the difference, and storing it
    takes a fraction of the time.
    """
    at, last = start, None
    while at <= end:
        now = item(shop, article, at, variant)
        if now != last:
            yield at, now
            last = now
        stride = COARSE if end - at > RECENT else 1
        at = EPOCH + STEP * (_step(at) + stride)


def _step(at: datetime) -> int:
    return (at - EPOCH) // STEP


def _last_move(shop: str, number: int, step: int) -> int | None:
    """Return the newest step up to `step` in which the price moved.

    Remembers how far it looked, so that walking through a history looks at each step once.
    """
    known, last = _walked.get((shop, number), (-1, None))
    if step < known:
        known, last = -1, None
    for back in range(step, known, -1):
        if _chance("move", shop, number, back) < MOVE_SHARE:
            last = back
            break
    _walked[shop, number] = (step, last)
    return last


_walked: dict[tuple[str, int], tuple[int, int | None]] = {}


def _gtin(number: int) -> str:
    digits = f"0400{7000000 + number:07d}{number % 90 + 10:02d}"
    return digits + check_digit(digits)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    if minor_units(currency) == 0:
        return Decimal(round(amount / 10) * 10)
    return Decimal(round(amount)) - Decimal("0.01") if amount > 20 else round(amount, 1)


def _chance(*parts: object) -> float:
    """Return a number from 0 to 1 that depends on nothing but `parts`."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
