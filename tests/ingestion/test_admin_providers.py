"""Providers in the admin."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from ingestion import runs
from ingestion.demo import seeding
from ingestion.models import Provider, ProviderRun, Run, Trigger
from ingestion.runner import execute
from prices.models import Offer, Product
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]
LIST = "/admin/ingestion/provider/"


@pytest.fixture
def operator() -> Client:
    user = User.objects.create_user("olga", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def read_now(*providers: Provider) -> Run:
    run = runs.create_run(trigger=Trigger.COMMAND, providers=providers, now=timezone.now())
    return execute(run.pk)


def texts(response: Any) -> str:
    return " ".join(response.content.decode().split())


def act(client: Client, action: str, *providers: Provider) -> Any:
    data = {"action": action, "_selected_action": [provider.pk for provider in providers]}
    return client.post(LIST, data, follow=True)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "new-shop",
        "name": "New shop",
        "kind": "shopify",
        "url": "https://shop.example",
        "currency": "",
        "enabled": "on",
        "interval_minutes": "",
        "options": "{}",
        **changes,
    }


def test_the_list_answers_how_each_fares(
    shop: Shop, make_provider: MakeProvider, operator: Client
) -> None:
    well = make_provider("well", url=f"{shop.url}/well")
    ill = make_provider("ill", url=f"{shop.url}/ill")
    make_provider("off", enabled=False)
    make_provider("pushed", kind="push")
    catalogue = pages(items(3))
    shop.reply = lambda path: catalogue(path) if path.startswith("/well") else (404, {}, b"")
    read_now(well, ill)
    until = timezone.now() + timedelta(hours=2)
    Provider.objects.filter(pk=ill.pk).update(failures_in_a_row=5, not_before=until)

    page = texts(operator.get(LIST))

    for cell in (
        '<td class="field-state">ok</td>',
        f'<td class="field-state">left alone until {until:%Y-%m-%d %H:%M} UTC</td>',
        '<td class="field-state">disabled</td>',
        '<td class="field-state">pushed by others</td>',
        '<td class="field-offers">3</td>',
        '<td class="field-fresh">just now</td>',
        '<td class="field-success">100%</td>',
        '<td class="field-success">0%</td>',
        'http_status<div class="hint">Open the address in a browser',
    ):
        assert cell in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=nord", ["nordlicht"]),
        ("q=shop.example", ["south"]),
        ("enabled__exact=0", ["off"]),
        ("circuit=open", ["resting"]),
        ("circuit=half_open", ["trying"]),
        ("circuit=closed", ["nordlicht", "off", "south"]),
        ("last_run=failed", ["resting", "trying"]),
        ("last_run=completed", ["south"]),
        ("last_run=none", ["nordlicht", "off"]),
        ("kind__exact=push", []),
        ("is_demo__exact=1", ["nordlicht"]),
        ("circuit=%27", ["nordlicht", "off", "resting", "south", "trying"]),
    ],
)
def test_the_list_can_be_searched_and_filtered(
    query: str, expected: list[str], make_provider: MakeProvider, operator: Client
) -> None:
    now = timezone.now()
    make_provider("nordlicht", is_demo=True)
    make_provider("off", enabled=False, not_before=now - timedelta(days=1))
    make_provider("south", url="https://shop.example", last_run_at=now)
    failed = {"failures_in_a_row": 6, "last_error_code": "timeout", "last_run_at": now}
    make_provider("resting", not_before=now + timedelta(hours=1), **failed)
    make_provider("trying", not_before=now - timedelta(hours=1), **failed)

    response = operator.get(f"{LIST}?{query}")

    found = [provider.slug for provider in response.context["cl"].result_list]
    assert sorted(found) == expected


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    make_provider: MakeProvider, operator: Client, django_assert_num_queries: Any
) -> None:
    for count in (1, 20):
        for _ in range(count):
            make_provider(f"p{Provider.objects.count()}")
        # the session, the user and what they may do (4); how many there are, a page, its health
        with django_assert_num_queries(8):
            assert operator.get(LIST).status_code == 200


def test_the_page_of_one_shows_its_last_runs_with_what_to_do(
    shop: Shop, make_provider: MakeProvider, operator: Client
) -> None:
    provider = make_provider(url=shop.url)
    shop.reply = pages(items(3))
    read_now(provider)
    shop.reply = lambda path: (404, {}, b"")
    read_now(provider)

    page = texts(operator.get(f"{LIST}{provider.pk}/change/"))

    part = ProviderRun.objects.latest("pk")
    assert f'<a href="/admin/ingestion/providerrun/{part.pk}/change/">' in page
    assert f"<td><b>http_status</b> {shop.url}: the server answered 404. Open the address" in page
    assert page.count("<td>Completed</td>") == 1
    assert 'name="slug"' not in page


def test_a_name_is_never_markup(make_provider: MakeProvider, boss: Client) -> None:
    bad = "<script>alert(1)</script>"
    provider = make_provider(url="https://shop.example")
    Provider.objects.filter(pk=provider.pk).update(name=bad, last_error_code="<b>x")

    for path in (LIST, f"{LIST}{provider.pk}/change/", f"{LIST}{provider.pk}/check/"):
        page = boss.get(path).content.decode()
        assert bad not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<b>x" not in page


def test_adds_a_provider(operator: Client) -> None:
    response = operator.post(f"{LIST}add/", form(currency="EUR", interval_minutes="30"))

    assert response.status_code == 302
    provider = Provider.objects.get()
    assert (provider.slug, provider.url, provider.currency, provider.interval_minutes) == (
        "new-shop",
        "https://shop.example",
        "EUR",
        30,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "ftp://shop.example"}, "only http:// and https:// addresses with a host name"),
        ({"url": "https://me:word@shop.example"}, "must not hold a user name or password"),
        ({"url": ""}, "It is needed for a provider that is read."),
        ({"url": "https://shop.example\\@127.0.0.1/"}, "blanks, backslashes or control"),
        ({"slug": "New Shop"}, "Enter a valid"),
        ({"kind": "carrier-pigeon"}, "Select a valid choice"),
        ({"currency": "euro"}, "at most 3 characters"),
        ({"currency": "eur"}, "An ISO 4217 code, for example EUR."),
        ({"interval_minutes": "0"}, "greater than or equal to 1"),
        ({"options": "[]"}, "Options are a JSON object"),
        ({"options": "{"}, "Enter a valid JSON."),
    ],
)
def test_refuses_what_cannot_be_read_and_saves_nothing(
    changes: dict[str, Any], message: str, operator: Client
) -> None:
    response = operator.post(f"{LIST}add/", form(**changes))

    assert response.status_code == 200
    assert message in texts(response)
    assert not Provider.objects.exists()


def test_a_provider_whose_prices_are_pushed_needs_no_address(operator: Client) -> None:
    assert operator.post(f"{LIST}add/", form(kind="push", url="")).status_code == 302
    assert Provider.objects.get().url == ""


def test_the_slug_stays_as_it_is(make_provider: MakeProvider, operator: Client) -> None:
    provider = make_provider("shop", url="https://shop.example", kind="shopify")

    operator.post(f"{LIST}{provider.pk}/change/", form(slug="other", name="Renamed"))

    provider.refresh_from_db()
    assert (provider.slug, provider.name) == ("shop", "Renamed")


def test_runs_the_chosen_ones_now(make_provider: MakeProvider, operator: Client) -> None:
    one, two, _ = make_provider("one"), make_provider("two"), make_provider("three")

    response = act(operator, "run_now", one, two)

    run = Run.objects.get()
    assert (run.trigger, run.providers_total) == (Trigger.ADMIN, 2)
    assert [part.provider for part in run.provider_runs.order_by("provider__slug")] == [one, two]
    assert OrmQ.objects.count() == 1
    assert f'<a href="/admin/ingestion/run/{run.pk}/change/">follow it</a>' in texts(response)


def test_does_not_run_what_is_being_read(make_provider: MakeProvider, operator: Client) -> None:
    provider = make_provider()
    runs.create_run(trigger=Trigger.API, providers=[provider], now=timezone.now())

    response = act(operator, "run_now", provider)

    assert "Already being read: shop." in texts(response)
    assert (Run.objects.count(), OrmQ.objects.count()) == (1, 0)


def test_does_not_run_what_is_disabled_or_pushed(
    make_provider: MakeProvider, operator: Client
) -> None:
    off, pushed = make_provider("off", enabled=False), make_provider("pushed", kind="push")

    assert "Disabled: off." in texts(act(operator, "run_now", off))
    assert "Prices are pushed, not read: pushed." in texts(act(operator, "run_now", pushed))
    assert not Run.objects.exists()


def test_runs_one_from_its_page_by_post_only(make_provider: MakeProvider, operator: Client) -> None:
    provider = make_provider()
    address = reverse("admin:run_provider", args=[provider.pk])

    assert operator.get(address).status_code == 405
    assert not Run.objects.exists()

    response = operator.post(address)

    assert response.headers["Location"] == f"{LIST}{provider.pk}/change/"
    assert Run.objects.get().trigger == Trigger.ADMIN


def test_a_post_from_elsewhere_starts_nothing(make_provider: MakeProvider) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    provider = make_provider()

    for name in ("admin:run_provider", "admin:check_provider"):
        assert client.post(reverse(name, args=[provider.pk])).status_code == 403
    assert client.post(reverse("admin:remove_demo")).status_code == 403
    assert not Run.objects.exists()


def test_viewers_can_start_check_and_remove_nothing(
    make_provider: MakeProvider, viewer: Client
) -> None:
    provider = make_provider()

    for name in ("admin:run_provider", "admin:check_provider"):
        assert viewer.post(reverse(name, args=[provider.pk])).status_code == 403
    assert viewer.post(reverse("admin:remove_demo")).status_code == 403
    act(viewer, "run_now", provider)
    act(viewer, "disable", provider)
    page = texts(viewer.get(f"{LIST}{provider.pk}/change/"))

    assert "Run now" not in page
    assert 'type="submit" value="Save"' not in page
    provider.refresh_from_db()
    assert provider.enabled
    assert not Run.objects.exists()


def test_enables_and_disables(make_provider: MakeProvider, operator: Client) -> None:
    one, two = make_provider("one"), make_provider("two")

    assert "Disabled: one, two" in texts(act(operator, "disable", one, two))
    assert not Provider.objects.filter(enabled=True).exists()
    assert "Enabled: one" in texts(act(operator, "enable", one))
    assert list(Provider.objects.filter(enabled=True)) == [one]


def test_checks_one_by_post_and_stores_nothing(
    shop: Shop, make_provider: MakeProvider, operator: Client
) -> None:
    provider = make_provider(url=shop.url)
    shop.reply = pages(
        [
            {"id": "a1", "name": "<b>Lamp</b>", "price": "12.9"},
            {"id": "free", "price": "0"},
        ]
    )

    led = act(operator, "check_one", provider)
    assert led.redirect_chain == [(f"{LIST}{provider.pk}/check/", 302)]
    assert "Nothing is stored." in texts(led)
    assert shop.asked == []

    page = texts(operator.post(f"{LIST}{provider.pk}/check/"))

    assert '<th scope="row">&lt;b&gt;Lamp&lt;/b&gt; (a1)</th> <td>12.90 EUR</td>' in page
    assert "<td>free</td><td>zero_price</td>" in page
    assert not Offer.objects.exists()
    assert not ProviderRun.objects.exists()


def test_a_check_that_fails_says_what_to_do(
    shop: Shop, make_provider: MakeProvider, operator: Client
) -> None:
    provider = make_provider(url=shop.url)

    page = texts(operator.post(f"{LIST}{provider.pk}/check/"))

    assert "<b>http_status</b> the server answered 404. Open the address in a browser" in page


def test_checks_one_at_a_time(make_provider: MakeProvider, operator: Client) -> None:
    one, two = make_provider("one"), make_provider("two")

    assert "Choose one provider to check." in texts(act(operator, "check_one", one, two))


def test_deletes_with_offers_and_history_after_saying_how_many(
    shop: Shop, make_provider: MakeProvider, boss: Client
) -> None:
    gone, kept = make_provider("gone", url=f"{shop.url}/a"), make_provider("kept", url=shop.url)
    shop.reply = pages(items(3))
    read_now(gone, kept)
    address = f"{LIST}{gone.pk}/delete/"

    assert "gone: 3 offers with their whole history" in texts(boss.get(address))
    assert Offer.objects.count() == 6

    boss.post(address, {"post": "yes"})

    assert list(Provider.objects.all()) == [kept]
    assert (Offer.objects.count(), Product.objects.count()) == (3, 3)


def test_asks_before_deleting_without_looking_at_every_price(
    shop: Shop, make_provider: MakeProvider, boss: Client, django_assert_max_num_queries: Any
) -> None:
    provider = make_provider(url=shop.url)
    shop.reply = pages(items(50))
    read_now(provider)

    with django_assert_max_num_queries(6) as queries:
        boss.get(f"{LIST}{provider.pk}/delete/")

    assert not any('FROM "prices_price"' in query["sql"] for query in queries.captured_queries)


def test_does_not_delete_what_is_being_read(make_provider: MakeProvider, boss: Client) -> None:
    provider = make_provider()
    runs.create_run(trigger=Trigger.API, providers=[provider], now=timezone.now())

    page = texts(boss.post(f"{LIST}{provider.pk}/delete/", {"post": "yes"}))

    assert Provider.objects.exists()
    assert "is being read now; wait until its run has ended" in page


def test_nobody_deletes_many_at_once(make_provider: MakeProvider, boss: Client) -> None:
    one, two = make_provider("one"), make_provider("two")

    act(boss, "delete_selected", one, two)

    assert Provider.objects.count() == 2


def test_operators_do_not_delete(make_provider: MakeProvider, operator: Client) -> None:
    provider = make_provider()

    response = operator.post(f"{LIST}{provider.pk}/delete/", {"post": "yes"})

    assert (response.status_code, Provider.objects.count()) == (403, 1)


def test_removes_the_demo_in_one_step(make_provider: MakeProvider, boss: Client) -> None:
    mine = make_provider("mine")
    assert "Remove the demo shops" not in texts(boss.get(LIST))
    seeding.seed(timezone.now(), "http://127.0.0.1:8001")
    address = reverse("admin:remove_demo")
    assert address in texts(boss.get(LIST))
    assert "Nordlicht (demo)" in texts(boss.get(address))
    assert Provider.objects.count() > 1

    response = boss.post(address, follow=True)

    assert "The demo shops are removed" in texts(response)
    assert list(Provider.objects.all()) == [mine]
    for kind in (Offer, Product, Run):
        assert not kind.objects.exists()
