"""Runs, provider runs and pushed requests in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from ingestion import runs
from ingestion.models import Provider, ProviderRun, PushedRequest, Run, SignOfLife, Trigger
from ingestion.runner import execute
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]
RUNS = "/admin/ingestion/run/"
PARTS = "/admin/ingestion/providerrun/"


def staff(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return staff("operator")


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def run(shop: Shop, make_provider: MakeProvider) -> Run:
    """One provider with three offers and a refused one, and one that answers 404."""
    good, bad = make_provider("good", url=f"{shop.url}/good"), make_provider("bad", url=shop.url)
    catalogue = pages([*items(3), {"id": "<i>free</i>", "price": "0"}])
    shop.reply = lambda path: catalogue(path) if path.startswith("/good") else (404, {}, b"")
    made = runs.create_run(trigger=Trigger.SCHEDULE, providers=[good, bad], now=timezone.now())
    return execute(made.pk)


def texts(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_says_what_became_of_each(run: Run, operator: Client) -> None:
    page = texts(operator.get(RUNS))

    assert '<td class="field-status">Completed</td>' in page
    assert '<td class="field-providers">1 of 2, 1 failed</td>' in page
    assert '<td class="field-offers">3, 3 new, 1 rejected</td>' in page


def test_a_run_shows_its_provider_runs_and_what_to_do(run: Run, operator: Client) -> None:
    page = texts(operator.get(f"{RUNS}{run.pk}/change/"))

    assert str(run.pk) in page
    assert "<b>http_status</b>" in page
    assert "Open the address in a browser" in page
    assert "/admin/ingestion/provider/" in page


def test_a_provider_run_shows_what_was_refused_as_text(run: Run, operator: Client) -> None:
    part = run.provider_runs.get(provider__slug="good")

    page = texts(operator.get(f"{PARTS}{part.pk}/change/"))

    assert (
        "<div><b>&lt;i&gt;free&lt;/i&gt;</b> zero_price: a price of zero is not stored</div>"
    ) in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("error_code=http_status", 1),
        ("error_code=timeout", 0),
        ("status__exact=Completed", 1),
        ("q=goo", 1),
        ("q=nobody", 0),
    ],
)
def test_provider_runs_can_be_found(query: str, count: int, run: Run, operator: Client) -> None:
    response = operator.get(f"{PARTS}?{query}")

    assert len(response.context["cl"].result_list) == count


def test_a_run_is_found_by_its_id_and_anything_else_finds_none(run: Run, operator: Client) -> None:
    found = operator.get(f"{RUNS}?q={run.pk}")
    none = operator.get(f"{RUNS}?q=yesterday")

    assert (found.status_code, len(found.context["cl"].result_list)) == (200, 1)
    assert (none.status_code, len(none.context["cl"].result_list)) == (200, 0)


@pytest.mark.parametrize(("path", "queries"), [(RUNS, 8), (PARTS, 7)])
def test_the_lists_ask_the_database_as_often_for_many_as_for_one(
    path: str,
    queries: int,
    make_provider: MakeProvider,
    operator: Client,
    django_assert_num_queries: Any,
) -> None:
    for count in (1, 15):
        for _ in range(count):
            provider = make_provider(f"p{Provider.objects.count()}")
            runs.create_run(trigger=Trigger.API, providers=[provider], now=timezone.now())
        with django_assert_num_queries(queries):
            assert operator.get(path).status_code == 200


def test_the_page_of_a_run_asks_as_often_for_many_provider_runs_as_for_one(
    make_provider: MakeProvider, operator: Client, django_assert_num_queries: Any
) -> None:
    for count in (1, 15):
        providers = [make_provider(f"p{count}-{number}") for number in range(count)]
        run = runs.create_run(trigger=Trigger.API, providers=providers, now=timezone.now())
        operator.get(f"{RUNS}{run.pk}/change/")  # content types are looked up once per process
        with django_assert_num_queries(6):
            assert operator.get(f"{RUNS}{run.pk}/change/").status_code == 200


def test_starts_a_run_over_everything_that_is_enabled(
    make_provider: MakeProvider, operator: Client
) -> None:
    make_provider("one")
    make_provider("off", enabled=False)
    address = reverse("admin:ingestion_run_now")
    assert address in texts(operator.get(RUNS))
    assert operator.get(address).status_code == 405

    response = operator.post(address, follow=True)

    run = Run.objects.get()
    assert (run.trigger, run.providers_total, OrmQ.objects.count()) == (Trigger.ADMIN, 1, 1)
    assert "A run over 1 providers has started" in texts(response)


def test_says_what_to_do_when_there_is_nothing_to_read(operator: Client) -> None:
    response = operator.post(reverse("admin:ingestion_run_now"), follow=True)

    assert "There is no enabled provider to read." in texts(response)
    assert not Run.objects.exists()


def test_viewers_start_nothing(make_provider: MakeProvider) -> None:
    make_provider()
    viewer = staff("viewer")

    assert viewer.post(reverse("admin:ingestion_run_now")).status_code == 403
    assert not Run.objects.exists()


def test_what_a_run_wrote_is_not_for_editing(run: Run, boss: Client) -> None:
    now = timezone.now()
    SignOfLife.objects.create(name="x", at=now)
    pushed = PushedRequest.objects.create(
        user_id=1, key="k", body_digest="d", status=201, answer={"a": 1}
    )
    part = run.provider_runs.first()
    assert part is not None

    for path in (
        f"{RUNS}{run.pk}",
        f"{PARTS}{part.pk}",
        f"/admin/ingestion/pushedrequest/{pushed.pk}",
        "/admin/ingestion/signoflife/x",
    ):
        page = texts(boss.get(f"{path}/change/"))
        assert 'type="text"' not in page
        assert 'name="_save"' not in page
        assert boss.post(f"{path}/change/", {"status": "Failed"}).status_code == 403
        assert boss.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
        assert boss.get(f"{path.rpartition('/')[0]}/add/").status_code == 403

    assert Run.objects.get().status == "Completed"
    assert ProviderRun.objects.count() == 2
    assert PushedRequest.objects.count() == 1
