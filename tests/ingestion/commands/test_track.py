"""`manage.py track`."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ingestion.models import Provider
from prices.models import Offer, Price
from tests.commands import call

pytestmark = pytest.mark.django_db


def test_stores_one_price_under_a_new_platform() -> None:
    done = call(
        *("track", "corner-shop", "4711", "12.90", "--currency", "EUR", "--name", "Blue lamp"),
        *("--url", "https://corner.example/4711", "--availability", "in_stock"),
        *("--observed-at", "2026-11-01T09:30+01:00"),
    )

    assert (done.code, done.lines) == (0, ["new: corner-shop/4711 12.90 EUR"])
    assert Provider.objects.get().kind == "push"
    offer = Offer.objects.get()
    assert (offer.external_id, offer.name, offer.url) == (
        "4711",
        "Blue lamp",
        "https://corner.example/4711",
    )
    price = Price.objects.get()
    assert (price.amount, price.currency, price.availability, price.origin) == (
        Decimal("12.9"),
        "EUR",
        "in_stock",
        "push",
    )
    assert price.started_at == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_says_what_each_push_came_to() -> None:
    first = call("track", "shop", "1", "10", "--currency", "EUR")
    same = call("track", "shop", "1", "10.00", "--currency", "EUR")
    lower = call("track", "shop", "1", "9.5", "--currency", "EUR")
    older = call("track", "shop", "1", "8", "--observed-at", "2020-01-01")

    assert [done.out.partition(":")[0] for done in (first, same, lower, older)] == [
        "new",
        "unchanged",
        "changed",
        "outdated",
    ]
    assert sorted(Price.objects.values_list("amount", flat=True)) == [Decimal("9.5"), Decimal(10)]


def test_an_unstated_currency_stays_unknown() -> None:
    assert call("track", "shop", "1", "10").lines == ["new: shop/1 10.00 (currency unknown)"]
    assert Price.objects.get().currency is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Corner Shop", "1", "10"], "platform: use a-z, 0-9, hyphens and underscores"),
        (["x" * 65, "1", "10"], "platform: has more than 64 characters"),
        (["shop", "", "10"], "external_id: has no identifier"),
        (["shop", "1", "0"], "price: a price of zero is not stored"),
        (["shop", "1", "-5"], "price: not a price: '-5'"),
        (["shop", "1", "12,90"], "price: not a price: '12,90'; send a number or a text such as"),
        (["shop", "1", "NaN"], "price: not a price: 'NaN'"),
        (["shop", "1", "10", "--currency", "euro"], "currency: An ISO 4217 code, for example EUR."),
        (["shop", "1", "10", "--url", "javascript:alert(1)"], "url: must begin with http://"),
        (["shop", "1", "10", "--availability", "maybe"], "invalid choice: 'maybe'"),
        (["shop", "1", "10", "--observed-at", "yesterday"], "'yesterday' is neither a day"),
        (["shop", "1", "10", "--observed-at", "2999-01-01"], "observed_at: is in the future"),
        (["shop", "1", "10", "--name", "n" * 501], "name: has more than 500 characters"),
    ],
)
def test_refuses_what_cannot_be_stored_and_stores_nothing(
    arguments: list[str], message: str
) -> None:
    done = call("track", *arguments)

    assert message in done.err
    assert done.code != 0
    assert done.out == ""
    assert not Provider.objects.exists()
    assert not Price.objects.exists()
