"""`manage.py history`."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ingestion.models import Provider
from prices.models import CheckedSpan
from prices.services.recording import record
from prices.types import Availability, Origin, Quote
from tests.commands import call

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def lamp() -> Provider:
    """10 EUR on 1 March, 8 (instead of 10) on the 11th, sold out on the 21st."""
    provider = Provider.objects.create(slug="shop", name="Shop", kind="push")
    told: list[tuple[int, str, str | None, Availability]] = [
        (0, "10", None, Availability.IN_STOCK),
        (10, "8", "10", Availability.IN_STOCK),
        (20, "8", "10", Availability.OUT_OF_STOCK),
    ]
    for day, amount, list_amount, availability in told:
        quote = Quote(
            external_id="lamp",
            name="Blue lamp",
            amount=Decimal(amount),
            list_amount=Decimal(list_amount) if list_amount else None,
            currency="EUR",
            availability=availability,
        )
        at = START + timedelta(days=day)
        record([quote], provider_id=provider.pk, at=at, origin=Origin.PUSH)
    return provider


def test_shows_each_price_with_the_figures_over_them(lamp: Provider) -> None:
    done = call("history", "shop", "lamp", "--to", "2026-03-31")

    assert done.code == 0
    assert done.lines == [
        "Blue lamp at Shop (lamp)",
        "",
        "started_at           amount  list_amount  currency  availability",
        "2026-03-01 00:00:00   10.00            –  EUR       in_stock",
        "2026-03-11 00:00:00    8.00        10.00  EUR       in_stock",
        "2026-03-21 00:00:00    8.00        10.00  EUR       out_of_stock",
        "",
        "low 8.00, high 10.00, average 8.6667 EUR",
    ]


def test_a_range_begins_with_what_held_then(lamp: Provider) -> None:
    done = call(
        "history", "shop", "lamp", "--from", "2026-03-05", "--to", "2026-03-15", "--format", "csv"
    )

    assert list(csv.reader(io.StringIO(done.out))) == [
        ["started_at", "amount", "list_amount", "currency", "availability"],
        ["2026-03-05T00:00:00.000000Z", "10.00", "", "EUR", "in_stock"],
        ["2026-03-11T00:00:00.000000Z", "8.00", "10.00", "EUR", "in_stock"],
    ]


def test_json_has_points_gaps_and_statistics(lamp: Provider) -> None:
    for first, last in ((0, 4), (6, 30)):
        CheckedSpan.objects.create(
            provider=lamp,
            started_at=START + timedelta(days=first),
            ended_at=START + timedelta(days=last),
        )

    done = call("history", "shop", "lamp", "--to", "2026-03-31", "--format", "json")

    body = json.loads(done.out)
    assert body["points"][1] == {
        "started_at": "2026-03-11T00:00:00.000000Z",
        "amount": "8.00",
        "list_amount": "10.00",
        "currency": "EUR",
        "availability": "in_stock",
    }
    assert body["gaps"] == [
        {
            "start": "2026-03-05T00:00:00.000000Z",
            "end": "2026-03-07T00:00:00.000000Z",
            "reason": "not_checked",
        }
    ]
    assert body["statistics"] == {
        "low": "8.00",
        "high": "10.00",
        "average": "8.6667",
        "currency": "EUR",
    }
    assert (body["platform"], body["external_id"], body["name"]) == ("shop", "lamp", "Blue lamp")


def test_says_that_there_is_no_price_in_a_range(lamp: Provider) -> None:
    table = call("history", "shop", "lamp", "--to", "2026-02-01")
    as_json = call("history", "shop", "lamp", "--to", "2026-02-01", "--format", "json")

    assert (table.code, table.lines[1]) == (0, "There is no price in this range.")
    assert json.loads(as_json.out)["statistics"]["low"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "lamp"], "There is no platform 'nowhere'."),
        (["shop", "sofa"], "Platform 'shop' has no offer 'sofa'."),
        (["shop", "lamp", "--from", "soon"], "'soon' is neither a day"),
        (["shop", "lamp", "--from", "2026-03-02", "--to", "2026-03-01"], "--to must be after"),
        (["shop", "lamp", "--from", "2999-01-01"], "not in the future"),
    ],
)
def test_says_which_part_is_wrong(arguments: list[str], message: str, lamp: Provider) -> None:
    done = call("history", *arguments)

    assert message in done.err
    assert done.code != 0
    assert done.out == ""
