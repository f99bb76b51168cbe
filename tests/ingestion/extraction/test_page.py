"""A page's own price, on made-up pages that set the traps of real ones."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import BlockedError, ContentError, IngestionError, NothingFoundError
from ingestion.extraction.page import read_page
from prices.types import Availability, Quote

URL = "https://shop.example/p/mug-7?utm_source=x"


def offer(price: object = "12.90", **changes: Any) -> dict[str, Any]:
    return {"@type": "Offer", "price": price, "priceCurrency": "EUR", **changes}


def product(**changes: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Blue mug",
        "offers": offer(),
        **changes,
    }


def page(*blocks: object, body: str = "", head: str = "") -> bytes:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in blocks]
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return f"<html><head>{head}{scripts}</head><body><h1>Blue mug</h1>{body}</body></html>".encode()


def reads(*blocks: object, body: str = "", head: str = "", url: str = URL) -> list[Quote]:
    return read_page(page(*blocks, body=body, head=head), url=url)


def only(*blocks: object, body: str = "", head: str = "", url: str = URL) -> Quote:
    (quote,) = reads(*blocks, body=body, head=head, url=url)
    return quote


def test_reads_all_that_json_ld_states() -> None:
    stated = product(
        sku="M-7",
        mpn="AC-7",
        gtin13="4006381333931",
        brand={"@type": "Brand", "name": "Acme"},
        image=["/img/mug.png"],
        offers=offer(12.9, availability="https://schema.org/OutOfStock"),
    )

    quote = only(stated)

    assert quote == Quote(
        external_id="/p/mug-7",
        name="Blue mug",
        amount=Decimal("12.9"),
        currency="EUR",
        availability=Availability.OUT_OF_STOCK,
        url=URL,
        image_url="https://shop.example/img/mug.png",
        brand="Acme",
        gtin="04006381333931",
        mpn="AC-7",
        sku="M-7",
        evidence={"amount": "JSON-LD: offers.price", "availability": "availability"},
    )


BLOCK = json.dumps(product())


@pytest.mark.parametrize(
    "block",
    [
        f"<!-- {BLOCK} -->",
        f"//<![CDATA[\n{BLOCK}\n//]]>",
        f"/*<![CDATA[*/ {BLOCK} /*]]>*/",
        f"{BLOCK};",
        BLOCK.replace('"name"', '"tags": ["a", "b",], "name"'),
        BLOCK.replace("Blue mug", "Blue\nmug"),
        BLOCK.replace('"name"', '"description": "a "quoted" word", "name"'),
        f'{{"@type": "WebSite"}} {BLOCK}',
        f"[{BLOCK}]",
        json.dumps({"@graph": [{"@type": "WebPage"}, product()]}),
        json.dumps({"@type": "WebPage", "mainEntity": product()}),
        BLOCK.replace('"Product"', '["http://schema.org/Product", "Thing"]'),
        BLOCK.replace('"price"', '"schema:price"'),
    ],
    ids=[
        "comment",
        "CDATA",
        "CDATA in comments",
        "semicolon",
        "trailing comma",
        "line break in a text",
        "quotes in a text",
        "two values",
        "list",
        "graph",
        "main entity",
        "several types",
        "prefixed",
    ],
)
def test_reads_json_ld_however_it_is_wrapped_or_broken(block: str) -> None:
    assert only(block).amount == Decimal("12.90")


@pytest.mark.parametrize(
    ("offers", "amount", "list_amount"),
    [
        ([offer("12.90"), offer("12.90")], "12.90", None),
        (
            {"@type": "AggregateOffer", "lowPrice": "9", "highPrice": "12", "priceCurrency": "EUR"},
            "9",
            None,
        ),
        (
            {"@type": "AggregateOffer", "priceCurrency": "EUR", "offers": [{"price": "8.50"}]},
            "8.50",
            None,
        ),
        (
            {
                "@type": "Offer",
                "priceSpecification": [
                    {
                        "price": "15.00",
                        "priceCurrency": "EUR",
                        "priceType": "https://schema.org/ListPrice",
                    },
                    {"price": "11.00", "priceCurrency": "EUR"},
                ],
            },
            "11.00",
            "15.00",
        ),
        (offer("1.299,00"), "1299.00", None),
        (offer("$12.90"), "12.90", None),
        (offer({"@value": "7.00"}), "7.00", None),
    ],
    ids=["twice", "range", "inner currency", "specification", "grouped", "sign", "value"],
)
def test_reads_offers_in_all_their_forms(
    offers: object, amount: str, list_amount: str | None
) -> None:
    quote = only(product(offers=offers))

    assert (quote.amount, quote.currency) == (Decimal(amount), "EUR")
    assert quote.list_amount == (Decimal(list_amount) if list_amount else None)


def test_follows_references_between_nodes() -> None:
    graph = {"@graph": [product(offers={"@id": "#o"}), {"@id": "#o", **offer("4.20")}]}

    assert only(graph).amount == Decimal("4.20")


@pytest.mark.parametrize(
    ("price", "currency", "shown", "amount"),
    [
        ("3.340", "CLP", "", "3340"),
        ("1.299", "EUR", "<b class=price>1.299,00 €</b>", "1299"),
        ("1.500", "KWD", "", "1.500"),
        ("1980.00", "JPY", "", "1980"),
    ],
    ids=["no minor units", "the page says so", "three digits", "as it is"],
)
def test_reads_three_digits_behind_a_point_with_care(
    price: str, currency: str, shown: str, amount: str
) -> None:
    quote = only(product(offers=offer(price, priceCurrency=currency)), body=shown)

    assert quote.amount == Decimal(amount)


@pytest.mark.parametrize(("stated", "code"), [("eur", "EUR"), ("RUR", "RUB"), ("€", "EUR")])
def test_reads_currencies_as_shops_write_them(stated: str, code: str) -> None:
    assert only(product(offers=offer(priceCurrency=stated))).currency == code


def test_a_currency_that_nobody_states_is_unknown() -> None:
    assert only(product(offers={"@type": "Offer", "price": "5"})).currency is None


def test_related_products_are_not_the_pages_own() -> None:
    others = [product(name=f"Red plate {n}", offers=offer(f"{n}.00")) for n in range(1, 9)]
    own = product(isRelatedTo=others)

    assert only(others[0], own, {"@type": "ItemList", "itemListElement": others}).amount == Decimal(
        "12.90"
    )


def test_a_page_with_only_other_products_has_no_price() -> None:
    others = [product(name="Red plate"), product(name="Green bowl")]

    with pytest.raises(NothingFoundError, match="not the one that the page is about"):
        reads(*others)


@pytest.mark.parametrize("price", ["0", 0, "0.00", "", {}, None])
def test_a_product_without_a_price_has_none(price: object) -> None:
    sold_out = product(offers=offer(price, availability="OutOfStock"))

    with pytest.raises(NothingFoundError, match="'Blue mug' without a price"):
        reads(sold_out, body="<div class=related><span class=price>9,00 €</span></div>")


def test_variants_are_quotes_and_the_displayed_one_is_first() -> None:
    offers = [
        offer("10.00", sku="S", url="/p/mug-7?variant=1", availability="InStock"),
        offer("14.00", sku="L", url="/p/mug-7?variant=2", availability="InStock"),
    ]

    quotes = reads(product(offers=offers), body="<p class=product-price>14,00 €</p>")

    assert [(q.external_id, q.amount, q.sku, q.group_id) for q in quotes] == [
        ("/p/mug-7#2", Decimal("14.00"), "L", "/p/mug-7"),
        ("/p/mug-7#1", Decimal("10.00"), "S", "/p/mug-7"),
    ]


def test_an_address_that_names_a_variant_is_that_variant() -> None:
    offers = [offer("10.00", sku="S-1"), offer("14.00", sku="L-1")]

    quote = only(product(offers=offers), url="https://shop.example/p/mug-7?sku=L-1")

    assert (quote.amount, quote.sku) == (Decimal("14.00"), "L-1")


def test_reads_a_product_group() -> None:
    group = {
        "@type": "ProductGroup",
        "name": "Blue mug",
        "hasVariant": [
            {"@type": "Product", "name": "Blue mug small", "sku": "S", "offers": offer("5.00")},
            {"@type": "Product", "name": "Blue mug large", "sku": "L", "offers": offer("7.00")},
        ],
    }

    quotes = reads(group)

    assert [(quote.variant, quote.amount) for quote in quotes] == [
        ("Blue mug small", Decimal("5.00")),
        ("Blue mug large", Decimal("7.00")),
    ]


MICRODATA = """<div itemscope itemtype="http://schema.org/Product">
  <span itemprop="name">Blue mug</span>
  <div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
    <meta itemprop="priceCurrency" content="GBP">
    <span itemprop="price" content="{content}">{text}</span>
    <link itemprop="availability" href="http://schema.org/InStock">
  </div>
