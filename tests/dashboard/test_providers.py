from datetime import timedelta

from django.test import Client
from django.utils import timezone

from tests.dashboard.conftest import Page, ended_run, provider, queries_of

TABLE = "Providers and how they fare"


def test_a_row_tells_health_interval_offers_and_the_last_error(alice: Client) -> None:
    now = timezone.now()
    one = provider(
        "one",
        currency="EUR",
        interval_minutes=30,
        offers_last_run=2500,
        last_success_at=now - timedelta(hours=3),
        next_due_at=now + timedelta(minutes=12),
        last_error_code="timeout",
        failures_in_a_row=3,
    )
    ended_run((one, "Completed"))
    ended_run((one, "Failed"))

    (row,) = Page(alice.get("/providers/")).rows(TABLE)

    assert row == [
        *["One Shopify storefront · EUR", "ok", "50 %", "2.0 s", "2 500", "30 min"],
        *["3 h ago", "in 12 min", "timeout 3 times in a row"],
    ]


def test_what_is_off_paused_or_pushed_is_told_apart(alice: Client) -> None:
    now = timezone.now()
    provider("a-off", enabled=False, next_due_at=now)
    provider("b-paused", not_before=now + timedelta(hours=1), failures_in_a_row=6)
    provider("c-probe", failures_in_a_row=6)
    provider("d-pushed", kind="push", url="")

    rows = Page(alice.get("/providers/")).rows(TABLE)

    assert [row[1].split(" until")[0] for row in rows] == [
        "disabled",
        "paused",
        "trying again",
        "ok",
    ]
    assert [row[5] for row in rows] == ["standard", "standard", "standard", "pushed"]
    assert [row[7] for row in rows] == ["–", "with the next run", "with the next run", "–"]


def test_an_empty_list_leads_to_adding_one(alice: Client, victor: Client) -> None:
    mine, theirs = Page(alice.get("/providers/")), Page(victor.get("/providers/"))

    assert "Add the first provider" in mine.text
    assert "Add the first provider" not in theirs.text
    assert "/providers/add/" not in theirs.links()


def test_demo_data_is_named(alice: Client) -> None:
    provider("demo-shop", is_demo=True)

    assert "manage.py demo_shops --remove" in Page(alice.get("/providers/")).text


def test_long_lists_have_pages(alice: Client) -> None:
    for number in range(52):
        provider(f"shop-{number:02}")

    page = Page(alice.get("/providers/?page=2"))

    assert [row[0].split()[0] for row in page.rows(TABLE)] == ["Shop-50", "Shop-51"]


def test_makes_as_many_queries_for_many_rows_as_for_one(alice: Client) -> None:
    ended_run((provider("one"), "Completed"))
    few = queries_of(alice, "/providers/")
    for number in range(20):
        ended_run((provider(f"p{number}"), "Failed"))

    assert queries_of(alice, "/providers/") == few
