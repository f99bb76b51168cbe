"""Shopify storefronts, in made-up payloads of their form."""

from decimal import Decimal
from typing import Any

import pytest

from ingestion.adapters.base import Answer, Source
from ingestion.adapters.shopify import Shopify, catalogue_url, shop_url
from ingestion.errors import ContentError, FetchTimeoutError, HttpStatusError
from prices.types import Availability, Quote, Rejection
from tests.ingestion.adapters.reading import Given, Served, read

SHOP = "https://shop.example"


def product(number: int = 1, **changes: Any) -> dict[str, Any]:
    variant = {
        "id": 1000 + number,
        "title": "Default Title",
        "sku": f"SKU-{number}",
        "price": "12.90",
        "compare_at_price": None,
        "available": True,
    }
    return {
        "id": number,
        "title": f"Mug {number}",
        "handle": f"mug-{number}",
        "vendor": "Acme",
        "variants": [variant],
        "images": [{"src": f"https://cdn.example/{number}.png"}],
        **changes,
    }


def variant(number: int, **changes: Any) -> dict[str, Any]:
    return {**product(number)["variants"][0], **changes}


def catalogue(*products: dict[str, Any], size: int = 250) -> dict[str, Given]:
    """Serve products in pages of `size`, as the shop does."""
    pages = [list(products[i : i + size]) for i in range(0, len(products), size)]
    return {
        f"{SHOP}/products.json?limit=250&page={number}": {"products": page}
        for number, page in enumerate([*pages, []], start=1)
    }


def reads(answers: dict[str, Given], **source: Any) -> tuple[list[Quote], list[Rejection]]:
    return read(Shopify(Source(url=SHOP, **source)), Served(answers))


def test_reads_all_that_a_variant_states() -> None:
    shoe = product(
        7,
        title="Shoe",
        handle="shoe",
        variants=[
            variant(1, id=11, title="Red / 42", price="79.00", compare_at_price="99.00"),
            variant(2, id=12, title="Blue / 42", price="79.50", available=False),
        ],
    )

    quotes, rejected = reads({**catalogue(shoe), f"{SHOP}/cart.js": {"currency": "EUR"}})

    assert rejected == []
    red, blue = quotes
    assert red == Quote(
        external_id="11",
        name="Shoe – Red / 42",
        amount=Decimal("79.00"),
        currency="EUR",
        list_amount=Decimal("99.00"),
        availability=Availability.IN_STOCK,
        url=f"{SHOP}/products/shoe?variant=11",
        image_url="https://cdn.example/7.png",
        brand="Acme",
        sku="SKU-1",
        variant="Red / 42",
        group_id="7",
        evidence=red.evidence,
    )
    assert red.evidence["amount"] == "products.json: variants[].price"
    assert (blue.external_id, blue.amount, blue.list_amount, blue.availability) == (
        "12",
        Decimal("79.5"),
        None,
        Availability.OUT_OF_STOCK,
    )


def test_the_only_variant_is_the_product_itself() -> None:
    (quote,), _ = reads(catalogue(product()), currency="EUR")

    assert (quote.name, quote.variant, quote.url) == ("Mug 1", "", f"{SHOP}/products/mug-1")


@pytest.mark.parametrize("stated", ["0.00", "", None, 0, "12.90", "10.00", "call us"])
def test_a_list_price_that_is_not_above_the_price_is_none(stated: object) -> None:
    mug = product(variants=[variant(1, compare_at_price=stated)])

    (quote,), rejected = reads(catalogue(mug), currency="EUR")

    assert (quote.list_amount, rejected) == (None, [])


@pytest.mark.parametrize("stated", [12.9, "12.9", "12.90", "12.900"])
def test_prices_may_be_numbers_or_texts(stated: object) -> None:
    (quote,), _ = reads(catalogue(product(variants=[variant(1, price=stated)])), currency="EUR")

    assert quote.amount == Decimal("12.9")


def test_a_variant_that_says_nothing_of_its_stock_is_unknown() -> None:
    bare = variant(1)
    del bare["available"]

    (quote,), _ = reads(catalogue(product(variants=[bare])), currency="EUR")

    assert quote.availability == Availability.UNKNOWN


def test_one_malformed_product_costs_only_itself() -> None:
    broken = product(2, variants="none", id=22)

    quotes, rejected = reads(catalogue(product(1), broken, product(3)), currency="EUR")

    assert [quote.external_id for quote in quotes] == ["1001", "1003"]
    assert [(one.external_id, one.code) for one in rejected] == [("22", "bad_item")]


def test_a_variant_without_a_usable_price_is_refused() -> None:
    mug = product(
        variants=[variant(1, price="on request"), variant(2, id=2), variant(3, price=None)]
    )

    quotes, rejected = reads(catalogue(mug), currency="EUR")

    assert [quote.external_id for quote in quotes] == ["2"]
    assert [(one.external_id, one.code) for one in rejected] == [
        ("1001", "bad_price"),
        ("1003", "bad_price"),
    ]


@pytest.mark.parametrize("size", [250, 30])
def test_reads_every_page_whatever_its_size(size: int) -> None:
    products = [product(number) for number in range(1, 601)]

    quotes, _ = reads(catalogue(*products, size=size), currency="EUR")

    assert [quote.group_id for quote in quotes] == [str(number) for number in range(1, 601)]


