"""`manage.py provider`, but for `check`."""

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ingestion import runs
from ingestion.models import Provider, Trigger
from prices.models import Offer, Product
from tests.commands import call
from tests.ingestion.conftest import Reply, Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]


def dummyjson(path: str) -> Reply:
    if not path.startswith("/products"):
        return 200, {}, b"<title>Blue Lamps | Home</title>"
    products = [{"id": 7, "title": "Lamp", "price": 12.9, "availabilityStatus": "In Stock"}]
    return 200, {}, json.dumps({"products": products, "total": 1}).encode()


@pytest.fixture
def lamps(shop: Shop, list_adapter: type) -> Shop:
    shop.reply = dummyjson
    return shop


def test_add_finds_out_what_an_address_is_shows_it_and_saves_it(lamps: Shop) -> None:
    done = call("provider", "add", f"{lamps.url}/products")

    assert done.code == 0, done.err
    provider = Provider.objects.get()
    assert (provider.slug, provider.name, provider.kind) == (
        "blue-lamps",
        "Blue Lamps",
        "dummyjson",
    )
    assert (provider.url, provider.currency, provider.enabled) == (
        f"{lamps.url}/products",
        None,
        True,
    )
    assert f"Blue Lamps: DummyJSON at {lamps.url}/products" in done.out
    assert "7   Lamp   12.90  –         in_stock" in done.out
    assert "Saved as blue-lamps." in done.out
    assert not Offer.objects.exists()


def test_add_takes_name_kind_currency_and_interval(lamps: Shop) -> None:
    done = call(
        *("provider", "add", lamps.url, "--name", "Käse & Co", "--kind", "dummyjson"),
        *("--currency", "EUR", "--interval", "30"),
    )

    assert done.code == 0, done.err
    provider = Provider.objects.get(slug="kase-co")
    assert (provider.name, provider.currency, provider.interval_minutes) == ("Käse & Co", "EUR", 30)


def test_add_refuses_what_is_there_already(lamps: Shop) -> None:
    call("provider", "add", f"{lamps.url}/products")

    done = call("provider", "add", f"{lamps.url}/products")

    assert (done.code, Provider.objects.count()) == (2, 1)
    assert done.err == "It is there already, as blue-lamps. Nothing was saved."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shop.example"], "Begin it with https://"),
        (["ftp://shop.example"], "only http:// and https://"),
        (["https://user:word@shop.example"], "must not hold a user name or password"),
        (["https://shop.example", "--currency", "euro"], "ISO 4217 code such as EUR"),
        (["https://shop.example", "--kind", "push"], "invalid choice: 'push'"),
        (["https://shop.example", "--interval", "often"], "invalid int value: 'often'"),
        ([], "the following arguments are required: URL"),
    ],
)
def test_add_refuses_wrong_use_and_asks_nobody(
    arguments: list[str], message: str, lamps: Shop
) -> None:
    done = call("provider", "add", *arguments)

    assert message in done.err
    assert done.code != 0
    assert lamps.asked == []
    assert not Provider.objects.exists()


def test_add_refuses_an_interval_beyond_a_week(lamps: Shop) -> None:
    done = call("provider", "add", f"{lamps.url}/products", "--interval", "20000")

    assert (done.code, Provider.objects.count()) == (2, 0)
    assert "10080" in done.err


def test_add_says_what_was_tried_when_nothing_fits(lamps: Shop) -> None:
    lamps.reply = lambda path: (404, {}, b"")

    done = call("provider", "add", lamps.url)

    assert (done.code, done.out, Provider.objects.count()) == (1, "", 0)
    assert "no prices found. Tried: Shopify storefront at" in done.err
    assert "the server answered 404" in done.err


def test_add_refuses_an_address_that_may_not_be_reached(lamps: Shop, settings: Any) -> None:
    settings.ALLOWED_PRIVATE_NETWORKS = ()

    done = call("provider", "add", lamps.url)

    assert (done.code, lamps.asked, Provider.objects.count()) == (1, [], 0)
    assert "PRICESTREAM_ALLOW_PRIVATE_NETWORKS" in done.err


def test_list_helps_when_there_is_none() -> None:
    done = call("provider", "list")

    assert (done.code, done.out) == (0, "")
    assert "manage.py provider add URL" in done.err


