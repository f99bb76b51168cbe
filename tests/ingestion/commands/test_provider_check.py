"""`manage.py provider check`: what would be read, and nothing stored."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion.models import Provider, ProviderRun
from prices.models import Offer
from tests.commands import Installation, call
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]
KEYS = [
    *("external_id", "name", "url", "amount", "list_amount", "currency", "availability"),
    *("gtin", "mpn", "sku", "brand", "image_url", "variant", "evidence"),
]


@pytest.fixture(autouse=True)
def _nothing_is_stored() -> Iterator[None]:
    yield
    assert not Offer.objects.exists()
    assert not ProviderRun.objects.exists()


def saved(path: Path, *contents: dict[str, str]) -> str:
    path.write_text(json.dumps(contents))
    return str(path)


def quotes(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_shows_what_a_provider_offers(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages([{"id": "a1", "name": "Lamp", "price": "12.9", "currency": "EUR"}])

    done = call("provider", "check", "shop")

    assert done.code == 0
    assert done.lines == ["", "Lamp (a1)", "  amount        12.90 EUR", "  availability  in_stock"]


def test_json_has_the_documented_keys_and_null_for_what_is_unknown(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages([{"id": "a1", "name": "Lamp", "price": "12.9", "currency": "EUR"}])

    done = call("provider", "check", "shop", "--json")

    (quote,) = quotes(done.out)
    assert list(quote) == KEYS
    assert quote == {
        **dict.fromkeys(KEYS),
        "external_id": "a1",
        "name": "Lamp",
        "amount": "12.90",
        "currency": "EUR",
        "availability": "in_stock",
        "evidence": {},
    }


def test_json_follows_all_pages_and_people_get_the_first(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(15, prefix="a"), items(15, prefix="b"))

    assert len(quotes(call("provider", "check", "shop", "--json").out)) == 30
    assert len(quotes(call("provider", "check", "shop", "--json", "--limit", "3").out)) == 3
    assert call("provider", "check", "shop").out.count("amount") == 10


def test_finds_out_what_an_address_is(shop: Shop, list_adapter: type) -> None:
    product = {
        "id": 1,
        "title": "Lamp",
        "handle": "lamp",
        "variants": [
            {
                "id": 11,
                "title": "Default Title",
                "price": "1299.00",
                "compare_at_price": "1499.00",
                "available": False,
            }
        ],
    }

    def reply(path: str) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/cart.js"):
            return 200, {}, b'{"currency": "JPY"}'
        if path.startswith("/products.json"):
            return 200, {}, json.dumps({"products": [product]}).encode()
        return 404, {}, b""

    shop.reply = reply

    done = call("provider", "check", shop.url, "--json")

    (quote,) = quotes(done.out)
    assert (quote["external_id"], quote["amount"], quote["list_amount"]) == ("11", "1299", "1499")
    assert (quote["currency"], quote["availability"]) == ("JPY", "out_of_stock")
    assert not Provider.objects.exists()
    assert done.err == ""

    told = call("provider", "check", shop.url)

    assert told.lines[0].startswith("Shopify storefront at ")
    assert "  amount        1299 JPY   from products.json: variants[].price" in told.lines


def test_says_what_would_be_refused(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages([{"id": "free", "price": "0"}, {"id": "odd", "price": "1.00005"}])

    done = call("provider", "check", "shop", "--json")

    assert [(one["external_id"], one["amount"]) for one in quotes(done.out)] == [("odd", "1.00")]
    assert done.err == "1 refused: free: a price of zero is not stored\n"


def test_exits_with_1_and_the_reason_when_there_is_no_price(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages([{"id": "free", "price": "0"}])

    done = call("provider", "check", "shop", "--json")

    assert (done.code, done.out) == (1, "")
    assert done.err == ("no price of a product, 1 refused: free: a price of zero is not stored")


def test_exits_with_1_and_what_to_do_when_the_shop_does_not_answer(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)

    done = call("provider", "check", "shop")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("the server answered 404. Open the address in a browser")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give an address, the slug of a provider, or --file PAGE.html."),
        (["nobody"], "there is no provider nobody. Addresses begin with https://"),
        (["ftp://shop.example"], "only http:// and https:// addresses"),
        (["--url", "https://shop.example"], "give the file too"),
        (["pushed"], "prices are pushed"),
        (["--file", "a", "--url", "https://a.example", "--url", "https://b.example"], "two --url"),
        (["--file", "/nowhere/page.html"], "/nowhere/page.html: No such file or directory"),
        (["--file", "page.html", "--url", "page.html"], "page.html: only http://"),
        (["https://shop.example", "--limit", "0"], "'0' is not a number from 1 on"),
    ],
)
def test_refuses_wrong_use(arguments: list[str], message: str, make_provider: MakeProvider) -> None:
    make_provider("pushed", kind="push")

    done = call(
        "provider", "check", *arguments, *(["--kind", "list"] if "--file" in arguments else [])
    )

    assert message in done.err
    assert done.code != 0
    assert done.out == ""


def test_replays_saved_pages_in_order_with_their_names(tmp_path: Path, list_adapter: type) -> None:
    plain = saved(tmp_path / "plain.html", {"id": "a", "price": "1.50"}, {"id": "b", "price": "2"})
    packed = tmp_path / "packed.html.gz"
    packed.write_bytes(gzip.compress(json.dumps([{"id": "c", "price": "3"}]).encode()))

    done = call("provider", "check", "--kind", "list", "--json", "--file", plain, str(packed))

    assert done.code == 0
    assert [(one["file"], one["external_id"], one["amount"]) for one in quotes(done.out)] == [
        (plain, "a", "1.50"),
        (plain, "b", "2.00"),
        (str(packed), "c", "3.00"),
    ]
    assert list(quotes(done.out)[0]) == ["file", *KEYS]


def test_an_address_belongs_to_the_file_before_it(
    tmp_path: Path, list_adapter: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    read = list_adapter.read  # type: ignore[attr-defined]

    def noting(self: Any, request: Any, answer: Any) -> Any:
        seen.append(answer.url)
        return read(self, request, answer)

    monkeypatch.setattr(list_adapter, "read", noting)
    names = [saved(tmp_path / name, {"id": name, "price": "1"}) for name in "abc"]

    call(
        *("provider", "check", "--kind", "list", "--file", names[0], "--url", "https://a.example/"),
        *("--file", names[1], "--file", names[2], "--url", "https://c.example/"),
    )
    call("provider", "check", "--kind", "list", "--url", "https://a.example/", "--file", names[0])

    assert seen == ["https://a.example/", "", "https://c.example/", "https://a.example/"]


def test_a_saved_page_can_be_read_as_one_of_a_provider(
    tmp_path: Path, make_provider: MakeProvider
) -> None:
    make_provider("shop", url="https://shop.example")
    page = saved(tmp_path / "page", {"id": "a", "price": "1"})

    done = call("provider", "check", "shop", "--file", page)

    assert done.lines[1] == f"a (a) in {page}"


def test_of_many_pages_the_empty_ones_are_named_and_the_others_count(
    tmp_path: Path, list_adapter: type
) -> None:
    good = saved(tmp_path / "good", {"id": "a", "price": "1"})
    empty = saved(tmp_path / "empty")
    broken = tmp_path / "broken"
    broken.write_text("<html>")

    some = call("provider", "check", "--kind", "list", "--file", empty, good, str(broken))
    none = call("provider", "check", "--kind", "list", "--json", "--file", empty, str(broken))
    one = call("provider", "check", "--kind", "list", "--json", "--file", empty)

    assert some.code == 0
    assert some.err == f"{empty}: no price of a product\n{broken}: not JSON\n"
    assert (none.code, none.out) == (1, "")
    assert none.err.endswith("no price of a product in any of 2 files")
    assert (one.code, one.out, one.err) == (1, "", f"{empty}: no price of a product")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, list_adapter: type
) -> None:
    good = saved(tmp_path / "good", {"id": "a", "price": "1"})
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(b"[]" * 500)[:-9])

    done = call(
        "provider", "check", "--kind", "list", "--json", "--file", "/nowhere", str(damaged), good
    )

    assert done.code == 2
    assert [one["external_id"] for one in quotes(done.out)] == ["a"]
    assert done.err == (
        "/nowhere: No such file or directory\n"
        f"{damaged}: the gzip file is damaged\n"
        "2 of 3 files cannot be read."
    )


def test_a_packed_page_that_would_fill_the_memory_is_refused(
    tmp_path: Path, list_adapter: type
) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b" " * (30 * 1024 * 1024)))

    done = call("provider", "check", "--kind", "list", "--file", str(bomb))

    assert done.code == 1
    assert "is larger than" in done.err


def test_asks_the_database_nothing_per_page(
    tmp_path: Path, list_adapter: type, django_assert_num_queries: Any
) -> None:
    names = [saved(tmp_path / f"p{number}", {"id": "a", "price": "1"}) for number in range(20)]

    with django_assert_num_queries(0):
        done = call("provider", "check", "--kind", "list", "--json", "--file", *names)

    assert len(quotes(done.out)) == 20


def test_as_a_process_it_prints_quotes_alone_and_exits_honestly(
    shop: Shop, installation: Installation
) -> None:
    shop.reply = lambda path: (
        200,
        {},
        b'{"products": [{"id": 1, "title": "L\xc3\xa4mp", "price": 5}], "total": 1}',
    )

    good = installation.run("provider", "check", f"{shop.url}/products", "--json")
    bad = installation.run("provider", "check", f"{shop.url}/products", "--kind", "shopify")

    assert (good.code, good.err) == (0, "")
    assert [one["name"] for one in quotes(good.out)] == ["Lämp"]
    assert (bad.code, bad.out) == (1, "")
    assert bad.err.startswith("CommandError: no prices found. Tried: Shopify storefront at")
    assert bad.err.count("\n") == 1


PAGE = """<!doctype html><html><head><title>Blue lamp</title>
<link rel="canonical" href="https://shop.example/blue-lamp">
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product",
 "name": "Blue lamp", "sku": "BL-1", "brand": {"@type": "Brand", "name": "Halden"},
 "offers": {"@type": "Offer", "price": "12.90", "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock"}}</script>
