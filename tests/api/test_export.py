"""GET export.csv and export.jsonl: everything, line by line, in constant memory."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from prices.models import Offer, Price
from prices.services.export import COLUMNS
from prices.types import Availability
from tests.api.conftest import API, NOON, assert_problem, days, provider, sell

pytestmark = pytest.mark.django_db


def pieces(client: APIClient, path: str) -> Iterator[bytes]:
    response = client.get(f"{API}/{path}")
    assert response.status_code == 200
    return iter(cast(Iterable[bytes], response.streaming_content))


def lines(client: APIClient, path: str = "export.jsonl") -> list[dict[str, Any]]:
    text = b"".join(pieces(client, path)).decode()
    return [json.loads(line) for line in text.splitlines()]


def cells(client: APIClient, path: str = "export.csv") -> list[dict[str, str]]:
    text = b"".join(pieces(client, path)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_price_is_a_line_in_order_of_offer_and_time(viewer: APIClient) -> None:
    shown = {"name": "Lamp", "url": "https://shop.example/1"}
    sell("shop", "1", "10.5", **shown)
    sell("other", "9", "1000", currency="JPY", name="Other")
    gone = Availability.OUT_OF_STOCK
    sell("shop", "1", "9", list_amount=Decimal(12), at=NOON + days(1), availability=gone, **shown)

    first, second, third = lines(viewer)

    assert tuple(first) == COLUMNS
    assert first == {
        "platform": "shop",
        "external_id": "1",
        "name": "Lamp",
        "url": "https://shop.example/1",
        "amount": "10.50",
        "list_amount": None,
        "currency": "EUR",
        "availability": "in_stock",
        "started_at": "2026-03-15T12:00:00.000000Z",
        "origin": "run",
    }
    assert (second["amount"], second["list_amount"]) == ("9.00", "12.00")
    assert second["availability"] == "out_of_stock"
    assert (third["platform"], third["amount"], third["currency"]) == ("other", "1000", "JPY")
    assert cells(viewer) == [
        {name: "" if value is None else value for name, value in one.items()}
        for one in (first, second, third)
    ]


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html", "text/csv", "image/png"]
)
def test_names_the_file_and_its_kind_whatever_is_accepted(viewer: APIClient, accept: str) -> None:
    for name, kind in (("csv", "text/csv"), ("jsonl", "application/x-ndjson")):
        response = viewer.get(f"{API}/export.{name}", HTTP_ACCEPT=accept)
        assert response.status_code == 200
        assert response["Content-Type"] == f"{kind}; charset=utf-8"
        assert response["Content-Disposition"] == f'attachment; filename="prices.{name}"'


def test_nothing_is_an_empty_export(viewer: APIClient) -> None:
    assert b"".join(pieces(viewer, "export.csv")).decode() == ",".join(COLUMNS) + "\r\n"
    assert lines(viewer) == []


def test_of_one_platform(viewer: APIClient) -> None:
    for slug, external_id in (("one", "1"), ("two", "2"), ("one", "3")):
        sell(slug, external_id)

    assert [one["external_id"] for one in lines(viewer, "export.jsonl?platform=one")] == ["1", "3"]
    assert [one["external_id"] for one in cells(viewer, "export.csv?platform=two")] == ["2"]
    assert len(lines(viewer, "export.jsonl?platform=")) == 3


@pytest.mark.parametrize("platform", ["nowhere", "One", "\x00", "x" * 1000])
def test_an_unknown_platform_is_404(viewer: APIClient, platform: str) -> None:
    provider("one")

    for name in ("csv", "jsonl"):
        problem = assert_problem(
            viewer.get(f"{API}/export.{name}", {"platform": platform}), 404, code="not_found"
        )
        assert len(problem["detail"]) < 120


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(viewer: APIClient, start: str) -> None:
    formula = f"{start}1+HYPERLINK(A1)"
    sell("shop", formula, name=formula)

    (row,) = cells(viewer)

    assert (row["external_id"], row["name"]) == (f"'{formula}", f"'{formula}")
    assert lines(viewer)[0]["name"] == formula


def test_cells_hold_what_csv_has_to_quote(viewer: APIClient) -> None:
    sell("shop", "1", name='A "long", thin lamp; größe 日本')

    stored = Offer.objects.get().name
    assert cells(viewer)[0]["name"] == lines(viewer)[0]["name"] == stored


def test_a_head_request_reads_nothing(viewer: APIClient) -> None:
    sell()

    with CaptureQueriesContext(connection) as captured:
        assert viewer.head(f"{API}/export.csv").status_code == 200
    assert not any("prices_price" in query["sql"] for query in captured)


def many(count: int) -> None:
    """Give each of 20 offers so many prices."""
    for number in range(20):
        sell("shop", str(number), "1")
    Price.objects.bulk_create(
        [
            Price(
                offer_id=offer,
                started_at=NOON + timedelta(seconds=step),
                amount=1 + step % 5,
                currency="EUR",
                availability="in_stock",
            )
            for offer in Offer.objects.values_list("pk", flat=True)
            for step in range(1, count)
        ],
        batch_size=5000,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_twenty_thousand_prices_are_streamed(viewer: APIClient, name: str) -> None:
    many(1000)
    found = pieces(viewer, f"export.{name}")

    tracemalloc.start()
    count = sum(piece.count(b"\n") for piece in found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 20_000 + (name == "csv")
    assert peak < 8_000_000  # all of it at once is some 60 MB


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_transaction(viewer: APIClient) -> None:
    many(300)
    found = pieces(viewer, "export.jsonl")
    next(found)

    assert not connection.in_atomic_block
    sell("shop", "new", "5")
    assert 1 + sum(1 for _ in found) >= 6000


def test_the_queries_follow_the_offers_in_large_parts(viewer: APIClient) -> None:
    def selects() -> int:
        with CaptureQueriesContext(connection) as captured:
            lines(viewer)
        return len([query for query in captured if "SELECT" in query["sql"]])

    sell("shop", "1")
    before = selects()
    for number in range(30):
        sell("shop", f"n{number}")

    assert selects() == before
