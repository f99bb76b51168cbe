"""POST providers/detect: what a URL is, over real HTTP; nothing is stored."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from ingestion.models import Provider
from prices.models import Offer
from tests.api.conftest import API, assert_problem
from tests.ingestion.conftest import Reply, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.ALLOWED_PRIVATE_NETWORKS = ("127.0.0.0/8",)


def detect(client: APIClient, url: str, **more: Any) -> Any:
    return client.post(f"{API}/providers/detect", {"url": url, **more}, format="json")


def catalogue(path: str) -> Reply:
    """Answer as a small DummyJSON shop."""
    if not path.startswith("/products"):
        return 404, {}, b""
    products = [
        {
            "id": number,
            "title": f"Lamp {number}",
            "price": 10 + number,
            "stock": 5,
            "availabilityStatus": "In Stock",
        }
        for number in (1, 2)
    ]
    body = {"products": products, "total": 2, "skip": 0, "limit": 30}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def test_says_what_it_is_why_and_shows_a_sample(admin: APIClient, shop: Shop) -> None:
    shop.reply = catalogue

    response = detect(admin, f"{shop.url}/products")

    assert response.status_code == 200
    body = response.json()
    assert (body["kind"], body["kind_label"]) == ("dummyjson", "DummyJSON")
    assert body["url"] == f"{shop.url}/products"
    assert body["currency"] is None
    assert body["evidence"]
    first = body["sample"][0]
    assert (first["external_id"], first["name"], first["amount"]) == ("1", "Lamp 1", "11.00")
    assert (first["currency"], first["availability"]) == (None, "in_stock")
    assert first["evidence"]["amount"]
    assert not Provider.objects.exists()
    assert not Offer.objects.exists()


def test_what_it_found_can_be_saved_as_it_is(admin: APIClient, shop: Shop) -> None:
    shop.reply = catalogue
    found = detect(admin, f"{shop.url}/products").json()
    wanted = ("kind", "url", "name", "options", "currency")

    saved = admin.post(f"{API}/providers", {name: found[name] for name in wanted}, format="json")

    assert saved.status_code == 201
    checked = admin.post(f"{API}/providers/{saved.json()['slug']}/check").json()
    assert checked["quotes"] == found["sample"]


def test_reads_it_as_the_kind_that_is_asked_for(admin: APIClient, shop: Shop) -> None:
    shop.reply = catalogue

    assert detect(admin, f"{shop.url}/products", kind="dummyjson").json()["kind"] == "dummyjson"
    problem = assert_problem(detect(admin, shop.url, kind="woocommerce"), 400, names="url")
    assert "WooCommerce" in problem["errors"]["url"][0]


@pytest.mark.parametrize("kind", ["ebay", "push", "", None, 5])
def test_refuses_a_kind_that_is_not_read(admin: APIClient, kind: Any) -> None:
    assert_problem(detect(admin, "https://shop.example/", kind=kind), 400, names="kind")


def test_says_what_was_tried_when_it_is_nothing(admin: APIClient, shop: Shop) -> None:
    html = b"<!doctype html><title>Hello</title><p>No shop at all</p>"
    shop.reply = lambda path: (200, {"Content-Type": "text/html"}, html)

    problem = assert_problem(detect(admin, shop.url), 400, names="url")

    (message,) = problem["errors"]["url"]
    assert message.startswith("no prices found. Tried: ")
    assert "Shopify" in message
    assert "WooCommerce" in message
    assert not Provider.objects.exists()


def test_says_that_nobody_answers(admin: APIClient, shop: Shop) -> None:
    shop.close()

    problem = assert_problem(detect(admin, f"{shop.url}/products"), 400, names="url")

    assert problem["errors"]["url"] == [
        "no connection: connection refused. Check that the address is right and the server is up."
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "ftp://shop.example/",
        "javascript:alert(1)",
        "https://shop.example/\x00",
        "https://u:p@shop.example/",
        "http://10.0.0.1/",
        "http://[fd00::1]/",
        "http://169.254.169.254/",
        "https://" + "x" * 3000,
        "http://[::1",
        "http://shop.example:99999/",
        None,
        5,
        ["https://shop.example/"],
    ],
)
def test_refuses_what_is_no_public_address(admin: APIClient, url: Any) -> None:
    assert_problem(detect(admin, url), 400, names="url")


def test_follows_no_redirect_to_a_private_address(admin: APIClient, shop: Shop) -> None:
    shop.reply = lambda path: (302, {"Location": "http://10.0.0.1/secret"}, b"")

    problem = assert_problem(detect(admin, shop.url), 400, names="url")

    assert "10.0.0.1:80 is not a public address" in problem["errors"]["url"][0]


def test_a_server_that_hangs_does_not_hold_the_answer_for_ever(
    admin: APIClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.api.providers.PATIENCE_S", 0.0)
    shop.reply = catalogue

    problem = assert_problem(detect(admin, f"{shop.url}/products"), 400, names="url")

    assert "not done after 0 seconds" in problem["errors"]["url"][0]
    assert shop.asked == []
