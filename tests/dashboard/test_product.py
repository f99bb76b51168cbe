import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from dashboard.views.product import MOST_LINES
from prices.models import CheckedSpan, Offer, Product
from prices.types import Availability
from tests.dashboard.conftest import Page, provider, queries_of, sell

OFFERS = "Offers side by side"
CHANGES = "Changes of price"
FIGURES = "Lowest, highest"
GTIN = "04006381333931"


def sold(slug: str, amount: str, at: datetime, **more: Any) -> Offer:
    return sell(slug, "1", amount, at=at, **{"name": "Kettle", "gtin": GTIN, **more})


def path_of(offer: Offer, query: str = "") -> str:
    return f"/products/{offer.product_id}/{query}"


def chart_data(page: Page) -> Any:
    return json.loads(page.first("#chart-data"))


def test_offers_stand_side_by_side_the_best_first(alice: Client) -> None:
    now = timezone.now()
    provider("dear", last_success_at=now - timedelta(minutes=7))
    sold("dear", "30", now - timedelta(days=5), url="https://dear.example/k")
    sold(
        "dear", "25", now - timedelta(days=2), url="https://dear.example/k", list_amount=Decimal(35)
    )
    offer = sold(
        "cheap",
        "20",
        now - timedelta(days=4),
        evidence={"amount": "offers.price in JSON-LD"},
    )
    sold("empty", "10", now - timedelta(days=3), availability=Availability.OUT_OF_STOCK)

    page = Page(alice.get(path_of(offer)))

    rows = page.rows(OFFERS)
    assert [row[0] for row in rows] == [
        "Cheap best 1",
        "Dear open at the shop Dear (new tab)",
        "Empty 1",
    ]
    assert rows[1][1:] == [
        "25.00 EUR ▼ −16.7 %",
        "35.00 EUR",
        "in stock",
        "2 d ago",
        "7 min ago",
        "25.00 EUR 2 d ago",
        "30.00 EUR 5 d ago",
        "not recorded",
    ]
    assert rows[0][8] == "Evidence amount offers.price in JSON-LD"
    assert rows[2][3] == "out of stock"
    assert page.first(".best") == "best price, at Cheap 20.00 EUR"
    (link,) = page.tree.css('a[href="https://dear.example/k"]')
    assert link.attributes["rel"] == "noopener noreferrer"


def test_tells_when_an_offer_is_not_listed_any_more(alice: Client) -> None:
    offer = sold("shop", "10", timezone.now() - timedelta(days=5))
    Offer.objects.update(missing_since=timezone.now() - timedelta(days=1))

    page = Page(alice.get(path_of(offer)))

    assert page.rows(OFFERS)[0][3] == "not listed since 1 d ago"


def test_changes_are_a_table_newest_first(alice: Client) -> None:
    now = timezone.now()
    sold("shop", "10.00", now - timedelta(days=6))
    sold("shop", "8.00", now - timedelta(days=4))
    sold("shop", "8.00", now - timedelta(days=3), availability=Availability.OUT_OF_STOCK)
    sold("shop", "9.50", now - timedelta(days=2), currency="USD")
    offer = sold("shop", "9.50", now - timedelta(days=1), currency="USD", list_amount=Decimal(12))

    page = Page(alice.get(path_of(offer)))

    assert [row[1:] for row in page.rows(CHANGES)] == [
        ["Shop", "9.50 USD", "list price only", "in stock"],
        ["Shop", "9.50 USD", "other currency", "in stock"],
        ["Shop", "8.00 EUR", "stock only", "out of stock"],
        ["Shop", "8.00 EUR", "▼ −20.0 %", "in stock"],
        ["Shop", "10.00 EUR", "first seen", "in stock"],
    ]


