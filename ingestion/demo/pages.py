"""What visitors of the demo shops see: home pages, and product pages with structured data."""

import html
import json
from collections.abc import Sequence
from typing import Final

from ingestion.demo.assortment import DemoShop, ShopItem, sku_of
from prices.money import plain

SHOWN: Final = 60
STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1d2433;background:#fbfaf7}
header{background:#1d2433;color:#fff;padding:1rem 2rem;font-size:1.25rem}
header a{color:inherit;text-decoration:none}
main{max-width:60rem;margin:2rem auto;padding:0 1rem}
ul.items{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem}
ul.items li{background:#fff;border:1px solid #e4e0d8;border-radius:.5rem;padding:1rem}
.price{font-weight:700}del{color:#7a7468;font-weight:400;margin-right:.5rem}
.sold-out{color:#a33}.brand{color:#7a7468;font-size:.875rem}
"""


def home_page(shop: DemoShop, offered: Sequence[ShopItem], base: str) -> str:
    """Return the shop's front page: what it sells, at what price."""
    rows = "".join(_entry(shop, item, base) for item in offered[:SHOWN] if not item.variant)
    return _page(
        shop, shop.name, f"<h1>{html.escape(shop.name)}</h1><ul class=items>{rows}</ul>", base
    )


def product_page(shop: DemoShop, item: ShopItem, related: Sequence[ShopItem], base: str) -> str:
    """Return the page of one product; every other one states it in microdata, not JSON-LD."""
    others = "".join(_entry(shop, one, base) for one in related)
    build = _with_microdata if item.article.number % 2 else _with_json_ld
    body = (
        f"{build(shop, item, base)}"
        f'<section class="related-products"><h2>You may also like</h2><ul class=items>{others}</ul>'
        "</section>"
    )
    return _page(shop, item.article.name, body, base, canonical=address(item, base))


def address(item: ShopItem, base: str) -> str:
    """Return where the page of a product is."""
    return f"{base}/p/{item.article.handle}"


def _page(shop: DemoShop, title: str, body: str, base: str, canonical: str = "") -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)} | {html.escape(shop.name)}</title>"
        f'<meta property="og:site_name" content="{html.escape(shop.name)}">{link}'
        f"<style>{STYLE}</style></head><body>"
        f'<header><a href="{base}">{html.escape(shop.name)}</a></header>'
        f"<main>{body}</main></body></html>"
    )


def _entry(shop: DemoShop, item: ShopItem, base: str) -> str:
    name = html.escape(item.article.name)
    shown = f'<a href="{address(item, base)}">{name}</a>' if shop.kind == "product_page" else name
    return (
        f'<li><div class="brand">{html.escape(item.article.brand)}</div>{shown}'
        f"<div>{_price(shop, item)}</div></li>"
    )


def _price(shop: DemoShop, item: ShopItem) -> str:
    struck = f"<del>{_money(shop, item.list_price)}</del>" if item.list_price else ""
    sold_out = "" if item.in_stock else ' <span class="sold-out">Sold out</span>'
    return f'{struck}<span class="price">{_money(shop, item.price)}</span>{sold_out}'


def _money(shop: DemoShop, amount: object) -> str:
    return f"{shop.currency} {plain(amount, shop.currency)}"  # type: ignore[arg-type]


def _with_json_ld(shop: DemoShop, item: ShopItem, base: str) -> str:
    offer: dict[str, object] = {
        "@type": "Offer",
        "url": address(item, base),
        "price": str(item.price),
        "priceCurrency": shop.currency,
        "availability": _availability(item),
    }
    if item.list_price:
        offer["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/ListPrice",
            "price": str(item.list_price),
            "priceCurrency": shop.currency,
        }
    article = item.article
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": article.name,
        "brand": {"@type": "Brand", "name": article.brand},
        "gtin13": article.gtin[-13:],
        "mpn": article.mpn,
        "sku": sku_of(item),
        "offers": offer,
    }
    stated = json.dumps(product).replace("<", "\\u003c")
    return (
        f'<script type="application/ld+json">{stated}</script>'
        f"<h1>{html.escape(article.name)}</h1><p>{_price(shop, item)}</p>{_button(item)}"
    )


def _with_microdata(shop: DemoShop, item: ShopItem, base: str) -> str:
    article = item.article
    struck = f"<del>{_money(shop, item.list_price)}</del>" if item.list_price else ""
    return f"""<div itemscope itemtype="https://schema.org/Product">
<h1 itemprop="name">{html.escape(article.name)}</h1>
<p>by <span itemprop="brand">{html.escape(article.brand)}</span></p>
<meta itemprop="gtin13" content="{article.gtin[-13:]}"><meta itemprop="mpn" content="{article.mpn}">
<meta itemprop="sku" content="{sku_of(item)}">
<p itemprop="offers" itemscope itemtype="https://schema.org/Offer">{struck}
<span class="price" itemprop="price" content="{item.price}">{_money(shop, item.price)}</span>
<meta itemprop="priceCurrency" content="{shop.currency}">
<link itemprop="availability" href="{_availability(item)}"></p>{_button(item)}</div>"""


def _availability(item: ShopItem) -> str:
    return f"https://schema.org/{'InStock' if item.in_stock else 'OutOfStock'}"


def _button(item: ShopItem) -> str:
    return "<button>Add to cart</button>" if item.in_stock else "<button disabled>Sold out</button>"
