"""GET products and products/{id}."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from prices.models import Product
from prices.types import Availability
from tests.api.conftest import API, NOON, Clock, assert_problem, days, product_of, sell

pytestmark = pytest.mark.django_db


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()["results"]]


def queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_shows_the_best_price_that_can_be_bought_and_where(viewer: APIClient, clock: Clock) -> None:
    gtin = "04006381333931"
    sell("dear", "a", "20.00", gtin=gtin, name="Pen")
    sell("cheap", "b", "9.90", gtin=gtin, name="Pen")
    sell("gone", "c", "5.00", gtin=gtin, name="Pen", availability=Availability.OUT_OF_STOCK)
    clock(NOON)

    body = viewer.get(f"{API}/products").json()

    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    one = body["results"][0]
    assert (one["name"], one["gtin"], one["offers_count"]) == ("Pen", gtin, 3)
    assert (one["best_amount"], one["best_currency"]) == ("9.90", "EUR")
    assert (one["best_provider"], one["availability"]) == ("cheap", "in_stock")
    assert one["providers"] == ["cheap", "dear", "gone"]
    assert one["sparkline"] == [{"at": "2026-03-15T12:00:00Z", "amount": "9.90"}]


def test_a_product_that_nobody_sells_now_has_no_best_price(viewer: APIClient) -> None:
    sell(availability=Availability.OUT_OF_STOCK)

    one = viewer.get(f"{API}/products").json()["results"][0]

    assert (one["best_amount"], one["best_currency"], one["best_provider"]) == (None, None, None)
    assert (one["availability"], one["change_percent"]) == ("out_of_stock", None)


def test_changes_compare_with_what_the_price_was_then(viewer: APIClient, clock: Clock) -> None:
    now = NOON
    sell(amount="50.00", at=now - days(40))
    sell(amount="40.00", at=now - days(20))  # held 30 days ago: 50
    sell(amount="25.00", at=now - days(3))  # held 7 days ago: 40
    sell(amount="20.00", at=now - days(0.5))  # held 24 hours ago: 25
    clock(now)

    one = viewer.get(f"{API}/products").json()["results"][0]

    assert (one["change_24h"], one["change_7d"], one["change_30d"]) == (
        "-20.00",
        "-50.00",
        "-60.00",
    )
    assert (one["best_amount"], one["change_percent"]) == ("20.00", "-20.00")
    assert [point["amount"] for point in one["sparkline"]] == ["50.00", "40.00", "25.00", "20.00"]


def test_a_change_to_the_instant_counts_as_held(viewer: APIClient, clock: Clock) -> None:
    sell(amount="10", at=NOON - days(1))
    sell(amount="11", at=NOON)
    clock(NOON)

    one = viewer.get(f"{API}/products").json()["results"][0]

    assert (one["change_24h"], one["change_7d"], one["change_30d"]) == ("10.00", None, None)


def test_a_change_of_currency_is_no_change_in_percent(viewer: APIClient, clock: Clock) -> None:
    sell(amount="10", currency="EUR", at=NOON - days(9))
    sell(amount="1000", currency="JPY", at=NOON - days(2))
    clock(NOON)

    one = viewer.get(f"{API}/products").json()["results"][0]

    assert (one["best_amount"], one["best_currency"]) == ("1000", "JPY")
    assert (one["change_24h"], one["change_7d"]) == ("0.00", None)


def test_a_sparkline_stays_short_however_often_the_price_moves(
    viewer: APIClient, clock: Clock
) -> None:
    for step in range(300):
        sell(amount=f"{10 + step % 7}", at=NOON - days(25) + days(step / 12))
    clock(NOON)

    sparkline = viewer.get(f"{API}/products").json()["results"][0]["sparkline"]

    assert 50 <= len(sparkline) <= 60
    assert sparkline[-1]["amount"] == f"{10 + 299 % 7}.00"
    assert sparkline == sorted(sparkline, key=lambda point: point["at"])


def test_orders_by_name_unless_asked(viewer: APIClient) -> None:
    for external_id, name in (("1", "Cup"), ("2", "Ant"), ("3", "Bee")):
        sell(external_id=external_id, name=name)

    assert names(viewer.get(f"{API}/products")) == ["Ant", "Bee", "Cup"]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("best_amount", ["Ant", "Bee", "Cup", "Sold out"]),
        ("-best_amount", ["Cup", "Bee", "Ant", "Sold out"]),
        ("-name", ["Sold out", "Cup", "Bee", "Ant"]),
        ("-changed_at", ["Sold out", "Bee", "Cup", "Ant"]),
        ("-change_percent", ["Bee", "Cup", "Ant", "Sold out"]),
        ("change_percent,-name", ["Bee", "Sold out", "Cup", "Ant"]),
        ("offers_count,name", ["Ant", "Bee", "Cup", "Sold out"]),
        ("", ["Ant", "Bee", "Cup", "Sold out"]),
    ],
)
def test_orders_by_what_is_declared_with_the_unknown_last(
    viewer: APIClient, ordering: str, expected: list[str]
) -> None:
    sell(external_id="1", name="Cup", amount="30", at=NOON + days(2))
    sell(external_id="2", name="Ant", amount="10", at=NOON + days(1))
    sell(external_id="3", name="Bee", amount="10", at=NOON)
    sell(external_id="3", name="Bee", amount="20", at=NOON + days(3))
    sell(
        external_id="4",
        name="Sold out",
        at=NOON + days(4),
        availability=Availability.OUT_OF_STOCK,
    )

    assert names(viewer.get(f"{API}/products", {"ordering": ordering})) == expected


@pytest.mark.parametrize(
    "ordering", ["price", "id", "name,secret", "offers__provider", "?", "\x00"]
)
def test_refuses_an_order_that_is_not_declared(viewer: APIClient, ordering: str) -> None:
    assert_problem(viewer.get(f"{API}/products", {"ordering": ordering}), 400, names="ordering")


def test_pages_hold_each_product_once_also_when_all_are_equal(viewer: APIClient) -> None:
    for number in range(25):
        sell(external_id=str(number), name="Same", amount="5")

    seen: list[int] = []
    path: str | None = f"{API}/products?ordering=best_amount&page_size=10"
    while path:
        body = viewer.get(path).json()
        seen += [one["id"] for one in body["results"]]
        path = body["next"]

    assert len(seen) == 25
    assert sorted(seen) == sorted(Product.objects.values_list("pk", flat=True))


def test_filters_by_platform(viewer: APIClient) -> None:
    gtin = "04006381333931"
    sell("one", "a", name="Only one")
    sell("two", "b", name="Both", gtin=gtin)
    sell("one", "c", name="Both", gtin=gtin)
    sell("two", "d", name="Only two")

    assert names(viewer.get(f"{API}/products?platform=one")) == ["Both", "Only one"]
    assert names(viewer.get(f"{API}/products?platform=two&q=only")) == ["Only two"]


@pytest.mark.parametrize("platform", ["nowhere", "\x00", "a" * 10_000, "' OR 1=1 --"])
def test_refuses_a_platform_that_does_not_exist(viewer: APIClient, platform: str) -> None:
    sell("one")

    assert_problem(viewer.get(f"{API}/products", {"platform": platform}), 400, names="platform")


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("coffee", ["Coffee 100% Arabica", "Iced coffee_to_go"]),
        ("COFFEE arabica", ["Coffee 100% Arabica"]),
        ("%", ["Coffee 100% Arabica"]),
        ("_", ["Iced coffee_to_go"]),
        ("\\", ["Back\\slash"]),
        ("4006381333931", ["Pen"]),
        ("stabilo", ["Pen"]),
        ("a-7", ["Pen"]),
        ("'", ["Rock'n'roll"]),
        ("käse", ["Käse"]),
        ("KÄSE", ["Käse"]),
        ("nothing such", []),
        ("  ", None),
    ],
)
def test_searches_names_brands_and_numbers_as_they_are_typed(
    viewer: APIClient, q: str, expected: list[str] | None
) -> None:
    for number, name in enumerate(
        ["Coffee 100% Arabica", "Iced coffee_to_go", "Back\\slash", "Rock'n'roll", "Käse"]
    ):
        sell(external_id=str(number), name=name)
    sell(external_id="pen", name="Pen", brand="Stabilo", gtin="04006381333931", mpn="A-7")

    found = names(viewer.get(f"{API}/products", {"q": q}))

    assert found == (expected if expected is not None else found)
    assert len(found) == (6 if expected is None else len(expected))


@pytest.mark.parametrize("q", ["\x00", "a\x00b", "x" * 10_240])
def test_refuses_a_search_that_is_none(viewer: APIClient, q: str) -> None:
    assert_problem(viewer.get(f"{API}/products", {"q": q}), 400, names="q")


def test_a_search_of_many_words_is_answered(viewer: APIClient) -> None:
    sell(name="a b c")

    assert names(viewer.get(f"{API}/products", {"q": "a b c " * 30})) == ["a b c"]


def test_makes_as_many_queries_for_many_products_as_for_one(viewer: APIClient) -> None:
    sell("one", "0", "5")
    path = f"{API}/products?page_size=100&q=thing&ordering=-best_amount&platform=one"
    before = queries(viewer, path)
    for number in range(1, 40):
        sell("one", str(number), "5")
        sell("one", str(number), "6", at=NOON + days(1))
    sell("two", "x")

    assert queries(viewer, path) == before
    # user, platform, count, page, offers of the page, their points in two
    assert before == 7


def test_one_product_shows_its_offers_side_by_side(viewer: APIClient) -> None:
    gtin = "04006381333931"
    best = sell("cheap", "b/1", "9.90", gtin=gtin, name="Pen", url="https://cheap.example/pen")
    sell("dear", "a", "20.00", gtin=gtin, name="Pen")
    sell("gone", "c", "5.00", gtin=gtin, name="Pen", availability=Availability.OUT_OF_STOCK)
    sell("abroad", "d", "1.00", gtin=gtin, name="Pen", currency="USD")

    body = viewer.get(f"{API}/products/{best.product_id}").json()

    assert (body["name"], body["best_offer_id"], body["offers_count"]) == ("Pen", best.pk, 4)
    assert [offer["provider"]["slug"] for offer in body["offers"]] == [
        "cheap",
        "dear",
        "abroad",
        "gone",
    ]
    first = body["offers"][0]
    assert first["provider"] == {"slug": "cheap", "name": "Cheap", "is_demo": False}
    assert (first["external_id"], first["url"]) == ("b/1", "https://cheap.example/pen")
    assert (first["amount"], first["currency"], first["availability"]) == (
        "9.90",
        "EUR",
        "in_stock",
    )
    assert (first["low_amount"], first["high_amount"]) == ("9.90", "9.90")
    assert first["since"] == first["first_seen_at"] == "2026-03-15T12:00:00Z"


def test_amounts_have_the_decimals_of_their_currency(viewer: APIClient) -> None:
    yen = sell(external_id="y", amount="1200", currency="JPY")
    dinar = sell(external_id="d", amount="1.25", currency="KWD")
    unknown = sell(external_id="u", amount="3", currency=None)
    fuel = sell(external_id="f", amount="1.599", currency="EUR")

    shown = [
        viewer.get(f"{API}/products/{offer.product_id}").json()["offers"][0]["amount"]
        for offer in (yen, dinar, unknown, fuel)
    ]

    assert shown == ["1200", "1.250", "3.00", "1.599"]
    assert viewer.get(f"{API}/products/{unknown.product_id}").json()["best_currency"] is None


def test_one_product_takes_as_many_queries_however_many_offers(viewer: APIClient) -> None:
    gtin = "04006381333931"
    product = product_of(sell("shop0", gtin=gtin))
    before = queries(viewer, f"{API}/products/{product.pk}")
    for number in range(1, 20):
        sell(f"shop{number}", gtin=gtin)

    assert queries(viewer, f"{API}/products/{product.pk}") == before == 3


@pytest.mark.parametrize("key", ["999", "0", "99999999999999999999999", "9" * 5000])
def test_there_is_no_such_product(viewer: APIClient, key: str) -> None:
    assert_problem(viewer.get(f"{API}/products/{key}"), 404)
    assert_problem(viewer.get(f"{API}/products/{key}/history"), 404)


def test_products_are_read_only(admin: APIClient) -> None:
    offer = sell()
    for path in (f"{API}/products", f"{API}/products/{offer.product_id}"):
        for method in ("post", "put", "patch", "delete"):
            assert_problem(getattr(admin, method)(path), 405, code="method_not_allowed")
    assert Product.objects.count() == 1
