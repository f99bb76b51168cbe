"""What a URL is, told over real HTTP."""

import json
from collections.abc import Iterator

import pytest

from ingestion.detection import detect
from ingestion.errors import ConnectError, NothingFoundError
from ingestion.guard import Guard
from ingestion.http import Client
from tests.ingestion.conftest import Reply, Shop

HTML = {"Content-Type": "text/html"}
HOME = b"<!doctype html><html><title>Tea house</title><body>Welcome</body></html>"
SHOPIFY = {
    "products": [
        {
            "id": 1,
            "title": "Tea",
            "handle": "tea",
            "variants": [{"id": 11, "price": "9.50", "available": True}],
        }
    ]
}
WOO = [{"id": 5, "name": "Cup", "prices": {"price": "850", "currency_code": "EUR"}}]
FEED = (
    b"<rss><channel><title>Feed</title><item><id>1</id><price>2 EUR</price></item></channel></rss>"
)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(Guard.of(["127.0.0.0/8"])) as client:
        yield client


def serve(shop: Shop, paths: dict[str, bytes | object]) -> None:
    def reply(path: str) -> Reply:
        found = paths.get(path.partition("?")[0])
        if found is None:
            return 404, HTML, b"<html>nothing here</html>"
        return 200, {}, found if isinstance(found, bytes) else json.dumps(found).encode()

    shop.reply = reply


@pytest.mark.parametrize("path", ["/", "/products.json", "/products/tea", "/collections/all"])
def test_knows_a_shopify_shop_from_any_address(shop: Shop, client: Client, path: str) -> None:
    serve(
        shop,
        {
            "/": HOME,
            path: HOME,
            "/products.json": SHOPIFY,
            "/collections/all/products.json": SHOPIFY,
            "/cart.js": {"currency": "CHF"},
        },
    )

    found = detect(shop.url + path, client.get)

    assert (found.kind, found.currency) == ("shopify", "CHF")
    assert found.url.startswith(shop.url)
    assert [str(quote.amount) for quote in found.sample] == ["9.50"]


def test_knows_a_woocommerce_shop_from_its_home_page(shop: Shop, client: Client) -> None:
    serve(shop, {"/": HOME, "/wp-json/wc/store/v1/products": WOO})

    found = detect(f"{shop.url}/", client.get)

    assert (found.kind, found.name, found.currency) == ("woocommerce", "Tea house", "EUR")
    assert str(found.sample[0].amount) == "8.50"


def test_knows_dummyjson(shop: Shop, client: Client) -> None:
    serve(shop, {"/products": {"products": [{"id": 1, "title": "Tea", "price": 3}], "total": 1}})

    found = detect(f"{shop.url}/products", client.get)

    assert (found.kind, found.currency) == ("dummyjson", None)
    assert "currency: not stated by the shop" in found.evidence


def test_knows_a_feed_by_its_content(shop: Shop, client: Client) -> None:
    serve(shop, {"/anything": FEED})

    found = detect(f"{shop.url}/anything", client.get)

    assert (found.kind, found.name, found.currency) == ("product_feed", "Feed", "EUR")


def test_shows_which_column_of_a_table_means_what(shop: Shop, client: Client) -> None:
    serve(shop, {"/list.txt": b"sku;final_price\na;3\nb;4\n"})

    found = detect(f"{shop.url}/list.txt", client.get)

    assert found.kind == "csv"
    assert found.options == {
        "columns": {"amount": "final_price", "external_id": "sku", "sku": "sku"}
    }
    assert "amount: column final_price" in found.evidence


def test_asks_each_address_once(shop: Shop, client: Client) -> None:
    serve(shop, {"/": HOME})

    with pytest.raises(NothingFoundError):
        detect(f"{shop.url}/", client.get)

    assert len(shop.asked) == len(set(shop.asked))


def test_says_what_was_tried(shop: Shop, client: Client) -> None:
    serve(shop, {"/": HOME})

    with pytest.raises(NothingFoundError) as caught:
        detect(f"{shop.url}/", client.get)

    for label in ("Shopify storefront", "WooCommerce shop", "DummyJSON"):
        assert label in str(caught.value)


def test_a_server_that_is_not_there_is_asked_once(client: Client) -> None:
    with pytest.raises(ConnectError):
        detect("http://127.0.0.1:9/", client.get)
