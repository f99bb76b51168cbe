"""Product feeds: what an item costs, and what it does not."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ingestion.adapters.base import Answer, Page, Source
from ingestion.adapters.product_feed import ProductFeed
from ingestion.adapters.records import MAX_BYTES, money_of
from ingestion.errors import ContentError
from prices.errors import PriceUnreadableError
from prices.money import Money
from prices.types import Availability, Quote

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Tea house</title>{}
</channel></rss>"""


def read(items: str, currency: str | None = None) -> Page:
    adapter = ProductFeed(Source(url="https://tea.example/feed", currency=currency, now=NOW))
    [request] = adapter.start()
    assert request.max_bytes == MAX_BYTES
    return adapter.read(request, Answer(url=request.url, body=FEED.format(items).encode()))


def item(**fields: str) -> str:
    inside = "".join(f"<g:{name}>{text}</g:{name}>" for name, text in fields.items())
    return f"<item>{inside}</item>"


def only(page: Page) -> Quote:
    [quote] = page.quotes
    return quote


def test_reads_everything_of_an_item() -> None:
    page = read(
        item(
            id="A1",
            title="Sencha &amp; cup",
            link="https://tea.example/a1",
            image_link="https://tea.example/a1.jpg",
            price="12.50 EUR",
            sale_price="9.99 EUR",
            availability="in_stock",
            brand="Leaf",
            gtin="4006381333931",
            mpn="S-1",
            item_group_id="A",
            color="green",
            size="L",
        )
    )

    quote = only(page)
    assert (quote.external_id, quote.name, quote.brand) == ("A1", "Sencha & cup", "Leaf")
    assert (quote.amount, quote.list_amount, quote.currency) == (
        Decimal("9.99"),
        Decimal("12.50"),
        "EUR",
    )
    assert (quote.gtin, quote.mpn, quote.group_id) == ("04006381333931", "S-1", "A")
    assert (quote.variant, quote.availability) == ("green, L", Availability.IN_STOCK)
    assert quote.evidence["amount"] == "sale_price"


@pytest.mark.parametrize(
    ("dates", "amount"),
    [
        ("2026-06-01T00:00+0000/2026-06-30T23:59+0000", "9"),
        ("2026-06-01/2026-06-30", "9"),
        ("2026-07-01T00:00+0000/2026-07-30T23:59+0000", "12"),
        ("2026-05-01T00:00+0000/2026-06-15T13:30+0200", "12"),
        ("2026-05-01T00:00+0000/2026-06-15T14:30+0200", "9"),
        ("some day", "9"),
    ],
)
def test_a_sale_holds_between_its_dates(dates: str, amount: str) -> None:
    page = read(item(id="1", price="12 EUR", sale_price="9 EUR", sale_price_effective_date=dates))

    assert only(page).amount == Decimal(amount)


def test_each_price_states_its_own_currency() -> None:
    page = read(
        item(id="1", price="10 EUR") + item(id="2", price="GBP 8.00") + item(id="3", price="7")
    )

    assert [(q.amount, q.currency) for q in page.quotes] == [
        (Decimal(10), "EUR"),
        (Decimal("8.00"), "GBP"),
        (Decimal(7), None),
    ]


def test_a_list_price_in_another_currency_says_nothing() -> None:
    assert only(read(item(id="1", price="12 USD", sale_price="9 EUR"))).list_amount is None


def test_what_has_no_price_is_refused_and_spoils_nothing() -> None:
    page = read(item(id="1", price="5 EUR") + item(id="2") + item(id="3", price="on request"))

    assert [quote.external_id for quote in page.quotes] == ["1"]
    assert [(one.external_id, one.code) for one in page.rejected] == [
        ("2", "no_price"),
        ("3", "bad_price"),
    ]


def test_a_feed_without_prices_is_refused_with_the_reason() -> None:
    with pytest.raises(ContentError, match="none of them has a price"):
        read(item(id="1", title="Tea") + item(id="2"))


def test_a_feed_without_items_is_refused() -> None:
    with pytest.raises(ContentError, match="has no items"):
        read("")


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15.99 EUR", "15.99", "EUR"),
        ("EUR 15.99", "15.99", "EUR"),
        ("15.99EUR", "15.99", "EUR"),
        ("15.99 eur", "15.99", "EUR"),
        ("11995 GBP", "11995", "GBP"),
        ("1.299,00 EUR", "1299", "EUR"),
        ("1 299,00 EUR", "1299", "EUR"),
    ],
)
def test_reads_prices_as_feeds_write_them(text: str, amount: str, currency: str) -> None:
    assert money_of(text, None) == Money(Decimal(amount), currency)


def test_refuses_a_currency_that_does_not_exist() -> None:
    with pytest.raises(PriceUnreadableError, match="XXZ is not an ISO 4217 code"):
        money_of("5.00 XXZ", "EUR")
