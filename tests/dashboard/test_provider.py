from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.demo.server import DemoServer
from ingestion.models import Provider
from prices.models import Offer, Price
from tests.dashboard.conftest import Page, ended_run, provider, queries_of, sell

SETTINGS = {"name": "Shop", "currency": "", "interval_minutes": ""}


def test_shows_health_and_the_last_runs(victor: Client) -> None:
    now = timezone.now()
    shop = provider("shop", offers_last_run=1200, last_success_at=now - timedelta(minutes=9))
    ended_run((shop, "Failed"), at=now - timedelta(hours=1))
    ended_run((shop, "Completed"), at=now - timedelta(minutes=9))

    page = Page(victor.get("/providers/shop/"))

    assert page.title == "Shop"
    assert page.all("dl.tiles dd") == [
        "ok",
        "50 %",
        "2.0 s p95 2.0 s",
        "1 200",
        "9 min ago",
        "next run",
    ]
    rows = page.rows("The last runs")
    assert [row[1] for row in rows if len(row) > 1] == ["Completed", "Failed"]
    assert rows[-1] == ["No answer. Try again later. timeout"]
    assert page.attributes('a[target="_blank"]', "rel") == ["noopener noreferrer"]


def test_settings_are_changed_in_place(alice: Client) -> None:
    provider("shop")

    answer = alice.post(
        "/providers/shop/", {"name": "New name", "currency": "chf", "interval_minutes": "45"}
    )

    assert answer["Location"] == "/providers/shop/"
    shop = Provider.objects.get()
    assert (shop.name, shop.currency, shop.interval_minutes) == ("New name", "CHF", 45)
    assert "Saved." in Page(alice.get("/providers/shop/")).text


def test_empty_settings_mean_that_the_shop_and_the_service_decide(alice: Client) -> None:
    provider("shop", currency="EUR", interval_minutes=10)

    alice.post("/providers/shop/", SETTINGS)

    shop = Provider.objects.get()
    assert (shop.currency, shop.interval_minutes, shop.enabled) == (None, None, True)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("currency", "E1", "An ISO 4217 code, for example EUR."),
        ("interval_minutes", "0", "greater than or equal to 1"),
        ("interval_minutes", "soon", "Enter a whole number."),
        ("name", "", "This field is required."),
    ],
)
def test_errors_stand_at_their_field_and_nothing_is_stored(
    alice: Client, field: str, value: str, message: str
) -> None:
    provider("shop")

    page = Page(alice.post("/providers/shop/", {**SETTINGS, "name": "Other", field: value}), 400)

    assert message in page.first(".errorlist")
    assert page.attributes(f"[name={field}]", "aria-invalid") == ["true"]
    assert Provider.objects.get().name == "Shop"


def test_disables_and_enables(alice: Client) -> None:
    provider("shop")

    alice.post("/providers/shop/switch/", {"enabled": "0"})
    off = Page(alice.get("/providers/shop/"))
    alice.post("/providers/shop/switch/", {"enabled": "1"})

    assert "disabled" in off.all("dl.tiles dd")
    assert "Enable" in off.all("button")
    assert "its prices stay" in off.text
    assert Provider.objects.get().enabled


def test_a_check_reads_and_stores_nothing(alice: Client, shops: DemoServer) -> None:
    provider("shop", kind="woocommerce", url=f"{shops.url}/harbour")

    page = Page(alice.post("/providers/shop/check/"))

    assert "Check: 20 offers read" in page.text
    rows = page.rows("Sample of what was read")
    assert len(rows) == 20
    assert rows[0][0] == "Halden desk lamp One"
    assert rows[0][1].endswith("GBP")
    assert rows[0][5].startswith("Evidence ")
    assert not Offer.objects.exists()


def test_a_check_that_fails_says_what_to_do(alice: Client, shops: DemoServer) -> None:
    provider("shop", kind="woocommerce", url=f"{shops.url}/nothing-here")

    page = Page(alice.post("/providers/shop/check/"))

    assert "The check failed." in page.text
    assert "Open the address in a browser" in page.text


def test_pushed_prices_have_nothing_to_run_or_check(alice: Client) -> None:
    provider("shop", kind="push", url="")

    page = Page(alice.get("/providers/shop/"))

    assert {"Run now", "Check"}.isdisjoint(page.all("button"))
    assert "Its prices are pushed by others" in page.text


def test_deleting_asks_first_and_says_what_goes_with_it(alice: Client) -> None:
    provider("shop", offers_last_run=2)
    sell("shop", "1", "10")

    page = Page(alice.get("/providers/shop/delete/"))

    assert "Its 2 offers and their whole price history go with it" in page.text
    assert "/api/v1/export.csv?platform=shop" in page.links()
    assert Provider.objects.count() == 1


def test_deletes_the_provider_with_its_history(alice: Client) -> None:
    provider("shop")
    sell("shop", "1", "10")

    answer = alice.post("/providers/shop/delete/")

    assert answer["Location"] == "/providers/"
    assert not Provider.objects.exists()
    assert not Price.objects.exists()
    assert "Shop and its price history are deleted." in Page(alice.get("/providers/")).text


def test_a_viewer_sees_no_buttons_and_may_change_nothing(victor: Client) -> None:
    provider("shop")

    page = Page(victor.get("/providers/shop/"))

    assert page.all("main button") == []
    assert page.all("main form") == []
    for path in ("", "check/", "switch/", "delete/"):
        refused = Page(victor.post(f"/providers/shop/{path}", SETTINGS), 403)
        assert "You may not do this" in refused.text
    shop = Provider.objects.get()
    assert (shop.name, shop.enabled) == ("Shop", True)


def test_who_may_only_start_runs_sees_only_that_button(
    permitted: Callable[..., Client],
) -> None:
    provider("shop")

    page = Page(permitted("ingestion.add_run").get("/providers/shop/"))

    assert page.all("main button") == ["Run now"]


def test_an_unknown_provider_is_not_found(alice: Client) -> None:
    for path in ("", "delete/"):
        assert "Not found" in Page(alice.get(f"/providers/nowhere/{path}"), 404).text


def test_makes_as_many_queries_for_many_runs_as_for_one(alice: Client) -> None:
    shop = provider("shop")
    ended_run((shop, "Completed"))
    few = queries_of(alice, "/providers/shop/")
    for number in range(9):
        ended_run((shop, "Failed"), at=timezone.now() - timedelta(hours=number + 1))

    assert queries_of(alice, "/providers/shop/") == few
