"""What the demo shops sell."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.demo.assortment import (
    EPOCH,
    SHOPS,
    DemoShop,
    articles,
    history,
    item,
    items,
    offered,
)
from prices.identifiers import gtin14

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_every_gtin_is_valid_and_belongs_to_one_thing() -> None:
    gtins = [
        article.gtin_of(variant)
        for article in articles()
        for variant in range(len(article.variants))
    ]

    assert all(gtin14(gtin) == gtin for gtin in gtins)
    assert len(set(gtins)) == len(gtins) > len(articles())


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.key)
def test_the_same_instant_gives_the_same_prices(shop: DemoShop) -> None:
    first = items(shop, AT)
    items(shop, AT + timedelta(days=30))

    assert items(shop, AT) == first
    assert all(one.price > 0 for one in first)
    assert all(one.list_price is None or one.list_price > one.price for one in first)


def test_a_history_ends_with_what_is_offered_now() -> None:
    shop = SHOPS[0]
    start = AT - timedelta(days=90)
    assert start > EPOCH

    for article, variant in offered(shop)[:20]:
        changes = list(history(shop, article, variant, start=start, end=AT))

        assert changes[0][0] == start
        assert changes[-1][1] == item(shop, article, AT, variant)
        assert [at for at, _ in changes] == sorted({at for at, _ in changes})


def test_only_shopify_shops_list_variants() -> None:
    with_variants = {shop.kind for shop in SHOPS if any(v for _, v in offered(shop))}

    assert with_variants == {"shopify"}


def test_every_platform_has_a_shop_and_several_currencies_are_there() -> None:
    assert {shop.kind for shop in SHOPS} == {
        "shopify",
        "woocommerce",
        "dummyjson",
        "product_feed",
        "product_page",
    }
    assert {"EUR", "GBP", "USD", "JPY", "SEK", "CHF"} == {shop.currency for shop in SHOPS}