def test_list_shows_how_each_fares(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("well", url=f"{shop.url}/well")
    make_provider("ill", url=f"{shop.url}/ill")
    make_provider("off", enabled=False)
    well = pages(items(3))
    shop.reply = lambda path: well(path) if path.startswith("/well") else (404, {}, b"")
    call("ingest")
    Provider.objects.filter(slug="ill").update(
        failures_in_a_row=5, not_before=timezone.now() + timedelta(hours=2)
    )

    done = call("provider", "list")

    assert done.code == 0
    cells = {line.split()[0]: " ".join(line.split()[1:]) for line in done.lines[1:]}
    assert cells["well"] == "well list ok 3 100% seconds ago in 9 minutes –"
    assert cells["ill"] == "ill list circuit open 0 0% – in 9 minutes http_status"
    assert cells["off"] == "off list disabled 0 – – – –"


def test_list_asks_the_database_as_often_for_many_as_for_one(
    make_provider: MakeProvider, django_assert_num_queries: Any
) -> None:
    for count in (1, 9):
        for _ in range(count):
            make_provider(f"p{Provider.objects.count()}")
        with django_assert_num_queries(3):  # the providers; their newest provider runs, in two
            assert call("provider", "list").code == 0


def test_list_as_json_says_what_the_api_says(make_provider: MakeProvider) -> None:
    make_provider("one", url="https://one.example", currency="EUR")
    make_provider("two", url="https://two.example")

    done = call("provider", "list", "--json")

    first, second = map(json.loads, done.lines)
    assert (first["slug"], first["currency"], second["currency"]) == ("one", "EUR", None)
    assert first["health"] == {
        "circuit": "closed",
        "success_rate": None,
        "p50_duration_s": None,
        "p95_duration_s": None,
        "freshness_s": None,
    }


def test_disable_and_enable(make_provider: MakeProvider) -> None:
    make_provider("one", next_due_at=timezone.now() + timedelta(hours=1))
    make_provider("two")

    assert call("provider", "disable", "one", "two").lines == [
        "one is disabled",
        "two is disabled",
    ]
    assert not runs.fetched_providers().exists()

    assert call("provider", "enable", "one").lines == ["one is enabled"]
    assert [provider.slug for provider in runs.due_providers(timezone.now())] == ["one"]


def test_disable_changes_nothing_when_one_name_is_unknown(make_provider: MakeProvider) -> None:
    make_provider("one")

    done = call("provider", "disable", "one", "tow")

    assert done.code == 2
    assert "there is no provider tow" in done.err
    assert Provider.objects.get().enabled


def test_remove_takes_offers_and_history_with_it(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("kept", url=f"{shop.url}/kept")
    make_provider("gone", url=f"{shop.url}/gone")
    shop.reply = pages(items(3))
    call("ingest")

    done = call("provider", "remove", "gone", "--yes")

    assert done.lines == ["gone is removed, with 3 offers and their history"]
    assert list(Provider.objects.values_list("slug", flat=True)) == ["kept"]
    assert (Offer.objects.count(), Product.objects.count()) == (3, 3)


def test_remove_wants_to_be_sure(make_provider: MakeProvider) -> None:
    make_provider("shop")

    done = call("provider", "remove", "shop")

    assert (done.code, Provider.objects.count()) == (2, 1)
    assert "Say so with --yes." in done.err


@pytest.mark.parametrize(("typed", "code", "left"), [("shop\n", 0, 0), ("yes\n", 1, 1)])
def test_remove_asks_for_the_name_on_a_terminal(
    typed: str,
    code: int,
    left: int,
    make_provider: MakeProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    make_provider("shop")
    monkeypatch.setattr(sys, "stdin", Terminal(typed))

    assert call("provider", "remove", "shop").code == code
    assert Provider.objects.count() == left


def test_remove_refuses_what_is_being_read(make_provider: MakeProvider) -> None:
    provider = make_provider("shop")
    runs.create_run(trigger=Trigger.API, providers=[provider], now=timezone.now())

    done = call("provider", "remove", "shop", "--yes")

    assert (done.code, Provider.objects.count()) == (2, 1)
    assert done.err.startswith("already being read: shop")
