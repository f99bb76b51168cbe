"""WooCommerce shops, in made-up payloads of the Store API's form."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ingestion.adapters.base import Answer, Source
from ingestion.adapters.woocommerce import WooCommerce, list_url
from ingestion.errors import ContentError, FetchTimeoutError, HttpStatusError
from prices.types import Availability, Quote, Rejection
from tests.ingestion.adapters.reading import Given, Served, read

SHOP = "https://shop.example"
LIST = f"{SHOP}/wp-json/wc/store/v1/products"


def prices(price: str = "1290", **changes: Any) -> dict[str, Any]:
    return {
        "price": price,
        "regular_price": price,
        "sale_price": price,
        "price_range": None,
        "currency_code": "EUR",
        "currency_symbol": "€",
        "currency_minor_unit": 2,
        **changes,
    }


def product(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Mug {number}",
        "type": "simple",
        "parent": 0,
        "variation": "",
        "permalink": f"{SHOP}/product/mug-{number}/",
        "sku": f"SKU-{number}",
        "prices": prices(),
        "images": [{"id": 5, "src": f"https://cdn.example/{number}.png"}],
        "brands": [],
        "variations": [],
        "is_in_stock": True,
        "is_on_backorder": False,
        **changes,
    }


def variable(number: int, *ids: int) -> dict[str, Any]:
    links = [{"id": one, "attributes": [{"name": "Size", "value": f"S{one}"}]} for one in ids]
    span = {"min_amount": "500", "max_amount": "900"}
    return product(
        number, type="variable", variations=links, prices=prices("500", price_range=span)
    )


def variation(number: int, parent: int, **changes: Any) -> dict[str, Any]:
    return product(number, type="variation", parent=parent, name=f"Mug {parent}", **changes)


def reads(*products: dict[str, Any], **source: Any) -> tuple[list[Quote], list[Rejection]]:
    served = Served({f"{LIST}?per_page=100&page=1": list(products)})
    return read(WooCommerce(Source(url=SHOP, **source)), served)


def test_reads_all_that_a_product_states() -> None:
    mug = product(
        3,
        name="Mug &amp; Saucer &#8211; blue",
        brands=[{"name": "Acme &amp; Sons"}],
        global_unique_id="4006381333931",
        prices=prices("1290", regular_price="1590"),
    )

    (quote,), rejected = reads(mug)

    assert rejected == []
    assert quote == Quote(
        external_id="3",
        name="Mug & Saucer – blue",
        amount=Decimal("12.90"),
        currency="EUR",
        list_amount=Decimal("15.90"),
        availability=Availability.IN_STOCK,
        url=f"{SHOP}/product/mug-3/",
        image_url="https://cdn.example/3.png",
        brand="Acme & Sons",
        gtin="04006381333931",
        sku="SKU-3",
        evidence=quote.evidence,
    )


@pytest.mark.parametrize(
    ("price", "code", "digits", "amount"),
    [
        ("1980", "JPY", 0, "1980"),
        ("1290", "KWD", 3, "1.290"),
        ("198000", "JPY", 2, "1980.00"),
        ("5", "EUR", 2, "0.05"),
    ],
    ids=["no digits", "three digits", "more than ISO says", "less than one"],
)
def test_the_payload_says_how_many_digits_are_minor(
    price: str, code: str, digits: int, amount: str
) -> None:
    stated = prices(price, currency_code=code, currency_minor_unit=digits)

    (quote,), _ = reads(product(prices=stated))

    assert (quote.amount, quote.currency) == (Decimal(amount), code)


@pytest.mark.parametrize(
    ("price", "code"), [("", "no_price"), (None, "no_price"), ("12.90", "bad_price")]
)
def test_refuses_a_product_without_a_usable_price(price: str | None, code: str) -> None:
    quotes, rejected = reads(product(1, prices=prices(price)), product(2))

    assert [quote.external_id for quote in quotes] == ["2"]
    assert [(one.external_id, one.code) for one in rejected] == [("1", code)]


@pytest.mark.parametrize(
    ("stock", "backorder", "expected"),
    [
        (True, False, Availability.IN_STOCK),
        (False, False, Availability.OUT_OF_STOCK),
        (True, True, Availability.BACKORDER),
        (None, None, Availability.UNKNOWN),
    ],
)
def test_reads_the_stock(
    stock: bool | None, backorder: bool | None, expected: Availability
) -> None:
    (quote,), _ = reads(product(is_in_stock=stock, is_on_backorder=backorder))

    assert quote.availability == expected


def test_an_external_product_is_an_offer() -> None:
    (quote,), _ = reads(product(type="external", prices=prices("990")))

    assert quote.amount == Decimal("9.90")


def test_a_group_without_a_price_of_its_own_is_no_offer_and_no_fault() -> None:
    group = product(1, type="grouped", prices=prices(""))

    assert reads(group, product(2))[0][0].external_id == "2"
    assert reads(group, product(2))[1] == []


def test_what_extensions_set_to_null_is_left_out() -> None:
    mug = product(name=None, sku=None, images=None, brands=None, permalink=None, variations=None)

    (quote,), rejected = reads(mug)

    assert rejected == []
    assert (quote.name, quote.sku, quote.image_url, quote.url) == ("", "", "", "")


def test_one_malformed_product_costs_only_itself() -> None:
    quotes, rejected = reads(product(1), product(2, prices="free"), product(3))

    assert [quote.external_id for quote in quotes] == ["1", "3"]
    assert [(one.external_id, one.code) for one in rejected] == [("2", "bad_item")]


def test_an_unknown_currency_gives_way_to_the_operators() -> None:
    (quote,), _ = reads(product(prices=prices(currency_code="")), currency="GBP")

    assert quote.currency == "GBP"


def test_variations_are_offers_and_their_parent_is_none() -> None:
    question = f"{LIST}?per_page=100&page=1&type=variation&parent=10,20"
    served = Served(
        {
            f"{LIST}?per_page=100&page=1": [variable(10, 11, 12), product(3), variable(20, 21)],
            question: [
                variation(11, 10, variation="Size: Small", prices=prices("500")),
                variation(12, 10, images=[], is_in_stock=False, prices=prices("900")),
                variation(21, 20, prices=prices("700")),
                variation(99, 98, prices=prices("100")),
            ],
        }
    )

    quotes, rejected = read(WooCommerce(Source(url=SHOP)), served)

    assert rejected == []
    assert [(q.external_id, q.name, q.variant, q.amount, q.group_id) for q in quotes] == [
        ("3", "Mug 3", "", Decimal("12.90"), ""),
        ("11", "Mug 10 – Size: Small", "Size: Small", Decimal("5.00"), "10"),
        ("12", "Mug 10 – S12", "S12", Decimal("9.00"), "10"),
        ("21", "Mug 20 – S21", "S21", Decimal("7.00"), "20"),
    ]
    assert quotes[2].availability == Availability.OUT_OF_STOCK
    assert quotes[2].image_url == "https://cdn.example/10.png"
    assert served.asked == [f"{LIST}?per_page=100&page=1", question]


def test_reads_variations_over_several_pages() -> None:
    many = [variation(1000 + number, 10) for number in range(130)]
    served = Served(
        {
            f"{LIST}?per_page=100&page=1": [variable(10, 11), variable(20, 21)],
            f"{LIST}?per_page=100&page=1&type=variation&parent=10,20": many[:100],
            f"{LIST}?per_page=100&page=2&type=variation&parent=10,20": many[100:],
        }
    )

    quotes, _ = read(WooCommerce(Source(url=SHOP)), served)

    assert len(quotes) == 131
    assert quotes[-1].external_id == "20"


@pytest.mark.parametrize("given", [HttpStatusError(400), []], ids=["refused", "none"])
def test_a_product_whose_variations_are_not_to_be_had_costs_its_lowest_price(
    given: Given,
) -> None:
    served = Served(
        {
            f"{LIST}?per_page=100&page=1": [variable(10, 11, 12)],
            f"{LIST}?per_page=100&page=1&type=variation&parent=10": given,
        }
    )

    (quote,), _ = read(WooCommerce(Source(url=SHOP)), served)

    assert (quote.external_id, quote.amount, quote.list_amount) == ("10", Decimal("5.00"), None)
    assert "lowest" in quote.evidence["amount"]


def test_a_shop_too_busy_for_its_variations_loses_none_of_them() -> None:
    served = Served(
        {
            f"{LIST}?per_page=100&page=1": [variable(10, 11, 12)],
            f"{LIST}?per_page=100&page=1&type=variation&parent=10": FetchTimeoutError("slow"),
        }
    )

    with pytest.raises(FetchTimeoutError):
        read(WooCommerce(Source(url=SHOP)), served)


def paged(products: list[dict[str, Any]], headers: dict[str, str]) -> Callable[[str], Given]:
    def reply(url: str) -> Given:
        number = int(url.rpartition("page=")[2])
        part = products[(number - 1) * 100 : number * 100]
        return Answer(url=url, body=json.dumps(part).encode(), headers=headers)

    return reply


@pytest.mark.parametrize(
    ("headers", "requests"), [({"x-wp-totalpages": "3"}, 3), ({}, 3)], ids=["counted", "uncounted"]
)
def test_reads_every_page(headers: dict[str, str], requests: int) -> None:
    served = Served(paged([product(number) for number in range(1, 251)], headers))

    quotes, _ = read(WooCommerce(Source(url=SHOP)), served)

    assert [quote.external_id for quote in quotes] == [str(n) for n in range(1, 251)]
    assert len(served.asked) == requests


@pytest.mark.parametrize(
    ("given", "text"),
    [(b"<!doctype html>", "HTML page"), (b'{"code": "rest_no_route"}', "no list")],
    ids=["HTML", "an error of WordPress"],
)
def test_refuses_what_is_no_catalogue(given: bytes, text: str) -> None:
    with pytest.raises(ContentError, match=text):
        read(WooCommerce(Source(url=SHOP)), Served(lambda url: given))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (SHOP, LIST),
        (f"{SHOP}/", LIST),
        (f"{SHOP}/wp-json/wc/store/v1/products?per_page=5", LIST),
        (f"{SHOP}/shop", f"{SHOP}/shop/wp-json/wc/store/v1/products"),
        (
            f"{SHOP}/?rest_route=/wc/store/v1/products",
            f"{SHOP}/?rest_route=/wc/store/v1/products",
        ),
    ],
)
def test_knows_where_the_list_is(url: str, expected: str) -> None:
    assert list_url(url) == expected


def test_plain_permalinks_are_asked_with_a_query() -> None:
    served = Served({f"{SHOP}/?rest_route=/wc/store/v1/products&per_page=100&page=1": [product()]})

    quotes, _ = read(WooCommerce(Source(url=f"{SHOP}/?rest_route=/wc/store/v1/products")), served)

    assert len(quotes) == 1
