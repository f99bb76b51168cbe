"""DummyJSON, in made-up payloads of its form."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingestion.adapters.base import Source
from ingestion.adapters.dummyjson import DummyJSON, list_url
from ingestion.errors import ContentError
from prices.types import Availability, Quote
from tests.ingestion.adapters.reading import Given, Served, read

ORIGIN = "https://api.example"


def product(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Mug {number}",
        "price": 9.99,
        "discountPercentage": 10.5,
        "stock": 5,
        "availabilityStatus": "In Stock",
        "sku": f"SKU-{number}",
        "brand": "Acme",
        "thumbnail": f"https://cdn.example/{number}.webp",
        "meta": {"barcode": "4006381333931", "qrCode": ""},
        **changes,
    }


def list_of(products: list[dict[str, Any]], most: int = 100) -> Served:
    """Serve as the platform does: `limit`, `skip`, `total`, never more than `most` at once."""

    def reply(url: str) -> Given | None:
        parts = urlsplit(url)
        if parts.path != "/products":
            return None
        query = parse_qs(parts.query)
        skip, limit = int(query["skip"][0]), min(int(query["limit"][0]), most)
        part = products[skip : skip + limit]
        return {"products": part, "total": len(products), "skip": skip, "limit": len(part)}

    return Served(reply)


def test_reads_all_that_a_product_states() -> None:
    (quote,), rejected = read(DummyJSON(Source(url=ORIGIN, currency="USD")), list_of([product()]))

    assert rejected == []
    assert quote == Quote(
        external_id="1",
        name="Mug 1",
        amount=Decimal("9.99"),
        currency="USD",
        availability=Availability.IN_STOCK,
        url=f"{ORIGIN}/products/1",
        image_url="https://cdn.example/1.webp",
        brand="Acme",
        gtin="04006381333931",
        sku="SKU-1",
        evidence=quote.evidence,
    )


def test_a_currency_that_nobody_states_is_unknown() -> None:
    (quote,), _ = read(DummyJSON(Source(url=ORIGIN)), list_of([product()]))

    assert quote.currency is None


@pytest.mark.parametrize("most", [100, 30, 7], ids=["as asked", "thirty", "seven"])
def test_reads_every_page_of_whatever_size(most: int) -> None:
    served = list_of([product(number) for number in range(1, 195)], most)

    quotes, _ = read(DummyJSON(Source(url=f"{ORIGIN}/products")), served)

    assert [quote.external_id for quote in quotes] == [str(n) for n in range(1, 195)]
    assert len(served.asked) == -(-194 // most)


def test_a_server_that_sends_all_at_once_is_asked_once() -> None:
    served = Served(lambda url: {"products": [product(1), product(2)], "total": 2})

    quotes, _ = read(DummyJSON(Source(url=ORIGIN)), served)

    assert (len(quotes), len(served.asked)) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"availabilityStatus": "Low Stock"}, Availability.IN_STOCK),
        ({"availabilityStatus": "Out of Stock"}, Availability.OUT_OF_STOCK),
        ({"availabilityStatus": "Ask us"}, Availability.UNKNOWN),
        ({"availabilityStatus": None, "stock": 0}, Availability.OUT_OF_STOCK),
        ({"availabilityStatus": None, "stock": 3}, Availability.IN_STOCK),
        ({"availabilityStatus": None, "stock": None}, Availability.UNKNOWN),
    ],
)
def test_reads_the_stock(changes: dict[str, Any], expected: Availability) -> None:
    (quote,), _ = read(DummyJSON(Source(url=ORIGIN)), list_of([product(**changes)]))

    assert quote.availability == expected


def test_refuses_what_has_no_price() -> None:
    quotes, rejected = read(
        DummyJSON(Source(url=ORIGIN)),
        list_of([product(1, price=None), product(2), product(3, title=None)]),
    )

    assert [quote.external_id for quote in quotes] == ["2"]
    assert [(one.external_id, one.code) for one in rejected] == [
        ("3", "bad_item"),
        ("1", "bad_price"),
    ]


def test_refuses_another_kind_of_answer() -> None:
    with pytest.raises(ContentError, match="no list 'products'"):
        read(DummyJSON(Source(url=ORIGIN)), Served(lambda url: [product()]))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (ORIGIN, f"{ORIGIN}/products"),
        (f"{ORIGIN}/products/", f"{ORIGIN}/products"),
        (f"{ORIGIN}/products/12", f"{ORIGIN}/products"),
        (f"{ORIGIN}/products/category/mugs?limit=3", f"{ORIGIN}/products/category/mugs"),
    ],
)
def test_knows_where_the_list_is(url: str, expected: str) -> None:
    assert list_url(url) == expected