</head><body><h1>Blue lamp</h1><p>12.90 €</p></body></html>"""


def test_reads_a_saved_product_page_with_its_evidence(tmp_path: Path) -> None:
    page = tmp_path / "lamp.html"
    page.write_text(PAGE)

    done = call(
        *("provider", "check", "--json", "--file", str(page)),
        *("--url", "https://shop.example/blue-lamp"),
    )

    assert done.code == 0, done.err
    quote = quotes(done.out)[0]
    assert (quote["file"], quote["name"], quote["amount"], quote["currency"]) == (
        str(page),
        "Blue lamp",
        "12.90",
        "EUR",
    )
    assert (quote["availability"], quote["sku"], quote["brand"]) == ("in_stock", "BL-1", "Halden")
    assert quote["evidence"]["amount"]


def test_a_saved_page_without_a_product_yields_nothing_and_says_why(tmp_path: Path) -> None:
    page = tmp_path / "about.html"
    page.write_text("<!doctype html><title>About us</title><h1>About us</h1><p>Since 1912.</p>")

    done = call("provider", "check", "--json", "--file", str(page))

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{page}: ")
    assert len(done.err) > len(f"{page}: ")


def test_finds_the_price_of_a_product_page_that_is_served(shop: Shop, list_adapter: type) -> None:
    shop.reply = lambda path: (
        (200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.encode())
        if path == "/blue-lamp"
        else (404, {}, b"")
    )

    done = call("provider", "check", f"{shop.url}/blue-lamp", "--json")

    assert done.code == 0, done.err
    assert [(one["amount"], one["currency"]) for one in quotes(done.out)] == [("12.90", "EUR")]
