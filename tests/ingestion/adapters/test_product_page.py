"""Product pages as a provider: several pages of one shop."""

from decimal import Decimal

import pytest

from ingestion.adapters.base import Answer, Source
from ingestion.adapters.product_page import ProductPages, urls_of
from ingestion.errors import BlockedError, ContentError, HttpStatusError
from tests.ingestion.adapters.reading import Served, read

SHOP = "https://shop.example"


def page(name: str, price: str, currency: str = "EUR") -> str:
    return (
        f'<html><h1>{name}</h1><div itemscope itemtype="https://schema.org/Product">'
        f'<b itemprop="name">{name}</b><p itemprop="offers" itemscope><b itemprop="price">{price}'
        f'</b><meta itemprop="priceCurrency" content="{currency}"></p></div></html>'
    )


def pages(*names: str) -> Source:
    return Source(url=f"{SHOP}/a", options={"urls": [f"{SHOP}/{name}" for name in names]})


def test_reads_every_page_it_is_given() -> None:
    served = Served({f"{SHOP}/a": page("Mug", "5.00"), f"{SHOP}/b": page("Cup", "7.50", "GBP")})

    quotes, rejected = read(ProductPages(pages("a", "b", "a")), served)

    assert rejected == []
    assert [(q.external_id, q.name, q.amount, q.currency) for q in quotes] == [
        ("/a", "Mug", Decimal("5.00"), "EUR"),
        ("/b", "Cup", Decimal("7.50"), "GBP"),
    ]
    assert served.asked == [f"{SHOP}/a", f"{SHOP}/b"]


def test_the_provider_s_own_address_is_the_page_where_none_is_named() -> None:
    assert urls_of(Source(url=f"{SHOP}/a")) == [f"{SHOP}/a"]
    assert urls_of(Source(url=f"{SHOP}/a", options={"urls": "nonsense"})) == [f"{SHOP}/a"]


def test_a_page_that_fails_costs_none_of_the_others() -> None:
    served = Served(
        {f"{SHOP}/a": page("Mug", "5.00"), f"{SHOP}/c": "<title>Robot or human?</title>"}
    )

    quotes, rejected = read(ProductPages(pages("a", "b", "c")), served)

    assert [quote.external_id for quote in quotes] == ["/a"]
    assert [(one.external_id, one.code) for one in rejected] == [
        (f"{SHOP}/b", "http_status"),
        (f"{SHOP}/c", "blocked"),
    ]


def test_a_provider_of_which_no_page_can_be_read_has_its_first_error() -> None:
    with pytest.raises(HttpStatusError, match="404"):
        read(ProductPages(pages("a", "b")), Served({}))
    with pytest.raises(BlockedError):
        read(ProductPages(pages("a")), Served({f"{SHOP}/a": "<title>Access denied</title>"}))


def test_refuses_what_is_no_page() -> None:
    picture = Answer(url=f"{SHOP}/a", headers={"content-type": "image/png"}, body=b"\x89PNG")

    with pytest.raises(ContentError, match="expected an HTML page, the server sent image/png"):
        read(ProductPages(pages("a")), Served(lambda url: picture))
