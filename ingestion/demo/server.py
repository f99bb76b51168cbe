"""The demo shops as real HTTP servers would answer: each the way its platform does it.

One server, a path per shop: `/nordlicht/products.json` and so on. Now and then one of
them answers 429, is slow or breaks a page, by the clock, so that the pages have something to show.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from ingestion.demo.assortment import SHOPS, DemoShop, ShopItem, items, sku_of, variant_id
from ingestion.demo.pages import address, home_page, product_page
from prices.money import minor_units

BY_KEY: Final = {shop.key: shop for shop in SHOPS}
HEALTH: Final = "/demo-shops"
FAULT_EVERY: Final = 17  # of the ten-minute slots, one has a fault
FAULT_S: Final = 8
SLOW_S: Final = 3.0
FAULTS: Final = {"product_feed": "slow", "product_page": "broken"}  # the others are busy

Clock = Callable[[], datetime]


def shop_url(shop: DemoShop, base: str) -> str:
    """Return the address of a shop that a provider is saved with."""
    return f"{base}/{shop.key}" + ("/products" if shop.kind == "dummyjson" else "")


class DemoServer(ThreadingHTTPServer):
    """Serves the demo shops on loopback."""

    daemon_threads = True

    def __init__(self, port: int = 0, *, clock: Clock | None = None, faults: bool = True) -> None:
        """Listen on `port` of the loopback interface; 0 takes a free one."""
        self.clock: Clock = clock or (lambda: datetime.now(UTC))
        self.faults = faults
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, but not that a reader went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DemoServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == HEALTH:
            self._send(200, b"demo shops")
            return
        key, _, rest = parts.path.lstrip("/").partition("/")
        shop = BY_KEY.get(key)
        if shop is None:
            self._send(404, b"no such shop")
            return
        at = self.server.clock()
        fault = self._fault(shop, at) if self.server.faults else ""
        if fault == "busy":
            self._send(429, b"slow down", {"Retry-After": "1"})
            return
        if fault == "slow":
            time.sleep(SLOW_S)
        found = _answer(shop, rest, query, items(shop, at), f"{self.server.url}/{shop.key}")
        if found is None:
            self._send(404, b"nothing here")
            return
        body, headers = found
        is_hit = fault == "broken" and rest.startswith("p/") and len(rest) % 5 == 0
        self._send(200, body[: len(body) // 3] if is_hit else body, headers)

    def _fault(self, shop: DemoShop, at: datetime) -> str:
        """Return what goes wrong at one shop in the first seconds of some ten-minute slots."""
        second = int(at.timestamp())
        if (second // 600 + SHOPS.index(shop)) % FAULT_EVERY or second % 600 >= FAULT_S:
            return ""
        return FAULTS.get(shop.kind, "busy")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Print nothing."""


Found = tuple[bytes, dict[str, str]]


def _answer(
    shop: DemoShop, path: str, query: dict[str, str], offered: list[ShopItem], base: str
) -> Found | None:
    if path == "":
        return _html(home_page(shop, offered, base))
    if shop.kind == "shopify":
        return _shopify(shop, path, query, offered)
    if shop.kind == "woocommerce":
        return _woocommerce(shop, path, query, offered, base)
    if shop.kind == "product_feed":
        return _feed(shop, offered, base) if path == "feed.xml" else None
    if shop.kind == "product_page":
        return _product_page(shop, path, offered, base)
    return _dummyjson(path, query, offered)


def _html(page: str) -> Found:
    return page.encode(), {"Content-Type": "text/html; charset=utf-8"}


def _product_page(shop: DemoShop, path: str, offered: list[ShopItem], base: str) -> Found | None:
    for place, one in enumerate(offered):
        if path == f"p/{one.article.handle}":
            return _html(product_page(shop, one, (offered * 2)[place + 1 : place + 4], base))
    return None


def _feed(shop: DemoShop, offered: list[ShopItem], base: str) -> Found:
    entries = "".join(_feed_item(shop, one, base) for one in offered)
    feed = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
        f"<title>{escape(shop.name)}</title><link>{base}</link>{entries}</channel></rss>"
    )
    return feed.encode(), {"Content-Type": "application/xml; charset=utf-8"}


