"""POST track: prices that others push."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from ingestion.models import Provider, PushedRequest
from prices.models import Offer, Price, Product
from tests.api.conftest import API, NOON, Clock, assert_problem, days, sell

pytestmark = pytest.mark.django_db

LAMP = {"platform": "acme", "external_id": "lamp-1", "price": "12.90", "currency": "EUR"}


def track(client: APIClient, body: Any, **headers: str) -> Any:
    return client.post(f"{API}/track", body, format="json", **headers)


def raw(client: APIClient, body: str) -> Any:
    return client.post(f"{API}/track", body, content_type="application/json")


def item(**fields: Any) -> dict[str, Any]:
    return {**LAMP, **fields}


def history() -> list[Any]:
    return list(Price.objects.order_by("started_at").values_list("started_at", "amount"))


def assert_nothing_stored() -> None:
    for model in (Provider, Offer, Price, Product):
        assert not model.objects.exists()


def test_stores_a_price_and_says_that_it_is_new(admin: APIClient, clock: Clock) -> None:
    clock(NOON)

    response = track(
        admin, item(name="Lamp", url="https://acme.example/lamp", availability="in_stock")
    )

    assert response.status_code == 201
    assert response.json() == {
        "platform": "acme",
        "external_id": "lamp-1",
        "price": "12.90",
        "currency": "EUR",
        "result": "new",
    }
    assert (Provider.objects.get().slug, Provider.objects.get().kind) == ("acme", "push")
    offer = Offer.objects.get()
    assert (offer.name, offer.url) == ("Lamp", "https://acme.example/lamp")
    assert (offer.amount, offer.currency) == (Decimal("12.9"), "EUR")
    assert offer.availability == "in_stock"
    price = Price.objects.get()
    assert (price.started_at, price.origin, price.provider_run_id) == (NOON, "push", None)


def test_says_what_each_repeat_comes_to(admin: APIClient) -> None:
    results = [
        track(admin, item(price=price)).json()["result"]
        for price in ("12.90", "12.90", 12.9, "11.00", 11)
    ]

    assert results == ["new", "unchanged", "unchanged", "changed", "unchanged"]
    assert [amount for _, amount in history()] == [Decimal("12.9"), Decimal(11)]


@pytest.mark.parametrize(
    ("price", "stored", "shown"),
    [
        ("12.90", "12.9", "12.90"),
        (12.9, "12.9", "12.90"),
        (12, "12", "12.00"),
        ("0.001", "0.001", "0.001"),
        ("  7.5 ", "7.5", "7.50"),
        ("007", "7", "7.00"),
        (1e-4, "0.0001", "0.0001"),
        (0.1 + 0.2, "0.3", "0.30"),
        ("1.23456", "1.2346", "1.2346"),
        ("99999999999.9999", "99999999999.9999", "99999999999.9999"),
    ],
)
def test_takes_numbers_and_texts_with_a_point(
    admin: APIClient, price: Any, stored: str, shown: str
) -> None:
    assert track(admin, item(price=price)).json()["price"] == shown
    assert Offer.objects.get().amount == Decimal(stored)


@pytest.mark.parametrize(
    "price",
    [
        *("0", 0, 0.0, -0.0, "0.00001", 1e-300, -5, "-5", "+5"),
        *("1,299", "12,90", "1 299", "1_000", "1e3", "12.", ".5", "12.90 EUR", "€ 5", "٣"),
        *("NaN", "Infinity", "", "free", "\x00", True, False, None),
        *([], ["1"], {}, {"amount": "1"}),
        *(10**11, 10**400, "100000000000", 1e308, "1" * 1000),
    ],
)
def test_refuses_what_is_no_price_above_zero(admin: APIClient, price: Any) -> None:
    problem = assert_problem(track(admin, item(price=price)), 400, code="invalid", names="price")

    assert problem["errors"]["index"] == 0
    assert_nothing_stored()


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
def test_refuses_numbers_that_are_none(admin: APIClient, price: str) -> None:
    body = json.dumps(LAMP).replace('"12.90"', price)

    assert_problem(raw(admin, body), 400, code="parse_error")
    assert_nothing_stored()


WRONG = {
    "platform": (
        *(None, "", "Acme Shop", "ACME", "a/b", "-a", "x" * 65, "a\x00", ["acme"]),
        *("detect", "add"),
    ),
    "external_id": (None, "", "   ", "x" * 256, "a\x00b", "\u202e", True, {"id": 1}),
    "currency": ("EURO", "XYZ", "€", "", 978),
    "name": ("x" * 501, "a\x00", ["Lamp"]),
    "url": (
        "acme.example/lamp",
        "javascript:alert(1)",
        "https://acme.example/" + "x" * 2048,
        "https://acme.example/a b",
        "https://acme.example/\x00",
    ),
    "availability": ("sold out", "", 1),
    "observed_at": (
        *("yesterday", "", 5, "2999-01-01T00:00:00Z", "1999-12-31T23:59:59Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ),
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in WRONG.items() for value in values]
)
def test_names_the_field_and_the_index(admin: APIClient, field: str, value: Any) -> None:
    single = assert_problem(track(admin, item(**{field: value})), 400, names=field)
    assert set(single["errors"]) == {"index", field}

    batch = [item(external_id="good"), item(**{field: value})]
    problem = assert_problem(track(admin, batch), 400, names="items")

    (error,) = problem["errors"]["items"]
    assert set(error) == {"index", field}
    assert error["index"] == 1
    assert isinstance(error[field], list)
    assert_nothing_stored()


@pytest.mark.parametrize("missing", ["platform", "external_id", "price"])
def test_names_the_field_that_is_missing(admin: APIClient, missing: str) -> None:
    body = {name: value for name, value in LAMP.items() if name != missing}

    problem = assert_problem(track(admin, body), 400, names=missing)

    assert problem["errors"] == {"index": 0, missing: ["This field is required."]}


def test_names_every_item_that_is_refused_and_stores_none(admin: APIClient) -> None:
    batch = [item(external_id=str(number)) for number in range(5)]
    batch[1]["price"] = "0"
    batch[3] |= {"currency": "EURO", "price": "x"}

    problem = assert_problem(track(admin, batch), 400, names="items")

    assert [sorted(error) for error in problem["errors"]["items"]] == [
        ["index", "price"],
        ["currency", "index", "price"],
    ]
    assert [error["index"] for error in problem["errors"]["items"]] == [1, 3]
    assert_nothing_stored()


@pytest.mark.parametrize(
    "body",
    ["null", "5", '"x"', "true", "[null]", "[5]", "[[]]", '[["a"]]', "[{}, []]", '{"a": 1}', "{}"],
)
def test_refuses_a_body_of_another_shape(admin: APIClient, body: str) -> None:
    assert_problem(raw(admin, body), 400, code="invalid")
    assert_nothing_stored()


def test_a_list_has_one_to_a_thousand_items(admin: APIClient) -> None:
    batch = [item(external_id=str(number)) for number in range(1001)]

    for wrong in ([], batch):
        problem = assert_problem(track(admin, wrong), 400, names="items")
        assert problem["errors"]["items"] == ["A list has 1 to 1000 items."]
    assert_nothing_stored()

    answers = track(admin, batch[:1000])
    assert answers.status_code == 201
    assert Counter(answer["result"] for answer in answers.json()) == {"new": 1000}
    assert Offer.objects.count() == 1000


def test_a_list_is_answered_in_its_order(admin: APIClient) -> None:
    track(admin, [item(external_id="b", price="1"), item(external_id="c", price="1")])

    answers = track(
        admin,
        [
            item(external_id="c", price="2"),
            item(platform="other", external_id="b", price="3"),
            item(external_id="b", price="1"),
            item(external_id="a", price="4"),
        ],
    ).json()

    assert [(one["platform"], one["external_id"], one["result"]) for one in answers] == [
        ("acme", "c", "changed"),
        ("other", "b", "new"),
        ("acme", "b", "unchanged"),
        ("acme", "a", "new"),
    ]


def test_one_offer_several_times_in_a_list_is_stored_in_its_order(admin: APIClient) -> None:
    answers = track(admin, [item(price=price) for price in ("5", "6", "6", "7")]).json()

    assert [one["result"] for one in answers] == ["new", "changed", "unchanged", "changed"]
    assert [amount for _, amount in history()] == [5, 6, 7]
    assert Offer.objects.get().amount == 7


def test_a_history_may_come_in_any_order(admin: APIClient, clock: Clock) -> None:
    clock(NOON)
    batch = [
        item(price=str(price), observed_at=f"2026-03-{day:02}T08:00:00Z")
        for day, price in ((3, 30), (1, 10), (2, 20))
    ]

    answers = track(admin, batch).json()

    assert [one["result"] for one in answers] == ["changed", "new", "changed"]
    assert [(at.day, amount) for at, amount in history()] == [(1, 10), (2, 20), (3, 30)]
    assert Offer.objects.get().amount == 30


def test_an_older_price_than_the_newest_is_outdated(admin: APIClient, clock: Clock) -> None:
    clock(NOON)
    track(admin, item(price="10", observed_at="2026-03-10T00:00:00Z"))

    older = track(admin, item(price="9", observed_at="2026-03-09T23:59:59Z"))
    same = track(admin, item(price="10", observed_at="2026-03-10T00:00:00Z"))
    newer = track(admin, item(price="11", observed_at="2026-03-10T01:00:00+01:00"))

    assert (older.status_code, older.json()["result"]) == (201, "outdated")
    assert (same.json()["result"], newer.json()["result"]) == ("unchanged", "changed")
    assert [amount for _, amount in history()] == [10, 11]


def test_what_was_seen_later_to_be_unchanged_is_newer_too(admin: APIClient, clock: Clock) -> None:
    clock(NOON)
    track(admin, item(price="10", observed_at="2026-03-01T00:00:00Z"))
    track(admin, item(price="10", observed_at="2026-03-10T00:00:00Z"))

    answer = track(admin, item(price="12", observed_at="2026-03-05T00:00:00Z"))

    assert answer.json()["result"] == "outdated"
    assert Offer.objects.get().amount == 10


def test_a_clock_may_be_a_little_ahead(admin: APIClient, clock: Clock) -> None:
    clock(NOON)
    soon = (NOON + timedelta(minutes=4)).isoformat()
    late = (NOON + timedelta(minutes=6)).isoformat()

    assert track(admin, item(observed_at=soon)).status_code == 201
    problem = assert_problem(track(admin, item(observed_at=late)), 400, names="observed_at")
    assert problem["errors"]["observed_at"] == ["is in the future"]


def test_an_instant_without_a_zone_is_utc(admin: APIClient, clock: Clock) -> None:
    clock(NOON)

    track(admin, item(observed_at="2026-03-10T08:00:00"))

    assert Price.objects.get().started_at == NOON - days(5) - timedelta(hours=4)


@pytest.mark.parametrize("given", [{}, {"currency": None}])
def test_an_unknown_currency_is_null_and_never_assumed(admin: APIClient, given: Any) -> None:
    body = {name: value for name, value in LAMP.items() if name != "currency"} | given

    assert track(admin, body).json()["currency"] is None
    assert (Offer.objects.get().currency, Price.objects.get().currency) == (None, None)


def test_a_currency_is_taken_in_any_case(admin: APIClient) -> None:
    assert track(admin, item(currency="eur")).json()["currency"] == "EUR"


def test_what_a_push_does_not_say_stays(admin: APIClient) -> None:
    track(admin, item(name="Lamp", url="https://acme.example/lamp"))

    answer = track(admin, {"platform": "acme", "external_id": "lamp-1", "price": "9"})

    assert answer.json()["result"] == "changed"
    offer = Offer.objects.get()
    assert (offer.name, offer.url, offer.currency) == ("Lamp", "https://acme.example/lamp", "EUR")
    track(admin, item(name="Desk lamp", price="9", availability=None, observed_at=None))
    assert Offer.objects.get().name == "Desk lamp"


def test_identifiers_are_numbers_and_texts_of_any_script(admin: APIClient) -> None:
    ids = [123, "a/b c?d#e", "größe-m", "日本", "x" * 255, "e\u0301"]

    answers = track(admin, [item(external_id=one) for one in ids]).json()

    assert [one["external_id"] for one in answers] == ["123", *ids[1:5], "é"]
    assert Offer.objects.count() == len(ids)


def test_a_price_for_a_shop_that_is_read_holds_until_the_next_run(
    admin: APIClient, clock: Clock
) -> None:
    offer = sell("shop", "1", "10", gtin="04006381333931", brand="Acme")
    Provider.objects.filter(slug="shop").update(kind="shopify", last_success_at=NOON + days(1))
    clock(NOON + days(2))
    pushed = {"platform": "shop", "external_id": "1"}

    old = track(admin, {**pushed, "price": "8", "observed_at": NOON.isoformat()})
    new = track(admin, {**pushed, "price": "9"})

    assert (old.json()["result"], new.json()["result"]) == ("outdated", "changed")
    offer.refresh_from_db()
    assert (offer.amount, offer.currency) == (9, "EUR")
    assert (offer.gtin, offer.brand) == ("04006381333931", "Acme")
    assert Provider.objects.get().kind == "shopify"


def test_a_repeat_with_the_same_key_gets_the_first_answer(admin: APIClient) -> None:
    first = track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="k1")
    track(admin, item(price="99"))

    again = track(admin, dict(reversed(LAMP.items())), HTTP_IDEMPOTENCY_KEY="k1")

    assert (again.status_code, again.json()) == (201, first.json())
    assert Offer.objects.get().amount == 99
    assert Price.objects.count() == 2


def test_a_key_does_not_serve_for_another_body(admin: APIClient) -> None:
    track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="k1")

    response = track(admin, item(price="5"), HTTP_IDEMPOTENCY_KEY="k1")

    assert_problem(response, 400, names="Idempotency-Key")
    assert Offer.objects.get().amount == Decimal("12.9")


def test_a_key_is_a_users_own(admin: APIClient, permitted: Callable[..., APIClient]) -> None:
    olga = permitted("prices.add_price")
    track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="k1")

    assert track(olga, item(price="5"), HTTP_IDEMPOTENCY_KEY="k1").json()["result"] == "changed"


def test_a_refused_request_uses_up_no_key(admin: APIClient) -> None:
    assert_problem(track(admin, item(price="0"), HTTP_IDEMPOTENCY_KEY="k1"), 400)

    assert track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="k1").json()["result"] == "new"


def test_a_key_has_a_length_and_a_life(admin: APIClient) -> None:
    assert_problem(track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="x" * 256), 400, names="Idempotency-Key")
    assert_nothing_stored()
    track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="x" * 255)
    PushedRequest.objects.update(created_at=timezone.now() - timedelta(days=8))

    track(admin, LAMP, HTTP_IDEMPOTENCY_KEY="another")

    assert PushedRequest.objects.get().key == "another"


def together(
    client: APIClient, count: int, body: Callable[[int], Any], **headers: str
) -> list[Any]:
    """Send `count` requests at the same time and return the answers."""
    start = threading.Barrier(count)
    answers: list[Any] = []

    def send(number: int) -> None:
        try:
            own = APIClient(**client.defaults)
            start.wait()
            answers.append(track(own, body(number), **headers))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_requests_with_one_key_at_once_one_is_stored(admin: APIClient) -> None:
    answers = together(admin, 8, lambda number: LAMP, HTTP_IDEMPOTENCY_KEY="k1")

    assert [answer.status_code for answer in answers] == [201] * 8
    assert [answer.json()["result"] for answer in answers] == ["new"] * 8
    assert (Price.objects.count(), PushedRequest.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_new_offers_may_come_from_several_at_once(admin: APIClient) -> None:
    def batch(number: int) -> Any:
        rows = [
            item(platform=f"p{one % 3}", external_id=str(one), price=str(1 + number))
            for one in range(30)
        ]
        return rows if number % 2 else rows[::-1]

    answers = together(admin, 6, batch)

    assert [answer.status_code for answer in answers] == [201] * 6
    assert Offer.objects.count() == 30
    results = Counter(one["result"] for answer in answers for one in answer.json())
    assert results["new"] == 30
    assert Price.objects.count() == 30 + results["changed"]


def test_a_long_list_takes_as_many_queries_as_a_short_one(admin: APIClient) -> None:
    def selects(count: int, price: str) -> int:
        batch = [item(external_id=str(number), price=price) for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert track(admin, batch).status_code == 201
        return len([query for query in captured if query["sql"].startswith("SELECT")])

    selects(500, "1")

    assert selects(1, "2") == selects(500, "3") <= 12