def test_a_range_begins_with_the_price_that_held(alice: Client) -> None:
    now = timezone.now()
    sold("shop", "10.00", now - timedelta(days=60))
    offer = sold("shop", "8.00", now - timedelta(days=4))

    week = Page(alice.get(path_of(offer, "?range=7d")))

    assert [row[2:4] for row in week.rows(CHANGES)] == [
        ["8.00 EUR", "▼ −20.0 %"],
        ["10.00 EUR", "start of the range"],
    ]
    data = chart_data(week)
    assert data["end"] - data["start"] == 7 * 86400
    assert week.all('nav[aria-label="Range"] a[aria-current]') == ["7 d"]


def test_all_shows_the_whole_history_and_an_odd_range_the_usual_one(alice: Client) -> None:
    now = timezone.now()
    sold("shop", "10.00", now - timedelta(days=800))
    offer = sold("shop", "8.00", now - timedelta(days=400))

    everything = Page(alice.get(path_of(offer, "?range=all")))
    odd = Page(alice.get(path_of(offer, "?range=-1")))

    assert len(everything.rows(CHANGES)) == 2
    assert odd.all('nav[aria-label="Range"] a[aria-current]') == ["90 d"]


def test_figures_name_low_average_high_and_all_time_low(alice: Client) -> None:
    now = timezone.now()
    sold("shop", "5.00", now - timedelta(days=200))
    sold("shop", "10.00", now - timedelta(days=100))
    sold("shop", "20.00", now - timedelta(days=10))
    offer = sold("shop", "15.00", now - timedelta(days=5))

    page = Page(alice.get(path_of(offer, "?range=7d")))

    (row,) = page.rows(FIGURES)
    assert row[:5] == ["Shop", "15.00 EUR", "16.43 EUR", "20.00 EUR", "5.00 EUR"]
    assert row[5].endswith("UTC")


def test_one_chart_has_one_currency_and_the_others_are_a_link_away(alice: Client) -> None:
    now = timezone.now()
    sold("one", "10", now - timedelta(days=5))
    sold("two", "11", now - timedelta(days=5))
    offer = sold("three", "1500", now - timedelta(days=5), currency="JPY")

    euros = Page(alice.get(path_of(offer)))
    yen = Page(alice.get(path_of(offer, "?currency=JPY")))

    assert euros.all('nav[aria-label="Currency of the chart"] a') == ["EUR", "JPY"]
    assert [line["name"] for line in chart_data(euros)["lines"]] == ["One", "Two"]
    assert [line["name"] for line in chart_data(yen)["lines"]] == ["Three"]
    assert (chart_data(yen)["currency"], chart_data(yen)["decimals"]) == ("JPY", 0)
    assert "amounts are not converted" in euros.text


def test_an_unknown_currency_has_a_chart_of_its_own(alice: Client) -> None:
    now = timezone.now()
    sold("one", "10", now - timedelta(days=5))
    offer = sold("two", "11", now - timedelta(days=5), currency=None)

    page = Page(alice.get(path_of(offer, "?currency=")))

    assert chart_data(page)["currency"] == "currency unknown"
    assert [line["name"] for line in chart_data(page)["lines"]] == ["Two"]


def test_the_chart_has_steps_stock_gaps_and_the_all_time_low(alice: Client) -> None:
    now = timezone.now().replace(microsecond=0)
    shop = provider("shop", last_success_at=now)
    sold("shop", "10", now - timedelta(days=6))
    sold("shop", "8", now - timedelta(days=5), availability=Availability.OUT_OF_STOCK)
    offer = sold("shop", "9", now - timedelta(days=2))
    for start, end in ((6, 4), (3, 0)):
        CheckedSpan.objects.create(
            provider=shop,
            started_at=now - timedelta(days=start),
            ended_at=now - timedelta(days=end),
        )

    page = Page(alice.get(path_of(offer, "?range=all")))

    data = chart_data(page)
    (line,) = data["lines"]
    day = 86400
    first = data["start"]
    assert line["y"] == [10.0, 8.0, None, 8.0, 9.0, 9.0]
    assert [(a - first) / day for a in data["x"][:5]] == [0, 1, 2, 3, 4]
    assert [kind for _, _, kind in line["lanes"]] == ["in", "out", "unchecked", "out", "in"]
    assert data["low"] == {"at": first + day, "amount": 8.0}
    assert page.tree.css_first("svg.drawing path.track") is not None


