from datetime import timedelta

from django.test import Client
from django.utils import timezone

from prices.types import Availability
from tests.dashboard.conftest import Page, queries_of, sell

TABLE = "Products with their best price"


def names(page: Page) -> list[str]:
    return page.all("tbody th .name a")


def test_a_row_tells_price_shop_stock_changes_and_offers(alice: Client) -> None:
    now = timezone.now()
    sell("shop", "1", "1500.00", name="Espresso Machine", brand="Orrin", at=now - timedelta(days=9))
    sell("shop", "1", "1299.00", name="Espresso Machine", brand="Orrin", at=now - timedelta(days=2))

    page = Page(alice.get("/products/"))

    (row,) = page.rows(TABLE)
    assert row[0] == "EM Espresso Machine Orrin"
    assert row[1] == "1 299.00 EUR Shop"
    assert row[2:6] == ["in stock", "0 %", "▼ −13.4 %", "–"]
    assert row[7:] == ["2 d ago", "1"]
    assert page.attributes("svg.sparkline", "aria-label") == [
        "30 days: from 1\u202f299.00 to 1\u202f500.00 EUR"
    ]
    assert "1 product, each with" in page.text


def test_what_cannot_be_bought_has_no_best_price(alice: Client) -> None:
    sell("shop", "1", "10", availability=Availability.OUT_OF_STOCK)

    page = Page(alice.get("/products/"))

    assert page.rows(TABLE)[0][1:3] == ["none to buy", "out of stock"]


def test_an_unknown_currency_is_said_to_be_unknown(alice: Client) -> None:
    sell("shop", "1", "10", currency=None)

    page = Page(alice.get("/products/"))

    assert page.rows(TABLE)[0][1] == "10.00 currency unknown Shop"


def test_searches_and_filters_and_keeps_what_was_asked_in_the_form(alice: Client) -> None:
    sell("north", "1", "10", name="Desk lamp")
    sell("north", "2", "10", name="Desk pad")
    sell("south", "1", "10", name="Floor lamp")

    found = Page(alice.get("/products/?q=lamp&provider=north"))

    assert names(found) == ["Desk lamp"]
    assert found.attributes("#q", "value") == ["lamp"]
    assert found.all("option[selected]") == ["North"]
    assert "1 product found" in found.text


def test_says_what_to_try_when_nothing_matches(alice: Client) -> None:
    sell("north", "1", "10", name="Desk lamp")

    page = Page(alice.get("/products/?q=zebra"))

    assert "Nothing matches" in page.text
    assert "/products/" in page.links()


def test_an_empty_database_says_where_products_come_from(victor: Client) -> None:
    page = Page(victor.get("/products/"))

    assert "No product yet" in page.text
    assert "/providers/add/" not in page.links()


def test_headings_sort_and_a_second_click_turns_round(alice: Client) -> None:
    sell("shop", "1", "30", name="Aa")
    sell("shop", "2", "20", name="Bb")
    sell("shop", "3", "10", name="Cc")

    cheapest = Page(alice.get("/products/?sort=best_amount&q="))
    dearest = Page(alice.get("/products/?sort=-best_amount"))

    assert names(cheapest) == ["Cc", "Bb", "Aa"]
    assert names(dearest) == ["Aa", "Bb", "Cc"]
    assert cheapest.attributes("th[aria-sort]", "aria-sort") == ["ascending"]
    assert "?sort=-best_amount&q=" in cheapest.attributes("thead a", "href")
    assert "?sort=best_amount" in dearest.attributes("thead a", "href")


def test_an_order_that_does_not_exist_is_the_usual_one(alice: Client) -> None:
    sell("shop", "1", "10", name="Bb")
    sell("shop", "2", "20", name="Aa")

    assert names(Page(alice.get("/products/?sort=password"))) == ["Aa", "Bb"]


def test_says_that_amounts_are_not_converted_when_currencies_are_mixed(alice: Client) -> None:
    sell("shop", "1", "10", currency="EUR")
    sell("shop", "2", "1500", currency="JPY")

    mixed = Page(alice.get("/products/?sort=best_amount"))
    by_name = Page(alice.get("/products/"))

    assert "prices in different currencies are not converted" in mixed.text
    assert "not converted" not in by_name.text


def test_pages_keep_the_search(alice: Client) -> None:
    for number in range(27):
        sell("shop", str(number), "10", name=f"Lamp {number:02}")

    first = Page(alice.get("/products/?q=lamp"))
    second = Page(alice.get("/products/?q=lamp&page=2"))

    assert len(names(first)) == 25
    assert "1 to 25 of 27" in first.text
    assert first.attributes('a[rel="next"]', "href") == ["?q=lamp&page=2"]
    assert names(second) == ["Lamp 25", "Lamp 26"]
    assert second.attributes('a[rel="prev"]', "href") == ["?q=lamp&page=1"]


def test_a_page_that_is_not_there_is_not_found(alice: Client) -> None:
    page = Page(alice.get("/products/?page=99"), 404)

    assert "Not found" in page.text


def test_a_provider_that_is_not_there_is_named(alice: Client) -> None:
    page = Page(alice.get("/products/?provider=nowhere"), 400)

    assert "There is no provider nowhere." in page.text


def test_hot_links_no_picture(alice: Client) -> None:
    sell("shop", "1", "10", image_url="https://shop.example/tracker.png")

    response = alice.get("/products/")

    assert "tracker.png" not in response.content.decode()


def test_makes_as_many_queries_for_many_rows_as_for_one(alice: Client) -> None:
    sell("shop", "0", "10")
    few = queries_of(alice, "/products/")
    for number in range(1, 20):
        sell(f"shop-{number}", str(number), "10")

    assert queries_of(alice, "/products/") == few
