"""GET products/{id}/history and history/{platform}/{external_id}."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ingestion.models import Provider
from prices.models import CheckedSpan, Offer
from prices.services.recording import Recording
from prices.types import Availability, Quote
from tests.api.conftest import API, NOON, Clock, assert_problem, days, provider, sell

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
GTIN = "04006381333931"


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def read(client: APIClient, path: str = "history/shop/1", **query: str) -> Any:
    response = client.get(f"{API}/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def checked(start: datetime, end: datetime) -> None:
    CheckedSpan.objects.create(provider=provider("shop"), started_at=start, ended_at=end)


def points(body: Any) -> list[tuple[str, str]]:
    return [(point["at"], point["amount"]) for point in body["points"]]


def gaps(body: Any) -> list[tuple[str, str, str]]:
    return [(gap["start"], gap["end"], gap["reason"]) for gap in body["gaps"]]


@pytest.fixture
def three_prices(clock: Clock) -> Offer:
    """10 for two days, 16 for one day, 13 for one day until now."""
    sell(amount="10", at=at(11))
    sell(amount="16", at=at(13))
    offer = sell(amount="13", at=at(14))
    clock(at(15))
    return offer


def test_shows_every_change_and_the_figures_over_them(
    viewer: APIClient, three_prices: Offer
) -> None:
    body = read(viewer)

    assert (body["start"], body["end"]) == ("2026-03-11T12:00:00Z", "2026-03-15T12:00:00Z")
    assert body["resolution"] == "raw"
    assert points(body) == [
        ("2026-03-11T12:00:00Z", "10.00"),
        ("2026-03-13T12:00:00Z", "16.00"),
        ("2026-03-14T12:00:00Z", "13.00"),
    ]
    assert body["points"][0] == {
        "at": "2026-03-11T12:00:00Z",
        "amount": "10.00",
        "list_amount": None,
        "currency": "EUR",
        "availability": "in_stock",
    }
    # (two days of 10, one of 16, one of 13) over four days
    assert body["statistics"] == {
        "low": "10.00",
        "high": "16.00",
        "average": "12.25",
        "currency": "EUR",
        "all_time_low": "10.00",
        "all_time_low_at": "2026-03-11T12:00:00Z",
    }
    assert body["gaps"] == []
    shown = {name: body["offer"][name] for name in ("external_id", "amount", "previous_amount")}
    assert shown == {"external_id": "1", "amount": "13.00", "previous_amount": "16.00"}
    assert body["offer"]["change_percent"] == "-18.75"


def test_a_range_begins_with_what_held_then(viewer: APIClient, three_prices: Offer) -> None:
    body = read(viewer, **{"from": "2026-03-12T12:00:00Z", "to": "2026-03-14T00:00:00Z"})

    assert (body["start"], body["end"]) == ("2026-03-12T12:00:00Z", "2026-03-14T00:00:00Z")
    assert points(body) == [("2026-03-12T12:00:00Z", "10.00"), ("2026-03-13T12:00:00Z", "16.00")]
    # one day of 10, half a day of 16
    assert body["statistics"]["average"] == "12.00"
    assert (body["statistics"]["low"], body["statistics"]["high"]) == ("10.00", "16.00")


def test_a_range_between_two_changes_has_one_point(viewer: APIClient, three_prices: Offer) -> None:
    body = read(viewer, **{"from": "2026-03-13T13:00:00Z", "to": "2026-03-13T14:00:00Z"})

    assert points(body) == [("2026-03-13T13:00:00Z", "16.00")]
    assert body["statistics"]["low"] == body["statistics"]["average"] == "16.00"


def test_a_range_before_the_first_price_is_empty(viewer: APIClient, three_prices: Offer) -> None:
    for query in ({"to": "2020-01-01"}, {"from": "2020-01-01", "to": "2020-02-01"}):
        body = read(viewer, **query)
        assert body["points"] == []
        assert (body["statistics"]["low"], body["statistics"]["average"]) == (None, None)
        assert body["statistics"]["all_time_low"] == "10.00"


def test_the_end_is_never_ahead_of_now(viewer: APIClient, three_prices: Offer) -> None:
    assert read(viewer, to="2999-01-01T00:00:00Z")["end"] == "2026-03-15T12:00:00Z"
    assert read(viewer, **{"from": "0001-01-01T00:00:00Z"})["points"][0]["amount"] == "10.00"


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ("2026-03-12T12:00:00", "2026-03-12T12:00:00Z"),
        ("2026-03-12T12:00:00+02:00", "2026-03-12T10:00:00Z"),
        ("2026-03-12T12:00:00.123456Z", "2026-03-12T12:00:00.123456Z"),
    ],
)
def test_an_instant_without_a_zone_is_utc(
    viewer: APIClient, three_prices: Offer, given: str, start: str
) -> None:
    assert read(viewer, **{"from": given})["start"] == start


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-03-14T00:00:00Z", "to": "2026-03-13T00:00:00Z"}, "to"),
        ({"from": "2026-03-14T00:00:00Z", "to": "2026-03-14T00:00:00Z"}, "to"),
        ({"from": "2026-03-15T12:00:01Z"}, "from"),
        ({"from": "2999-01-01T00:00:00Z"}, "from"),
        ({"from": "last week"}, "from"),
        ({"from": "2026-02-30T00:00:00Z"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"to": "\x00"}, "to"),
        ({"resolution": "minute"}, "resolution"),
        ({"resolution": "RAW"}, "resolution"),
    ],
)
def test_names_what_is_wrong_with_the_range(
    viewer: APIClient, three_prices: Offer, query: dict[str, str], field: str
) -> None:
    for path in ("history/shop/1", f"products/{three_prices.product_id}/history"):
        assert_problem(viewer.get(f"{API}/{path}", query), 400, code="invalid", names=field)


def test_days_have_low_high_average_and_the_last_price(
    viewer: APIClient, three_prices: Offer
) -> None:
    body = read(viewer, resolution="day")

    assert body["resolution"] == "day"
    assert [
        (point["at"][:10], point["low"], point["high"], point["average"], point["amount"])
        for point in body["points"]
    ] == [
        ("2026-03-11", "10.00", "10.00", "10.00", "10.00"),
        ("2026-03-12", "10.00", "10.00", "10.00", "10.00"),
        ("2026-03-13", "10.00", "16.00", "13.00", "16.00"),
        ("2026-03-14", "13.00", "16.00", "14.50", "13.00"),
        ("2026-03-15", "13.00", "13.00", "13.00", "13.00"),
    ]


def test_hours_begin_on_the_hour(viewer: APIClient, clock: Clock) -> None:
    sell(amount="10", at=at(14, 9) + timedelta(minutes=30))
    sell(amount="20", at=at(14, 10) + timedelta(minutes=45))
    clock(at(14, 12))

    body = read(viewer, resolution="hour")

    assert [(one["at"], one["amount"], one["average"]) for one in body["points"]] == [
        ("2026-03-14T09:00:00Z", "10.00", "10.00"),
        ("2026-03-14T10:00:00Z", "20.00", "12.50"),
        ("2026-03-14T11:00:00Z", "20.00", "20.00"),
    ]


def test_weeks_begin_on_monday(viewer: APIClient, three_prices: Offer) -> None:
    body = read(viewer, resolution="week")

    assert points(body) == [("2026-03-09T00:00:00Z", "13.00")]


def moving(count: int, step: timedelta) -> None:
    """Let one offer change its price so many times, the last time one step before noon."""
    for number in range(count):
        amount = Decimal(10 + number % 2)
        one = Quote(external_id="1", name="Thing", amount=amount, currency="EUR")
        Recording(provider_id=provider("shop").pk).record([one], at=NOON - step * (count - number))


@pytest.mark.parametrize(
    ("step", "asked", "resolution"),
    [
        (HOUR, "auto", "raw"),
        (HOUR, "raw", "raw"),
        (HOUR, "hour", "hour"),
        (days(1), "hour", "hour"),
        (days(10), "hour", "day"),
        (days(10), "auto", "raw"),
        (days(100), "day", "week"),
        (days(100), "hour", "week"),
    ],
)
def test_a_resolution_that_is_too_fine_gives_way(
    viewer: APIClient, clock: Clock, step: timedelta, asked: str, resolution: str
) -> None:
    moving(30, step)
    clock(NOON)

    body = read(viewer, resolution=asked)

    assert body["resolution"] == resolution
    assert 0 < len(body["points"]) <= 2000


def test_never_more_than_two_thousand_points(viewer: APIClient, clock: Clock) -> None:
    moving(2001, timedelta(minutes=1))
    clock(NOON)

    for asked in ("auto", "raw"):
        body = read(viewer, resolution=asked)
        assert (body["resolution"], len(body["points"])) == ("hour", 34)
    last = read(viewer, **{"from": (NOON - timedelta(minutes=2000)).isoformat()})
    assert (last["resolution"], len(last["points"])) == ("raw", 2000)


def test_shows_when_nobody_looked(viewer: APIClient, three_prices: Offer) -> None:
    checked(at(10), at(12))
    checked(at(13), at(14))
    checked(at(14, 18), at(15))

    assert gaps(read(viewer)) == [
        ("2026-03-12T12:00:00Z", "2026-03-13T12:00:00Z", "not_checked"),
        ("2026-03-14T12:00:00Z", "2026-03-14T18:00:00Z", "not_checked"),
    ]
    # A gap that began before the range, and one that ends after it, are cut.
    body = read(viewer, **{"from": "2026-03-13T00:00:00Z", "to": "2026-03-14T15:00:00Z"})
    assert gaps(body) == [
        ("2026-03-13T00:00:00Z", "2026-03-13T12:00:00Z", "not_checked"),
        ("2026-03-14T12:00:00Z", "2026-03-14T15:00:00Z", "not_checked"),
    ]


def test_shows_that_nobody_has_looked_since(viewer: APIClient, three_prices: Offer) -> None:
    Provider.objects.update(interval_minutes=60)
    checked(at(11), at(15) - timedelta(minutes=150))
    assert gaps(read(viewer)) == []
    CheckedSpan.objects.update(ended_at=at(15) - timedelta(minutes=151))

    assert gaps(read(viewer)) == [("2026-03-15T09:29:00Z", "2026-03-15T12:00:00Z", "not_checked")]


def test_shows_when_the_shop_did_not_list_it(viewer: APIClient, clock: Clock) -> None:
    for external_id in ("1", "2"):
        sell("shop", external_id, "10", at=at(10))
    for when, ids in ((at(11), ["2"]), (at(13), ["1", "2"]), (at(14), ["2"])):
        recording = Recording(provider_id=provider("shop").pk)
        quotes = [
            Quote(
                external_id=external_id,
                name=f"Thing {external_id}",
                amount=Decimal(10),
                currency="EUR",
                availability=Availability.IN_STOCK,
            )
            for external_id in ids
        ]
        recording.record(quotes, at=when)
        recording.finish(at=when, whole_catalogue=True, span_gap=days(5))
    Provider.objects.update(interval_minutes=1440)
    clock(at(15))

    assert gaps(read(viewer)) == [
        ("2026-03-11T12:00:00Z", "2026-03-13T12:00:00Z", "missing"),
        ("2026-03-14T12:00:00Z", "2026-03-15T12:00:00Z", "missing"),
    ]
    assert gaps(read(viewer, "history/shop/2")) == []
    body = read(viewer, to="2026-03-12T00:00:00Z")
    assert gaps(body) == [("2026-03-11T12:00:00Z", "2026-03-12T00:00:00Z", "missing")]


def test_the_all_time_low_is_older_than_the_range(viewer: APIClient, clock: Clock) -> None:
    for amount, ago in (("20", 300), ("5", 200), ("30", 100)):
        sell(amount=amount, at=NOON - days(ago))
    clock(NOON)

    statistics = read(viewer, **{"from": (NOON - days(30)).isoformat()})["statistics"]

    assert (statistics["low"], statistics["high"]) == ("30.00", "30.00")
    assert statistics["all_time_low"] == "5.00"
    assert statistics["all_time_low_at"] == (NOON - days(200)).isoformat().replace("+00:00", "Z")


def test_figures_never_mix_currencies(viewer: APIClient, clock: Clock) -> None:
    sell(amount="1", currency="USD", at=at(10))
    sell(amount="900", currency="JPY", at=at(12))
    sell(amount="1000", currency="JPY", at=at(14))
    clock(at(15))

    body = read(viewer)

    assert [(one["amount"], one["currency"]) for one in body["points"]] == [
        ("1.00", "USD"),
        ("900", "JPY"),
        ("1000", "JPY"),
    ]
    statistics = body["statistics"]
    assert (statistics["low"], statistics["high"], statistics["currency"]) == ("900", "1000", "JPY")
    assert statistics["average"] == "933.3333"  # two days of 900, one of 1,000


def test_stock_is_part_of_the_history(viewer: APIClient, clock: Clock) -> None:
    sell(amount="10", list_amount=Decimal(12), at=at(10))
    sell(amount="10", at=at(11), availability=Availability.OUT_OF_STOCK)
    clock(at(12))

    assert [
        (one["amount"], one["list_amount"], one["availability"]) for one in read(viewer)["points"]
    ] == [("10.00", "12.00", "in_stock"), ("10.00", None, "out_of_stock")]


@pytest.mark.parametrize(
    "external_id",
    [
        *("a/b/c", "/leading", "trailing/", "a//b", "with space", "größe/日本", "what?", "a#b"),
        *("100%", "50%25", "a;b,c", "a+b", "a&b=c", "..", "../../etc/passwd", "a\\b"),
        *("'; DROP TABLE x; --", "<script>", "x" * 255),
    ],
)
def test_an_external_id_may_be_anything(viewer: APIClient, external_id: str) -> None:
    sell("shop", external_id, "10")
    sell("shop", "other", "20")

    body = read(viewer, f"history/shop/{quote(external_id, safe='')}")

    assert body["offer"]["external_id"] == external_id
    assert body["points"][0]["amount"] == "10.00"


def test_says_which_part_is_unknown(viewer: APIClient) -> None:
    sell("shop", "1")
    sell("other", "2")

    platform = assert_problem(viewer.get(f"{API}/history/nowhere/1"), 404, code="not_found")
    offer = assert_problem(viewer.get(f"{API}/history/shop/2"), 404, code="not_found")

    assert platform["detail"] == "There is no platform 'nowhere'."
    assert offer["detail"] == "Platform 'shop' has no offer '2'."
    for path in ("history/Shop/1", "history/shop/%00", "history/%00/1", "history/shop/1/2"):
        assert_problem(viewer.get(f"{API}/{path}"), 404)
    long = assert_problem(viewer.get(f"{API}/history/shop/{'x' * 5000}"), 404)
    assert len(long["detail"]) < 200


def test_a_product_has_a_history_per_offer(viewer: APIClient, clock: Clock) -> None:
    one = sell("one", "a", "10", gtin=GTIN, name="Pen", at=at(10))
    sell("two", "b", "9", gtin=GTIN, name="Pen", at=at(12))
    sell("two", "b", "8", gtin=GTIN, name="Pen", at=at(14))
    clock(at(15))

    body = read(viewer, f"products/{one.product_id}/history")

    assert (body["product"]["id"], body["product"]["best_amount"]) == (one.product_id, "8.00")
    first, second = body["histories"]
    assert [(part["offer"]["provider"]["slug"], part["start"]) for part in (first, second)] == [
        ("one", "2026-03-10T12:00:00Z"),
        ("two", "2026-03-10T12:00:00Z"),
    ]
    assert [amount for _, amount in points(second)] == ["9.00", "8.00"]
    assert second["statistics"]["average"] == "8.6667"  # two days of 9, one of 8
    assert read(viewer, "history/two/b")["points"] == second["points"]


def test_takes_as_many_queries_for_many_offers_as_for_one(viewer: APIClient) -> None:
    product = sell("shop0", gtin=GTIN).product_id

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(f"{API}/{path}").status_code == 200
        return len(captured)

    before = queries(f"products/{product}/history")
    for number in range(1, 25):
        sell(f"shop{number}", gtin=GTIN)
        sell(f"shop{number}", amount="5", gtin=GTIN, at=NOON + HOUR)

    # user, product, offers, the first price, points in two, spans, absences
    assert queries(f"products/{product}/history") == before == 8
    assert queries("history/shop1/1") == 8
