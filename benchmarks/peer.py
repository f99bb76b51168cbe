"""The peer's side: Scrapy as one would tune it for this, storing what changed in PostgreSQL.

One item per page (one per offer takes it more than twice as long), everything off that this
work does not need, what is stored read once at the start, changes collected and written in
bulk by a thread beside the reactor. `python -m benchmarks.peer json|typed SHOP_URL …`
measures one crawl on the PostgreSQL of `DATABASE_URL`.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

import msgspec
import psycopg
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.utils.log import configure_logging

from benchmarks.figures import Stopwatch

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS offer (
    id bigserial PRIMARY KEY, shop int NOT NULL, external_id text NOT NULL, title text NOT NULL,
    url text NOT NULL, vendor text NOT NULL, amount numeric(15, 4) NOT NULL,
    list_amount numeric(15, 4), available boolean NOT NULL, since timestamptz NOT NULL,
    UNIQUE (shop, external_id));
CREATE TABLE IF NOT EXISTS price (
    offer_id bigint NOT NULL REFERENCES offer, started_at timestamptz NOT NULL,
    amount numeric(15, 4) NOT NULL, list_amount numeric(15, 4), available boolean NOT NULL,
    PRIMARY KEY (offer_id, started_at));
"""
STORE: Final = """
WITH given AS (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::numeric[], %s::numeric[], %s::boolean[])
        AS g (shop, external_id, title, url, vendor, amount, list_amount, available)),
stored AS (
    INSERT INTO offer (shop, external_id, title, url, vendor, amount, list_amount, available, since)
    SELECT *, %s FROM given
    ON CONFLICT (shop, external_id) DO UPDATE SET title = excluded.title, url = excluded.url,
        vendor = excluded.vendor, amount = excluded.amount, list_amount = excluded.list_amount,
        available = excluded.available, since = excluded.since
    RETURNING id, since, amount, list_amount, available)
INSERT INTO price SELECT * FROM stored
"""
BATCH: Final = 1000

Row = tuple[int, str, str, str, str, Decimal, Decimal | None, bool]


class Storing:
    """The pipeline: compares each page with what is stored, and writes what differs."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> "Storing":
        return cls(crawler)

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._connection = psycopg.connect(crawler.settings["DATABASE_URL"], autocommit=True)
        self._connection.execute(SCHEMA.encode())
        self._lock = threading.Lock()
        self._waiting: list[Row] = []
        self.seen = self.written = 0
        stored = self._connection.execute(
            "SELECT shop, external_id, amount, list_amount, available FROM offer"
        )
        self._known = {row[:2]: row[2:] for row in stored}

    async def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        for row in item["rows"]:
            self.seen += 1
            if self._known.get(row[:2]) != row[5:]:
                self._waiting.append(row)
        if len(self._waiting) >= BATCH:
            rows, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write, rows)
        return item

    def close_spider(self) -> None:
        self._write(self._waiting)
        self._connection.close()
        self._crawler.stats.set_value("seen", self.seen)
        self._crawler.stats.set_value("written", self.written)

    def _write(self, rows: list[Row]) -> None:
        if not rows:
            return
        with self._lock:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute(STORE.encode(), [*columns, datetime.now(UTC)])
            self.written += len(rows)


class ShopSpider(scrapy.Spider):
    name = "shops"
    urls: ClassVar[list[str]] = []
    custom_settings: ClassVar[dict[str, Any]] = {
        "ITEM_PIPELINES": {Storing: 100},
        "CONCURRENT_ITEMS": 8,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOADER_STATS": False,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "COMPRESSION_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
        "EXTENSIONS": {
            "scrapy.extensions.logstats.LogStats": None,
            "scrapy.extensions.memusage.MemoryUsage": None,
            "scrapy.extensions.corestats.CoreStats": None,
        },
    }

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for shop in range(len(self.urls)):
            yield self._page(shop, 1)

    def _page(self, shop: int, number: int) -> scrapy.Request:
        url = f"{self.urls[shop]}/products.json?limit=250&page={number}"
        return scrapy.Request(
            url, self.parse, dont_filter=True, cb_kwargs={"shop": shop, "number": number}
        )

    def parse(self, response: Response, shop: int = 0, number: int = 1) -> Iterator[Any]:
        rows = self.rows(shop, response)
        if not rows:
            return
        yield self._page(shop, number + 1)
        yield {"rows": rows}

    def rows(self, shop: int, response: Response) -> list[Row]:
        """Read the page as Scrapy's documentation does."""
        return [
            self.row(
                shop,
                handle=product["handle"],
                title=product["title"],
                vendor=product["vendor"],
                key=variant["id"],
                price=variant["price"],
                listed=variant["compare_at_price"],
                available=variant["available"],
            )
            for product in response.json()["products"]
            for variant in product["variants"]
        ]

    def row(
        self,
        shop: int,
        *,
        handle: str,
        title: str,
        vendor: str,
        key: int,
        price: str,
        listed: str | None,
        available: bool,
    ) -> Row:
        url = f"{self.urls[shop]}/products/{handle}"
        list_amount = Decimal(listed) if listed else None
        return (shop, str(key), title, url, vendor, Decimal(price), list_amount, available)


class Variant(msgspec.Struct):
    id: int
    price: str
    available: bool
    compare_at_price: str | None = None


class Product(msgspec.Struct):
    title: str
    handle: str
    vendor: str
    variants: list[Variant]


class Products(msgspec.Struct):
    products: list[Product]


class TypedShopSpider(ShopSpider):
    """The same with the decoder that PriceStream uses, in place of `response.json()`."""

    decoder: ClassVar[Any] = msgspec.json.Decoder(Products)

    def rows(self, shop: int, response: Response) -> list[Row]:
        return [
            self.row(
                shop,
                handle=product.handle,
                title=product.title,
                vendor=product.vendor,
                key=variant.id,
                price=variant.price,
                listed=variant.compare_at_price,
                available=variant.available,
            )
            for product in self.decoder.decode(response.body).products
            for variant in product.variants
        ]


SPIDERS: Final = {"json": ShopSpider, "typed": TypedShopSpider}


def main(reading: str, urls: list[str]) -> None:
    ShopSpider.urls = urls
    configure_logging({"LOG_ENABLED": False})
    database = {"DATABASE_URL": os.environ["DATABASE_URL"]}
    process = CrawlerProcess(database, install_root_handler=False)
    crawler = process.create_crawler(SPIDERS[reading])
    watch = Stopwatch()
    process.crawl(crawler)
    process.start()
    stats = crawler.stats.get_stats() if crawler.stats else {}
    watch.stop(offers=stats["seen"], changed=stats["written"]).print()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