def _feed_item(shop: DemoShop, one: ShopItem, base: str) -> str:
    article = one.article
    fields = {
        "id": f"FV-{article.number}",
        "title": article.name,
        "link": address(one, base),
        "brand": article.brand,
        "gtin": article.gtin[-13:],
        "mpn": article.mpn,
        "condition": "new",
        "availability": "in_stock" if one.in_stock else "out_of_stock",
        "price": f"{one.list_price or one.price} {shop.currency}",
    }
    if one.list_price:
        fields["sale_price"] = f"{one.price} {shop.currency}"
    return f"<item>{''.join(f'<g:{n}>{escape(v)}</g:{n}>' for n, v in fields.items())}</item>"


def _shopify(
    shop: DemoShop, path: str, query: dict[str, str], offered: list[ShopItem]
) -> Found | None:
    if path == "cart.js":
        return _json({"currency": shop.currency, "items": []})
    if path != "products.json":
        return None
    size, number = _number(query, "limit", 30), _number(query, "page", 1)
    by_article: dict[int, list[ShopItem]] = {}
    for one in offered:
        by_article.setdefault(one.article.number, []).append(one)
    listed = list(by_article.values())[(number - 1) * size : number * size]
    return _json({"products": [_shopify_product(variants) for variants in listed]})


def _shopify_product(variants: list[ShopItem]) -> dict[str, Any]:
    article = variants[0].article
    return {
        "id": 9000 + article.number,
        "title": article.name,
        "handle": article.handle,
        "vendor": article.brand,
        "body_html": "",
        "variants": [
            {
                "id": variant_id(one),
                "title": article.variants[one.variant] or "Default Title",
                "sku": sku_of(one),
                "barcode": article.gtin_of(one.variant),
                "price": str(one.price),
                "compare_at_price": str(one.list_price) if one.list_price else None,
                "available": one.in_stock,
            }
            for one in variants
        ],
        "images": [],
    }


def _woocommerce(
    shop: DemoShop, path: str, query: dict[str, str], offered: list[ShopItem], base: str
) -> Found | None:
    if path != "wp-json/wc/store/v1/products":
        return None
    size, number = _number(query, "per_page", 10), _number(query, "page", 1)
    digits = minor_units(shop.currency)
    body, headers = _json(
        [
            {
                "id": one.article.number,
                "name": one.article.name.replace("&", "&amp;"),
                "type": "simple",
                "permalink": f"{base}/product/{one.article.number}",
                "sku": one.article.mpn,
                "global_unique_id": one.article.gtin,
                "brands": [{"name": one.article.brand}],
                "prices": {
                    "price": _minor(one.price, digits),
                    "regular_price": _minor(one.list_price or one.price, digits),
                    "currency_code": shop.currency,
                    "currency_minor_unit": digits,
                },
                "is_in_stock": one.in_stock,
            }
            for one in offered[(number - 1) * size : number * size]
        ]
    )
    pages = -(-len(offered) // size)
    return body, {**headers, "X-WP-Total": str(len(offered)), "X-WP-TotalPages": str(pages)}


def _dummyjson(path: str, query: dict[str, str], offered: list[ShopItem]) -> Found | None:
    if path != "products":
        return None
    size, skip = _number(query, "limit", 30), _number(query, "skip", 0)
    part = offered[skip : skip + size] if size else offered
    return _json(
        {
            "products": [
                {
                    "id": one.article.number,
                    "title": one.article.name,
                    "brand": one.article.brand,
                    "sku": one.article.mpn,
                    "price": float(one.price),
                    "availabilityStatus": "In Stock" if one.in_stock else "Out of Stock",
                    "meta": {"barcode": one.article.gtin},
                }
                for one in part
            ],
            "total": len(offered),
            "skip": skip,
            "limit": len(part),
        }
    )


def _json(value: object) -> Found:
    return json.dumps(value).encode(), {"Content-Type": "application/json"}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdigit() and len(text) < 6 else default


def _minor(amount: Decimal, digits: int) -> str:
    return str(int(amount.scaleb(digits)))
