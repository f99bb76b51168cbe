"""Tables of offers: which column means what."""

from decimal import Decimal

import pytest

from ingestion.adapters.base import Answer, Page, Source
from ingestion.adapters.table import Table, columns_of
from ingestion.errors import ContentError
from prices.types import Availability


def read(text: str, **options: object) -> Page:
    adapter = Table(Source(url="https://a.example/x.csv", options=options))
    [request] = adapter.start()
    return adapter.read(request, Answer(url=request.url, body=text.encode()))


def test_guesses_the_columns_by_their_names() -> None:
    rows = [
        {"Final Price".lower(): "1", "initial_price": "2", "sku": "a", "title": "x", "color": ""},
        {"final price": "1", "initial_price": "2", "sku": "b", "title": "x", "color": ""},
    ]

    assert columns_of(rows) == {
        "amount": "final price",
        "list_amount": "initial_price",
        "external_id": "sku",
        "name": "title",
        "sku": "sku",
    }


def test_an_identifier_differs_from_row_to_row() -> None:
    rows = [{"sku": "a", "url": "https://a.example/1"}, {"sku": "a", "url": "https://a.example/2"}]

    assert columns_of(rows)["external_id"] == "url"


def test_reads_rows() -> None:
    page = read(
        "id,name,price,old_price,currency,stock,image\n"
        '1,Tea,9.99,12.50,eur,3,"[""https://a.example/1.jpg""]"\n'
        "2,Cup,2.794000000000000e+01,0,GBP,0,\n"
    )

    first, second = page.quotes
    assert (first.amount, first.list_amount, first.currency) == (
        Decimal("9.99"),
        Decimal("12.50"),
        "EUR",
    )
    assert (first.availability, first.image_url) == (
        Availability.IN_STOCK,
        "https://a.example/1.jpg",
    )
    assert (second.amount, second.list_amount, second.currency) == (Decimal("27.94"), None, "GBP")
    assert second.availability is Availability.OUT_OF_STOCK
    assert first.evidence["amount"] == "column price"


def test_the_operator_decides_which_column_means_what() -> None:
    page = read("id,price,club\n1,9.99,8.50\n", columns={"amount": "club"})

    assert page.quotes[0].amount == Decimal("8.50")


def test_an_unreadable_price_is_refused_and_spoils_nothing() -> None:
    page = read("id,price\n1,\n2,call us\n3,5\n")

    assert [quote.external_id for quote in page.quotes] == ["3"]
    assert [(one.external_id, one.code) for one in page.rejected] == [
        ("1", "no_price"),
        ("2", "bad_price"),
    ]


def test_a_table_without_a_price_column_names_its_columns() -> None:
    with pytest.raises(ContentError, match=r"no column can be taken for amount.*id, weight"):
        read("id,weight\n1,2\n")


def test_shows_what_it_guessed() -> None:
    adapter = Table(Source(url="https://a.example/x.csv"))

    assert adapter.options_for(Answer(url="", body=b"id,price\n1,2\n")) == {
        "columns": {"amount": "price", "external_id": "id"}
    }
