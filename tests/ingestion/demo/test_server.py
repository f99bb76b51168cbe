"""The demo shops' servers, faults and all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingestion.adapters.base import Request
from ingestion.demo.assortment import SHOPS
from ingestion.demo.running import served
from ingestion.demo.server import FAULT_EVERY, DemoServer
from ingestion.detection import detect
from ingestion.errors import RateLimitedError
from ingestion.guard import Guard
from ingestion.http import Client

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with served(0, faults=False) as server:
        server.clock = lambda: AT
        yield server


@pytest.fixture
def client(server: DemoServer) -> Iterator[Client]:
    with Client(Guard.of([], [server.url])) as client:
        yield client


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.key)
def test_the_home_page_names_the_shop_and_its_prices(
    server: DemoServer, client: Client, shop: object
) -> None:
    key, name, currency = shop.key, shop.name, shop.currency  # type: ignore[attr-defined]

    page = client.get(Request(url=f"{server.url}/{key}")).body.decode()

    assert f"<h1>{name.replace('&', '&amp;')}</h1>" in page
    assert page.count(f">{currency} ") > 10


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/nordlicht", "shopify"),
        ("/nordlicht/products.json", "shopify"),
        ("/kiosk", "woocommerce"),
        ("/prairie/products", "dummyjson"),
        ("/fjord/feed.xml", "product_feed"),
    ],
)
def test_each_shop_is_recognised(server: DemoServer, client: Client, path: str, kind: str) -> None:
    finding = detect(server.url + path, client.get)

    assert finding.kind == kind
    assert finding.sample


def test_a_page_of_a_product_is_recognised_as_such(server: DemoServer, client: Client) -> None:
    home = client.get(Request(url=f"{server.url}/alpstein")).body.decode()
    page = home.partition('<a href="')[2].partition("/p/")[2].partition('"')[0]

    finding = detect(f"{server.url}/alpstein/p/{page}", client.get)

    assert (finding.kind, finding.currency) == ("product_page", "CHF")
    assert [quote.external_id for quote in finding.sample] == [f"/alpstein/p/{page}"]


def test_now_and_then_a_shop_is_busy(server: DemoServer, client: Client) -> None:
    slot = next(n for n in range(FAULT_EVERY) if n % FAULT_EVERY == 0)
    server.faults = True
    server.clock = lambda: datetime.fromtimestamp(slot * 600, UTC)

    with pytest.raises(RateLimitedError):
        client.get(Request(url=f"{server.url}/{SHOPS[0].key}/products.json"))
    assert client.get(Request(url=f"{server.url}/{SHOPS[1].key}")).status == 200
