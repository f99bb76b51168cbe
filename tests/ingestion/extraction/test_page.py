"""The price of a page's own product, from small pages that each show one trap."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import IngestionError, NothingFoundError, PageBlockedError
from ingestion.extraction.page import quotes_of_page
from prices.types import Availability, Quote

URL = "https://tea.example/products/sencha"
PRODUCT: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "Product",
    "name": "Sencha green tea",
    "sku": "S-1",
    "gtin13": "4006381333931",
    "brand": {"@type": "Brand", "name": "Leaf"},
    "offers": {
        "@type": "Offer",
        "price": "12.50",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/InStock",
    },
}


def page(*blocks: object, body: str = "", head: str = "") -> bytes:
    scripts = "".join(
        f'<script type="application/ld+json">{one if isinstance(one, str) else json.dumps(one)}'
        "</script>"
        for one in blocks
    )
    return (
        f"<!doctype html><html lang=en><head><title>Sencha green tea</title>{head}{scripts}</head>"
        f"<body><h1>Sencha green tea</h1>{body}</body></html>"
    ).encode()


def own(content: bytes, url: str = URL) -> Quote:
    return quotes_of_page(content, url=url)[0]


def price(content: bytes, url: str = URL) -> tuple[Decimal, Decimal | None, str | None]:
    quote = own(content, url)
    return quote.amount, quote.list_amount, quote.currency


def offer(**fields: object) -> dict[str, Any]:
    return {**PRODUCT, "offers": {**PRODUCT["offers"], **fields}}


def test_reads_json_ld_with_evidence() -> None:
    quote = own(page(PRODUCT))

    assert (quote.amount, quote.currency) == (Decimal("12.50"), "EUR")
    assert (quote.name, quote.brand, quote.sku) == ("Sencha green tea", "Leaf", "S-1")
    assert (quote.gtin, quote.availability) == ("04006381333931", Availability.IN_STOCK)
    assert quote.external_id == "/products/sencha"
    assert quote.url == URL
    assert quote.evidence["amount"] == "JSON-LD: offers.price"


@pytest.mark.parametrize(
    "block",
    [
        {"@graph": [{"@type": "WebSite", "name": "Shop"}, PRODUCT]},
        [PRODUCT],
        "<![CDATA[" + json.dumps(PRODUCT) + "]]>",
        "/* product */ " + json.dumps(PRODUCT) + ";",
        json.dumps(PRODUCT)[:-1] + ",}",
        {
            **PRODUCT,
            "offers": {"@type": "AggregateOffer", "lowPrice": 12.5, "priceCurrency": "EUR"},
        },
        {
            **PRODUCT,
            "offers": {
                "@type": "Offer",
                "priceSpecification": {"price": "12.50", "priceCurrency": "EUR"},
            },
        },
    ],
    ids=["graph", "list", "cdata", "comment", "trailing comma", "aggregate", "specification"],
)
def test_reads_every_form_of_json_ld(block: object) -> None:
    assert price(page(block)) == (Decimal("12.50"), None, "EUR")


def test_one_broken_block_loses_no_other() -> None:
    assert price(page("{broken", PRODUCT))[0] == Decimal("12.50")


def test_reads_microdata() -> None:
    body = """<div itemscope itemtype="https://schema.org/Product"><span itemprop=name>Sencha green
    tea</span><div itemprop=offers itemscope itemtype="https://schema.org/Offer">
    <meta itemprop=priceCurrency content=GBP><span itemprop=price content="8.95">£8.95</span>
    <link itemprop=availability href="https://schema.org/OutOfStock"></div></div>"""

    quote = own(page(body=body))

    assert (quote.amount, quote.currency) == (Decimal("8.95"), "GBP")
    assert quote.availability is Availability.OUT_OF_STOCK


def test_reads_product_meta() -> None:
    head = """<meta property="og:title" content="Sencha green tea">
    <meta property="product:price:amount" content="7.40">
    <meta property="product:price:currency" content="CHF">"""

    assert price(page(head=head)) == (Decimal("7.40"), None, "CHF")


def test_related_products_are_not_the_pages_own() -> None:
    other = {**PRODUCT, "name": "Iron kettle", "sku": "K", "gtin13": "", "url": "/products/kettle"}
    other["offers"] = {"@type": "Offer", "price": "89.00", "priceCurrency": "EUR"}

    assert price(page(other, PRODUCT))[0] == Decimal("12.50")


def test_an_unavailable_product_is_not_priced_by_its_neighbours() -> None:
    neighbour = {**PRODUCT, "name": "Iron kettle", "sku": "K", "url": "https://tea.example/kettle"}
    neighbour["gtin13"] = ""
    listing = {"@type": "ItemList", "itemListElement": [neighbour]}

    with pytest.raises(NothingFoundError):
        quotes_of_page(page(listing, body="<p>Sold out for good.</p>"), url=URL)


def test_the_sale_price_that_is_seen_beats_the_old_price_in_the_data() -> None:
    body = """<div class="product-price"><del class="old-price">€12.50</del>
    <span class="price current-price">€9.90</span></div><button>Add to cart</button>"""

    assert price(page(PRODUCT, body=body)) == (Decimal("9.90"), Decimal("12.50"), "EUR")


def test_variants_are_quotes_of_their_own_the_displayed_one_first() -> None:
    offers = [
        {"@type": "Offer", "sku": "S-100", "price": "5.00", "priceCurrency": "EUR"},
        {"@type": "Offer", "sku": "S-250", "price": "11.00", "priceCurrency": "EUR"},
    ]
    content = page({**PRODUCT, "offers": offers})

    quotes = quotes_of_page(content, url=f"{URL}?variant=S-250")

    assert [(q.amount, q.sku) for q in quotes] == [
        (Decimal("11.00"), "S-250"),
        (Decimal("5.00"), "S-100"),
    ]
    assert len({q.external_id for q in quotes}) == 2


def test_a_currency_that_nobody_states_is_unknown() -> None:
    assert own(page(offer(priceCurrency=""))).currency is None
    assert (
        quotes_of_page(page(offer(priceCurrency="")), url=URL, currency="SEK")[0].currency == "SEK"
    )


@pytest.mark.parametrize("amount", ["0", "0.00", "", "call us", None, -5, "NaN"])
def test_what_is_no_price_is_never_zero(amount: object) -> None:
    with pytest.raises(NothingFoundError, match="states no price"):
        quotes_of_page(page(offer(price=amount)), url=URL)


def test_a_robot_check_is_never_priced() -> None:
    content = b"<html><title>Robot or human?</title><div id=px-captcha></div>$12.50</html>"

    with pytest.raises(PageBlockedError):
        quotes_of_page(content, url=URL)


@given(st.text(max_size=300))
def test_any_text_raises_only_our_own_errors(text: str) -> None:
    try:
        quotes_of_page(page(text, body=text), url=URL)
    except IngestionError:
        return


def test_a_hostile_page_is_refused_or_read() -> None:
    with pytest.raises(IngestionError):
        quotes_of_page(b"<a " * 50_000 + b"<b>" * 50_000, url=URL)
