from typing import Any

import pytest
from django.test import Client

from ingestion.demo.server import DemoServer
from ingestion.models import Provider
from tests.dashboard.conftest import Page, provider

PATH = "/providers/add/"


def detect(client: Client, url: str, **more: str) -> Any:
    return client.post(PATH, {"step": "detect", "url": url, "kind": "", **more})


def filled(page: Page) -> dict[str, str]:
    """Return what the second step's form would send."""
    form = next(f for f in page.tree.css("form") if f.css_first('[value="save"]') is not None)
    return {
        field.attributes["name"] or "": field.attributes.get("value") or ""
        for field in form.css("input[name]")
    }


def test_the_first_step_asks_for_an_address(alice: Client) -> None:
    page = Page(alice.get(PATH))

    assert "Step 1 of 2" in page.text
    assert page.tree.css_first("#id_url[autofocus]") is not None
    assert "Shopify storefront" in page.all("#id_kind option")
    assert "Prices pushed by others" not in page.all("#id_kind option")


def test_an_address_can_come_with_the_link(alice: Client) -> None:
    page = Page(alice.get(f"{PATH}?url=https://shop.example/"))

    assert page.attributes("#id_url", "value") == ["https://shop.example/"]


def test_the_second_step_shows_what_was_found_with_evidence_and_stores_nothing(
    alice: Client, shops: DemoServer
) -> None:
    page = Page(detect(alice, f"{shops.url}/harbour"))

    assert "Step 2 of 2" in page.text
    assert "Found: WooCommerce shop" in page.text
    assert "GBP, as the shop says" in page.text
    assert "answered with offers" in page.text
    rows = page.rows("Sample of what was read")
    assert len(rows) == 5
    assert rows[0][0] == "Halden desk lamp One"
    assert filled(page)["name"] == "Harbour & Sons"
    assert not Provider.objects.exists()


def test_saves_what_was_found_with_what_was_changed(alice: Client, shops: DemoServer) -> None:
    form = filled(Page(detect(alice, f"{shops.url}/harbour")))

    answer = alice.post(PATH, {**form, "name": "My harbour", "interval_minutes": "60"})

    saved = Provider.objects.get()
    assert answer["Location"] == f"/providers/{saved.slug}/"
    assert (saved.slug, saved.name, saved.kind) == ("my-harbour", "My harbour", "woocommerce")
    assert (saved.url, saved.currency) == (f"{shops.url}/harbour", None)
    assert saved.interval_minutes == 60
    assert "The next run brings its prices." in Page(alice.get(answer["Location"])).text


def test_a_kind_can_be_named(alice: Client, shops: DemoServer) -> None:
    page = Page(detect(alice, f"{shops.url}/prairie/products", kind="dummyjson"))

    assert "Found: DummyJSON" in page.text


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "This field is required."),
        ("ftp://shop.example/", "http"),
        ("http://10.1.2.3/", "PRICESTREAM_ALLOW_PRIVATE_NETWORKS"),
        ("http://127.0.0.1:9/", "connection refused. Check that the address is right"),
    ],
    ids=["nothing", "another scheme", "a private network", "nobody there"],
)
def test_what_cannot_be_read_is_said_at_the_address(
    alice: Client, shops: DemoServer, url: str, message: str
) -> None:
    page = Page(detect(alice, url), 400)

    assert message in page.first(".errorlist")
    assert page.attributes("#id_url", "aria-invalid") == ["true"]
    assert not Provider.objects.exists()


def test_errors_of_the_second_step_stand_at_their_field(alice: Client, shops: DemoServer) -> None:
    form = filled(Page(detect(alice, f"{shops.url}/harbour")))

    page = Page(alice.post(PATH, {**form, "currency": "E1", "interval_minutes": "99999"}), 400)

    assert "less than or equal to 10080" in page.text
    again = Page(alice.post(PATH, {**form, "currency": "E1"}), 400)
    assert "An ISO 4217 code" in again.text
    assert filled(again)["url"] == f"{shops.url}/harbour"
    assert not Provider.objects.exists()


def test_a_kind_that_does_not_exist_is_refused(alice: Client) -> None:
    form = {"step": "save", "name": "X", "kind": "nonsense", "url": "https://x.example"}

    page = Page(alice.post(PATH, form), 400)

    assert '"nonsense" is not a valid choice.' in page.text
    assert not Provider.objects.exists()


def test_a_second_provider_of_the_same_name_gets_a_slug_of_its_own(alice: Client) -> None:
    provider("shop", name="Shop")
    form = {"step": "save", "name": "Shop", "kind": "shopify", "url": "https://x.example"}

    alice.post(PATH, form)

    assert sorted(one.slug for one in Provider.objects.all()) == ["shop", "shop-2"]


def test_a_viewer_may_not_add(victor: Client) -> None:
    for response in (victor.get(PATH), detect(victor, "https://shop.example/")):
        assert "You may not add providers." in Page(response, 403).text