</div>"""


@pytest.mark.parametrize(
    ("content", "text", "amount"),
    [("19.99", "£19.99", "19.99"), ("0", "£19.99", "19.99"), ("", "£79.99£19.99", "19.99")],
    ids=["stated", "stated as zero", "glued"],
)
def test_reads_microdata(content: str, text: str, amount: str) -> None:
    quote = only(body=MICRODATA.format(content=content, text=text))

    assert (quote.amount, quote.currency, quote.availability) == (
        Decimal(amount),
        "GBP",
        Availability.IN_STOCK,
    )


def test_reads_rdfa() -> None:
    body = """<div vocab="https://schema.org/" typeof="Product">
      <span property="name">Blue mug</span>
      <div property="offers" typeof="Offer"><span property="price">19.95</span>
      <meta property="priceCurrency" content="AUD"></div></div>"""

    assert (only(body=body).amount, only(body=body).currency) == (Decimal("19.95"), "AUD")


def test_reads_the_product_properties_of_open_graph() -> None:
    head = (
        '<meta property="product:price:amount" content="30.00">'
        '<meta property="product:sale_price:amount" content="24.00">'
        '<meta property="product:price:currency" content="CHF">'
        '<meta property="product:availability" content="oos">'
    )

    quote = only(head=head)

    assert (quote.amount, quote.currency, quote.availability) == (
        Decimal("24.00"),
        "CHF",
        Availability.OUT_OF_STOCK,
    )


def test_the_price_that_is_shown_decides_between_stated_ones() -> None:
    head = '<meta property="product:price:amount" content="10.84">'
    body = '<p class="product-price">12,90 €</p><p class="old-price"><del>14,90 €</del></p>'

    quote = only(product(), head=head, body=body)

    assert (quote.amount, quote.list_amount) == (Decimal("12.90"), Decimal("14.90"))


def test_a_stated_price_that_is_crossed_out_gives_way_to_the_sale() -> None:
    body = '<div class="product-price"><del>12,90 €</del> <ins>9,90 €</ins></div>'

    quote = only(product(), body=body)

    assert (quote.amount, quote.list_amount) == (Decimal("9.90"), Decimal("12.90"))


@pytest.mark.parametrize(
    ("body", "amount", "currency"),
    [
        ('<p class="price">22,50 €</p><button>Add to cart</button>', "22.50", "EUR"),
        ('<span class="price">£79<sup>99</sup></span><button>Buy now</button>', "79.99", "GBP"),
        (
            '<div class="product-price"><b>1 299 Kč</b></div><button>Do košíku</button>',
            "1299",
            "CZK",
        ),
    ],
    ids=["euro", "cents in sup", "grouped by blanks"],
)
def test_reads_a_price_that_is_only_shown(body: str, amount: str, currency: str) -> None:
    quote = only(body=body)

    assert (quote.amount, quote.currency) == (Decimal(amount), currency)
    assert quote.evidence["amount"].startswith("page: ")


def test_a_page_without_a_price_says_so() -> None:
    with pytest.raises(NothingFoundError, match="no product with a price"):
        reads(body="<p>About us</p>")


@pytest.mark.parametrize(
    "text",
    [
        "<title>Robot or human?</title><p>Press and hold</p>",
        "<title>Just a moment...</title><form id=challenge-form></form>",
        "<title>shop</title><div class=g-recaptcha></div><p>Please wait, $1</p>",
    ],
)
def test_a_check_of_robots_is_recognised_and_never_priced(text: str) -> None:
    with pytest.raises(BlockedError):
        read_page(f"<html><body>{text}</body></html>".encode(), url=URL)


@pytest.mark.parametrize(
    ("url", "canonical", "expected"),
    [
        ("https://s.example/p?id=7&utm_source=a&gclid=b", "", "/p?id=7"),
        ("https://s.example/p/7?ref=x", "/p/mug-7", "/p/mug-7"),
        ("https://s.example/p/7", "https://www.s.example/p/7", "/p/7"),
        ("https://s.example/p/7", "https://elsewhere.example/x", "/p/7"),
    ],
    ids=["query that names it", "canonical", "with www", "foreign canonical"],
)
def test_a_page_is_named_by_its_own_address(url: str, canonical: str, expected: str) -> None:
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""

    assert only(product(), head=head, url=url).external_id == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Größe".encode("cp1252"), ""),
        ("Größe".encode(), "text/html; charset=utf-8"),
        ("Größe".encode("iso-8859-1"), "text/html; charset=ISO-8859-1"),
        ("Größe".encode("utf-16"), ""),
    ],
)
def test_reads_whatever_charset_a_page_has(body: bytes, content_type: str) -> None:
    from ingestion.extraction.document import decoded

    assert decoded(body, content_type) == "Größe"


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 200_000,
        b"<b id=x>" * 30_000 + b"<p>" * 30_000,
        b'<script type="application/ld+json">' + b"[" * 500_000,
        b'<script type="application/ld+json">' + b'{"a":' * 100_000,
        b"<p class=price>" + b"1." * 500_000,
        b'<div itemscope itemprop="a">' * 3000,
        b'<div itemscope itemprop="a">' * 3000 + b"x" * 1_000_000,
        b'<script type="application/ld+json">{"a": "' + b'\\"' * 400_000,
        b'<script type="application/ld+json">{x' + b'"offers":[' * 90_000,
        b"<p>" + b"<i>x</i>" * 100_000 + b"<b class=price>1</b>" * 20_000,
        b'<a itemscope id="a" itemref="a a a a"><i itemprop="offers" itemref="a">' * 500,
    ],
    ids=[
        "nested",
        "formatting",
        "lists",
        "objects",
        "number",
        "items",
        "long item",
        "quotes",
        "offers",
        "prices",
        "references",
    ],
)
def test_a_hostile_page_costs_little(body: bytes) -> None:
    with pytest.raises((NothingFoundError, ContentError)):
        read_page(body, url=URL)


@given(st.binary(max_size=300), st.text(max_size=200))
def test_raises_nothing_but_its_own_errors(raw: bytes, text: str) -> None:
    for body in (
        raw,
        page(text),
        page(product(offers=text)),
        page(body=f"<p class=price>{text}</p>"),
    ):
        try:
            quotes = read_page(body, url=URL)
        except IngestionError:
            continue
        assert all(quote.amount > 0 for quote in quotes)


def test_the_page_s_own_style_sheet_says_what_is_crossed_out() -> None:
    head = "<style>.full[data-v-1]{color:red;text-decoration:line-through}</style>"
    body = '<div class="product-price"><b class="full">12,90 €</b><b>9,90 €</b></div>'

    quote = only(product(), head=head, body=body)

    assert (quote.amount, quote.list_amount) == (Decimal("9.90"), Decimal("12.90"))


@pytest.mark.parametrize(
    ("body", "stated", "expected"),
    [
        ("<p>Sold out</p>", "InStock", Availability.OUT_OF_STOCK),
        ("<p>Sold out</p><button>Add to cart</button>", "InStock", Availability.IN_STOCK),
        ("<div class=related><p>Sold out</p></div>", "InStock", Availability.IN_STOCK),
        ("<p>We never sold out</p>", "InStock", Availability.IN_STOCK),
        ("<button>Add to cart</button>", "", Availability.IN_STOCK),
        ("<button disabled>Add to cart</button>", "", Availability.UNKNOWN),
        ("<button>Add to cart</button>", "OutOfStock", Availability.OUT_OF_STOCK),
        ("", "PreOrder", Availability.PREORDER),
    ],
)
def test_reads_the_stock_as_stated_and_as_shown(
    body: str, stated: str, expected: Availability
) -> None:
    offers = offer(availability=f"https://schema.org/{stated}") if stated else offer()

    assert only(product(offers=offers), body=body).availability == expected


def test_of_two_prices_that_follow_each_other_the_lower_one_is_asked() -> None:
    body = '<h5 class="price">64,95 €</h5><h5 class="price">52,00 €</h5>'

    quote = only(body=body)

    assert (quote.amount, quote.list_amount) == (Decimal("52.00"), Decimal("64.95"))