def test_a_full_page_asks_for_no_page_beyond_a_short_one() -> None:
    served = Served(catalogue(*[product(number) for number in range(1, 301)]))

    read(Shopify(Source(url=SHOP, currency="EUR")), served)

    assert served.asked == [f"{SHOP}/products.json?limit=250&page={n}" for n in (1, 2)]


def test_ends_when_the_server_ignores_the_page_number() -> None:
    served = Served(lambda url: {"products": [product(1), product(2)]})

    quotes, _ = read(Shopify(Source(url=SHOP, currency="EUR")), served)

    assert [quote.external_id for quote in quotes] == ["1001", "1002"]
    assert len(served.asked) == 2


HOME = b'<html><script>Shopify.currency = {"active":"CAD","rate":"1.0"};</script></html>'


@pytest.mark.parametrize(
    ("places", "currency", "asked"),
    [
        ({"/cart.js": {"currency": "EUR", "items": []}}, "EUR", 1),
        ({"/cart.js": b"<html>sign in</html>", "/meta.json": {"currency": "GBP"}}, "GBP", 2),
        ({"/": HOME}, "CAD", 3),
        ({"/cart.js": {"currency": "XXQ"}}, None, 3),
        ({}, None, 3),
    ],
    ids=["cart", "meta", "home page", "no such currency", "nowhere"],
)
def test_finds_the_currency_where_the_shop_states_it(
    places: dict[str, Given], currency: str | None, asked: int
) -> None:
    answers = {f"{SHOP}{place}": given for place, given in places.items()}
    served = Served({**answers, **catalogue(product())})

    (quote,), _ = read(Shopify(Source(url=SHOP)), served)

    assert quote.currency == currency
    assert [url for url in served.asked if "products.json" not in url] == [
        f"{SHOP}{place}" for place in ("/cart.js", "/meta.json", "/")
    ][:asked]


def test_asks_for_no_currency_that_the_operator_stated() -> None:
    served = Served({f"{SHOP}/cart.js": {"currency": "USD"}, **catalogue(product())})

    (quote,), _ = read(Shopify(Source(url=SHOP, currency="EUR")), served)

    assert quote.currency == "EUR"
    assert all("products.json" in url for url in served.asked)


def test_a_shop_that_is_too_busy_to_state_its_currency_is_not_read() -> None:
    busy = {f"{SHOP}/cart.js": FetchTimeoutError("no answer"), **catalogue(product())}

    with pytest.raises(FetchTimeoutError):
        reads(busy)


def test_a_busy_cart_is_made_up_for_by_another_place() -> None:
    answers = {
        f"{SHOP}/cart.js": FetchTimeoutError("no answer"),
        f"{SHOP}/meta.json": {"currency": "SEK"},
        **catalogue(product()),
    }

    (quote,), _ = reads(answers)

    assert quote.currency == "SEK"


def test_says_that_a_shop_is_closed_behind_a_password() -> None:
    page = Answer(url=f"{SHOP}/password", body=b"<!doctype html><title>Opening soon</title>")

    with pytest.raises(ContentError, match="closed behind a password"):
        read(Shopify(Source(url=SHOP, currency="EUR")), Served(lambda url: page))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (b"<!DOCTYPE html><html></html>", "expected JSON, the server sent an HTML page"),
        (b"nothing to see", "the answer begins with 'nothing to see'"),
        (b'{"product": {}}', "no list 'products'"),
        (b'{"products": {}}', "no list 'products'"),
        (b"[" * 100_000, "JSON cannot be read"),
        (b'{"products": [\xff]}', "expected JSON"),
        (b"", "expected JSON"),
    ],
    ids=["HTML", "text", "one product", "no list", "too deep", "no UTF-8", "nothing"],
)
def test_refuses_what_is_no_catalogue(given: bytes, text: str) -> None:
    with pytest.raises(ContentError, match=text):
        read(Shopify(Source(url=SHOP, currency="EUR")), Served(lambda url: given))


def test_a_catalogue_that_is_switched_off_is_an_error() -> None:
    with pytest.raises(HttpStatusError, match="404"):
        reads({}, currency="EUR")


ADDRESSES = [
    ("https://s.example", "https://s.example", "/products.json"),
    ("https://s.example/", "https://s.example", "/products.json"),
    ("https://s.example/products.json?limit=5", "https://s.example", "/products.json"),
    ("https://s.example/products/mug?variant=1", "https://s.example", "/products.json"),
    ("https://s.example/collections/sale", "https://s.example", "/collections/sale/products.json"),
    (
        "https://s.example/collections/sale/products/mug",
        "https://s.example",
        "/collections/sale/products.json",
    ),
    ("https://s.example/en-gb/products/mug", "https://s.example/en-gb", "/products.json"),
    ("https://s.example/pages/about", "https://s.example", "/products.json"),
    ("http://s.example:81/productsale", "http://s.example:81/productsale", "/products.json"),
    ("https://acme.myshopify.com/cart", "https://acme.myshopify.com", "/products.json"),
]


@pytest.mark.parametrize(("url", "shop", "path"), ADDRESSES)
def test_knows_the_shop_behind_any_of_its_addresses(url: str, shop: str, path: str) -> None:
    assert shop_url(url) == shop
    assert catalogue_url(url) == shop + path
