"""GET and POST providers, GET, PATCH and DELETE providers/{slug}, its runs and its dry run."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ingestion import runs
from ingestion.models import Provider, ProviderRun, Run, Trigger
from prices.models import CheckedSpan, Offer, Price, Product
from tests.api.conftest import API, NOON, Clock, assert_problem, days, provider, sell
from tests.api.test_runs import ended
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db

MakeProvider = Callable[..., Provider]
NEW = {"name": "Käse & Co", "kind": "shopify", "url": "https://kaese.example/"}


def post(client: APIClient, **body: Any) -> Any:
    return client.post(f"{API}/providers", body, format="json")


def patch(client: APIClient, at: str = "shop", /, **body: Any) -> Any:
    return client.patch(f"{API}/providers/{at}", body, format="json")


def slugs(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["slug"] for one in response.json()["results"]]


def test_lists_providers_by_name_with_their_health(viewer: APIClient, clock: Clock) -> None:
    good = provider("good", kind="shopify", url="https://good.example/", currency="EUR")
    provider("bad", kind="woocommerce", failures_in_a_row=6, not_before=NOON + days(1))
    for number in range(4):
        ended(number, "Completed", good)
    ended(9, "Failed", good)
    Provider.objects.filter(slug="good").update(last_success_at=NOON - timedelta(seconds=90))
    clock(NOON)

    body = viewer.get(f"{API}/providers").json()

    assert [one["slug"] for one in body["results"]] == ["bad", "good"]
    bad, good_body = body["results"]
    assert bad["health"] == {
        "circuit": "open",
        "success_rate": None,
        "p50_duration_s": None,
        "p95_duration_s": None,
        "freshness_s": None,
    }
    assert good_body["health"] == {
        "circuit": "closed",
        "success_rate": 0.8,
        "p50_duration_s": 2.0,
        "p95_duration_s": 2.0,
        "freshness_s": 90.0,
    }
    shown = {name: good_body[name] for name in ("kind", "kind_label", "url", "currency", "enabled")}
    assert shown == {
        "kind": "shopify",
        "kind_label": "Shopify storefront",
        "url": "https://good.example/",
        "currency": "EUR",
        "enabled": True,
    }


def test_the_circuit_is_half_open_when_the_wait_is_over(viewer: APIClient, clock: Clock) -> None:
    provider("bad", failures_in_a_row=6, not_before=NOON)
    clock(NOON)

    assert viewer.get(f"{API}/providers/bad").json()["health"]["circuit"] == "half_open"


def test_health_looks_at_the_fifty_newest_ended_runs(viewer: APIClient, clock: Clock) -> None:
    shop, other = provider("shop"), provider("other")
    for number in range(60):
        ended(number, "Completed" if number < 40 else "Failed", shop)
        ended(number, "Failed", other)
    for part in ProviderRun.objects.filter(provider=shop, status="Completed").order_by("pk"):
        part.finished_at = part.started_at + timedelta(seconds=1 + part.pk % 2)
        part.save()
    ended(-1, "Running", shop)
    clock(NOON)

    health = viewer.get(f"{API}/providers/shop").json()["health"]

    assert health["success_rate"] == 0.8  # 40 of the newest 50
    assert viewer.get(f"{API}/providers/other").json()["health"]["success_rate"] == 0.0


def test_percentiles_are_of_what_completed(viewer: APIClient) -> None:
    shop = provider("shop")
    for seconds in range(1, 21):
        ended(seconds, "Completed", shop)
        ProviderRun.objects.filter(started_at=NOON - timedelta(minutes=seconds)).update(
            finished_at=NOON - timedelta(minutes=seconds) + timedelta(seconds=seconds)
        )
    ended(30, "Failed", shop)
    ProviderRun.objects.filter(status="Failed").update(finished_at=NOON + days(1))

    health = viewer.get(f"{API}/providers/shop").json()["health"]

    assert (health["p50_duration_s"], health["p95_duration_s"]) == (10.0, 19.0)


def test_makes_as_many_queries_for_many_providers_as_for_one(viewer: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(f"{API}/providers?page_size=100").status_code == 200
        return len(captured)

    ended(0, "Completed", provider("shop0"))
    before = queries()
    for number in range(1, 60):
        ended(number, "Completed", provider(f"shop{number}"))

    # user, count, page, where the newest runs begin, the newest runs
    assert queries() == before == 5


def test_filters(viewer: APIClient) -> None:
    provider("a", kind="shopify")
    provider("b", kind="shopify", enabled=False)
    provider("c", kind="push")

    assert slugs(viewer.get(f"{API}/providers?kind=shopify")) == ["a", "b"]
    assert slugs(viewer.get(f"{API}/providers?enabled=false")) == ["b"]
    assert slugs(viewer.get(f"{API}/providers?enabled=true&kind=shopify")) == ["a"]
    assert slugs(viewer.get(f"{API}/providers?enabled=&kind=")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("enabled", "maybe"), ("enabled", "1"), ("kind", "ebay"), ("kind", "\x00")],
)
def test_refuses_a_filter_that_cannot_be_read(viewer: APIClient, field: str, value: str) -> None:
    assert_problem(viewer.get(f"{API}/providers", {field: value}), 400, names=field)


def test_saves_a_provider_under_a_slug_made_of_its_name(admin: APIClient) -> None:
    response = post(admin, **NEW, interval_minutes=30, enabled=False, options={"a": [1]})

    assert response.status_code == 201
    body = response.json()
    assert (body["slug"], body["name"], body["kind"]) == ("kase-co", "Käse & Co", "shopify")
    assert (body["interval_minutes"], body["enabled"], body["options"]) == (30, False, {"a": [1]})
    assert (body["currency"], body["is_demo"], body["offers_last_run"]) == (None, False, 0)
    assert body["health"]["circuit"] == "closed"
    saved = Provider.objects.get()
    assert (saved.slug, saved.url, saved.enabled) == ("kase-co", "https://kaese.example/", False)


def test_a_second_one_of_the_same_name_gets_another_slug(admin: APIClient) -> None:
    assert [post(admin, **NEW).json()["slug"] for _ in range(3)] == [
        "kase-co",
        "kase-co-2",
        "kase-co-3",
    ]


def test_takes_a_slug_of_ones_own(admin: APIClient) -> None:
    assert post(admin, **NEW, slug="cheese").json()["slug"] == "cheese"

    problem = assert_problem(post(admin, **NEW, slug="cheese"), 400, names="slug")

    assert problem["errors"]["slug"] == ["provider with this slug already exists."]
    assert Provider.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_slug_at_once_one_gets_it(admin: APIClient) -> None:
    start = threading.Barrier(8)
    statuses: list[int] = []

    def ask() -> None:
        try:
            client = APIClient(**admin.defaults)
            start.wait()
            statuses.append(post(client, **NEW, slug="cheese").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Counter(statuses) == {201: 1, 400: 7}


@pytest.mark.parametrize("currency", ["EUR", "eur", "JPY", None])
def test_takes_a_currency_of_iso_4217(admin: APIClient, currency: str | None) -> None:
    response = post(admin, **NEW, currency=currency)

    assert response.json()["currency"] == (currency.upper() if currency else None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\x00b"),
        ("name", None),
        ("kind", "ebay"),
        ("kind", ""),
        ("kind", None),
        ("slug", "Über"),
        ("slug", "a b"),
        ("slug", "-a"),
        ("slug", "x" * 65),
        ("slug", "detect"),
        ("currency", "EURO"),
        ("currency", "XYZ"),
        ("currency", "€"),
        ("currency", ""),
        ("interval_minutes", 0),
        ("interval_minutes", -5),
        ("interval_minutes", 10_081),
        ("interval_minutes", 10**30),
        ("interval_minutes", "soon"),
        ("interval_minutes", True),
        ("enabled", "perhaps"),
        ("enabled", None),
        ("options", []),
        ("options", "x"),
        ("options", None),
        ("options", {"a": "x" * 70_000}),
        ("options", {"a": ["b\x00"]}),
        ("options", {"a\x00": 1}),
        ("options", {"token": "***"}),
        ("url", ""),
        ("url", "kaese.example"),
        ("url", "ftp://kaese.example/"),
        ("url", "javascript:alert(1)"),
        ("url", "file:///etc/passwd"),
        ("url", "https://user:secret@kaese.example/"),
        ("url", "https://kaese.example/ x"),
        ("url", "https://kaese.example\\@evil.example/"),
        ("url", "https://"),
        ("url", "https://kaese.example/" + "x" * 2048),
        ("url", "http://127.0.0.1/"),
        ("url", "http://127.1/"),
        ("url", "http://0x7f.0.0.1/"),
        ("url", "http://2130706433/"),
        ("url", "http://[::1]/"),
        ("url", "http://[::ffff:10.0.0.1]/"),
        ("url", "http://10.1.2.3/products.json"),
        ("url", "http://192.168.0.1:8080/"),
        ("url", "http://169.254.169.254/latest/meta-data/"),
        ("url", "http://0.0.0.0/"),
        ("url", "http://localhost:8000/"),
        ("url", "http://shop.localhost./"),
        ("url", "http://93.184.216.34:22/"),
        ("url", 5),
    ],
)
def test_names_the_field_that_cannot_be_saved(admin: APIClient, field: str, value: Any) -> None:
    shop = provider("shop", kind="shopify", url="https://shop.example/")

    problem = assert_problem(post(admin, **{**NEW, field: value}), 400, names=field)

    assert list(problem["errors"]) == [field]
    if (field, value) != ("slug", "Über"):
        assert_problem(patch(admin, **{field: value}), 400, names=field)
    assert Provider.objects.get() == shop
    assert Provider.objects.get().url == "https://shop.example/"


def test_says_how_a_private_address_can_be_allowed(admin: APIClient) -> None:
    problem = assert_problem(post(admin, **{**NEW, "url": "http://10.1.2.3/"}), 400)

    assert problem["errors"]["url"] == [
        "10.1.2.3:80 is not a public address. Use a public http(s) address, or let the operator "
        "name the network in PRICESTREAM_ALLOW_PRIVATE_NETWORKS."
    ]


def test_an_allowed_network_is_allowed(admin: APIClient, settings: Any) -> None:
    settings.ALLOWED_PRIVATE_NETWORKS = ("10.1.0.0/16",)

    assert post(admin, **{**NEW, "url": "http://10.1.2.3:9000/"}).status_code == 201
    assert_problem(post(admin, **{**NEW, "url": "http://10.2.2.3/"}), 400, names="url")


def test_pushed_prices_need_no_address_and_others_do(admin: APIClient) -> None:
    assert post(admin, name="Mine", kind="push").status_code == 201
    problem = assert_problem(post(admin, name="Theirs", kind="shopify"), 400, names="url")

    assert problem["errors"]["url"] == ["is needed for a provider that is read"]


def test_shows_one_provider(viewer: APIClient) -> None:
    provider("shop", kind="shopify", url="https://shop.example/")

    body = viewer.get(f"{API}/providers/shop").json()

    assert (body["slug"], body["url"]) == ("shop", "https://shop.example/")
    assert body == viewer.get(f"{API}/providers").json()["results"][0]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("slug", ["nobody", "a" * 300])
def test_there_is_no_such_provider(admin: APIClient, method: str, slug: str) -> None:
    assert_problem(getattr(admin, method)(f"{API}/providers/{slug}"), 404, code="not_found")


def test_changes_what_is_given_and_nothing_else(admin: APIClient) -> None:
    provider("shop", kind="shopify", url="https://shop.example/", currency="EUR", last_run_at=NOON)

    response = patch(admin, name="Renamed", currency=None, failures_in_a_row=99, is_demo=True)

    assert response.status_code == 200
    saved = Provider.objects.get()
    assert (saved.name, saved.currency, saved.url) == ("Renamed", None, "https://shop.example/")
    assert (saved.failures_in_a_row, saved.is_demo, saved.last_run_at) == (0, False, NOON)
    assert (response.json()["name"], response.json()["currency"]) == ("Renamed", None)
    assert patch(admin).status_code == 200


def test_a_change_keeps_what_a_run_wrote_meanwhile(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider("shop", kind="shopify", url="https://shop.example/")
    save = Provider.save

    def save_after_a_run(self: Provider, **options: Any) -> None:
        Provider.objects.update(last_success_at=NOON, offers_last_run=5, next_due_at=NOON)
        save(self, **options)

    monkeypatch.setattr(Provider, "save", save_after_a_run)

    patch(admin, name="Renamed")

    saved = Provider.objects.get()
    assert (saved.name, saved.last_success_at, saved.offers_last_run) == ("Renamed", NOON, 5)
    assert saved.next_due_at == NOON


def test_a_slug_does_not_change(admin: APIClient) -> None:
    provider("shop")

    assert_problem(patch(admin, slug="other"), 400, names="slug")
    assert patch(admin, slug="shop", name="Same").status_code == 200
    assert Provider.objects.get().slug == "shop"


@pytest.mark.parametrize(
    ("fields", "starts_anew", "due"),
    [
        ({"url": "https://moved.example/"}, True, True),
        ({"kind": "woocommerce"}, True, True),
        ({"interval_minutes": 5}, False, True),
        ({"enabled": True}, False, True),
        ({"name": "Other"}, False, False),
        ({"url": "https://shop.example/", "interval_minutes": 60, "enabled": False}, False, False),
    ],
)
def test_a_provider_that_moved_begins_anew(
    admin: APIClient, fields: dict[str, Any], starts_anew: bool, due: bool
) -> None:
    provider(
        "shop",
        kind="shopify",
        url="https://shop.example/",
        interval_minutes=60,
        enabled=False,
        failures_in_a_row=7,
        not_before=NOON,
        offers_last_run=500,
        next_due_at=NOON,
    )

    patch(admin, **fields)

    saved = Provider.objects.get()
    assert (saved.failures_in_a_row, saved.not_before, saved.offers_last_run) == (
        (0, None, 0) if starts_anew else (7, NOON, 500)
    )
    assert saved.next_due_at == (None if due else NOON)


def test_a_read_provider_cannot_lose_its_address(admin: APIClient) -> None:
    provider("shop", kind="shopify", url="https://shop.example/")

    assert_problem(patch(admin, url=""), 400, names="url")
    assert patch(admin, url="", kind="push").status_code == 200


def test_secrets_are_written_and_never_shown(admin: APIClient, viewer: APIClient) -> None:
    options = {"headers": {"Authorization": "Bearer abc", "X-Api-Key": "k"}, "currency_path": "c"}
    response = post(admin, **NEW, options=options)

    shown = {"headers": {"Authorization": "***", "X-Api-Key": "***"}, "currency_path": "c"}
    for answer in (response, viewer.get(f"{API}/providers/kase-co")):
        assert answer.json()["options"] == shown
        assert b"abc" not in answer.content
    assert Provider.objects.get().options == options

    patch(admin, "kase-co", options={**shown, "currency_path": "d"})
    assert Provider.objects.get().options == {**options, "currency_path": "d"}

    patch(admin, "kase-co", options={"headers": {"Authorization": "new", "X-Api-Key": "***"}})
    assert Provider.objects.get().options == {"headers": {"Authorization": "new", "X-Api-Key": "k"}}

    assert_problem(patch(admin, "kase-co", options={"token": "***"}), 400, names="options")


def test_deletes_a_provider_with_its_history(admin: APIClient) -> None:
    gtin = "04006381333931"
    sell("shop", "1", "10", gtin=gtin)
    sell("shop", "2", "20")
    other = sell("other", "9", "30", gtin=gtin)
    shop = Provider.objects.get(slug="shop")
    ended(0, "Completed", shop)
    CheckedSpan.objects.create(provider=shop, started_at=NOON, ended_at=NOON)

    response = admin.delete(f"{API}/providers/shop")

    assert (response.status_code, response.content) == (204, b"")
    assert list(Provider.objects.values_list("slug", flat=True)) == ["other"]
    assert list(Offer.objects.values_list("pk", flat=True)) == [other.pk]
    assert (Price.objects.count(), CheckedSpan.objects.count()) == (1, 0)
    product = Product.objects.get()
    assert (product.offers_count, product.best_offer_id) == (1, other.pk)
    assert Run.objects.count() == 1
    assert_problem(admin.get(f"{API}/history/shop/1"), 404)


def test_a_provider_that_is_being_read_is_not_deleted(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    runs.create_run(trigger=Trigger.COMMAND, providers=[make_provider("shop")], now=NOON)

    assert_problem(admin.delete(f"{API}/providers/shop"), 409, code="already_running")
    assert Provider.objects.exists()


def test_lists_its_part_of_the_runs_newest_first(viewer: APIClient) -> None:
    shop, other = provider("shop"), provider("other")
    old, new = ended(10, "Failed", shop), ended(0, "Completed", shop, other)

    body = viewer.get(f"{API}/providers/shop/runs").json()

    assert [(one["run"], one["status"]) for one in body["results"]] == [
        (str(new.pk), "Completed"),
        (str(old.pk), "Failed"),
    ]
    assert_problem(viewer.get(f"{API}/providers/nobody/runs"), 404)


def test_a_dry_run_shows_what_would_be_read_and_stores_nothing(
    admin: APIClient, shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages([*items(2, "12.50"), {"id": "bad", "price": "0"}])

    body = admin.post(f"{API}/providers/shop/check").json()

    assert [(one["external_id"], one["amount"]) for one in body["quotes"]] == [
        ("i0", "12.50"),
        ("i1", "12.50"),
    ]
    assert (body["quotes"][0]["currency"], body["quotes"][0]["gtin"]) == ("EUR", None)
    assert [one["code"] for one in body["rejected"]] == ["zero_price"]
    assert (Offer.objects.count(), ProviderRun.objects.count()) == (0, 0)


def test_a_dry_run_that_fails_says_why(
    admin: APIClient, shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    provider("pushed")

    problem = assert_problem(admin.post(f"{API}/providers/shop/check"), 400, names="provider")
    assert problem["errors"]["provider"] == [
        "the server answered 404. Open the address in a browser: it may have moved, or want a "
        "sign-in."
    ]
    assert_problem(admin.post(f"{API}/providers/pushed/check"), 400, names="provider")
    assert_problem(admin.post(f"{API}/providers/nobody/check"), 404)