def test_the_chart_is_told_to_who_cannot_see_it(alice: Client) -> None:
    offer = sold("shop", "10", timezone.now() - timedelta(days=2))

    page = Page(alice.get(path_of(offer)))

    (label,) = page.attributes('.chart-box[role="img"]', "aria-label")
    assert label == (
        "Step chart of 1 offer in EUR. Shop: now 10.00, low 10.00, high 10.00."
        " The tables below have every change."
    )


def test_variants_of_one_shop_are_told_apart(alice: Client) -> None:
    now = timezone.now() - timedelta(days=3)
    offer = sell("shop", "1", "10", at=now, gtin=GTIN, variant="red")
    sell("shop", "2", "11", at=now, gtin=GTIN, variant="blue")

    page = Page(alice.get(path_of(offer)))

    assert [line["name"] for line in chart_data(page)["lines"]] == ["Shop, red", "Shop, blue"]


def test_draws_no_more_lines_than_can_be_told_apart_and_says_so(alice: Client) -> None:
    now = timezone.now() - timedelta(days=3)
    offers = [sold(f"s{number}", f"1{number}", now) for number in range(MOST_LINES + 2)]

    page = Page(alice.get(path_of(offers[0])))

    assert len(chart_data(page)["lines"]) == MOST_LINES
    assert "2 more offers in the tables" in page.text
    assert len(page.rows(OFFERS)) == MOST_LINES + 2


def test_texts_of_shops_cannot_break_out_of_the_page(alice: Client) -> None:
    evil = "</script><script>alert(1)</script>"
    provider("shop", name=evil)
    offer = sold("shop", "10", timezone.now() - timedelta(days=2), name=evil, variant=evil)

    text = alice.get(path_of(offer)).content.decode()

    assert "<script>alert" not in text


def test_long_lists_of_changes_have_pages(alice: Client) -> None:
    now = timezone.now()
    for number in range(40):
        offer = sold("shop", str(10 + number), now - timedelta(days=40 - number))

    first = Page(alice.get(path_of(offer)))
    second = Page(alice.get(path_of(offer, "?page=2&range=90d")))

    assert len(first.rows(CHANGES)) == 30
    assert first.attributes('a[rel="next"]', "href") == ["?page=2"]
    assert len(second.rows(CHANGES)) == 10
    assert second.rows(CHANGES)[-1][3] == "first seen"


def test_links_to_the_exports(victor: Client) -> None:
    offer = sold("shop", "10", timezone.now() - timedelta(days=2))

    links = Page(victor.get(path_of(offer))).links()

    assert {"/api/v1/export.csv", "/api/v1/export.jsonl"} <= set(links)


def test_a_product_without_an_offer_has_a_page(alice: Client) -> None:
    product = Product.objects.create(name="Gone", created_at=timezone.now())

    page = Page(alice.get(f"/products/{product.pk}/"))

    assert page.first(".best") == "at no shop right now none to buy"
    assert "No price in this range." in page.text


def test_a_price_of_this_very_moment_has_a_page(alice: Client) -> None:
    offer = sold("shop", "10", timezone.now())

    page = Page(alice.get(path_of(offer, "?range=all")))

    assert len(page.rows(CHANGES)) == 1


def test_an_unknown_product_is_not_found(alice: Client) -> None:
    assert "Not found" in Page(alice.get("/products/999/"), 404).text


def test_makes_as_many_queries_for_many_offers_as_for_two(alice: Client) -> None:
    now = timezone.now() - timedelta(days=3)
    offer = sold("a", "10", now)
    sold("b", "11", now)
    few = queries_of(alice, path_of(offer))
    for number in range(12):
        sold(f"s{number}", "12", now)
        sold(f"s{number}", "13", now + timedelta(days=1))

    assert queries_of(alice, path_of(offer)) == few
