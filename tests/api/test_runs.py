"""GET and POST runs, runs/{id}, status/{status}."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from rest_framework.test import APIClient

from ingestion import runs
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, RunStatus, Trigger
from ingestion.runner import execute
from prices.models import Offer
from tests.api.conftest import API, NOON, assert_problem, provider
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db

MakeProvider = Callable[..., Provider]


def ended(number: int = 0, status: str = "Completed", *providers: Provider, **fields: Any) -> Run:
    """Make a run that began so many minutes before noon and took two seconds."""
    began = NOON - timedelta(minutes=number)
    run = Run.objects.create(
        status=status,
        trigger=Trigger.SCHEDULE,
        started_at=began,
        finished_at=None if status == "Running" else began + timedelta(seconds=2),
        error_code="timeout" if status == "Failed" else "",
        **fields,
    )
    for one in providers:
        ProviderRun.objects.create(
            run=run,
            provider=one,
            status=status,
            started_at=began,
            claimed_at=began,
            finished_at=run.finished_at,
            lease_until=began,
            error_code=run.error_code,
        )
    return run


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["id"] for one in response.json()["results"]]


def test_lists_runs_newest_first_with_their_counts(viewer: APIClient) -> None:
    old = ended(20, "Failed", providers_total=2, providers_failed=2)
    new = ended(
        10,
        providers_total=3,
        providers_completed=2,
        providers_failed=1,
        offers_seen=100,
        offers_changed=7,
        offers_new=5,
        offers_rejected=1,
    )
    running = ended(0, "Running", providers_total=1)

    body = viewer.get(f"{API}/runs").json()

    assert [one["id"] for one in body["results"]] == [str(running.pk), str(new.pk), str(old.pk)]
    assert (body["count"], body["next"], body["previous"]) == (3, None, None)
    assert body["results"][1] == {
        "id": str(new.pk),
        "status": "Completed",
        "trigger": "schedule",
        "started_at": "2026-03-15T11:50:00Z",
        "finished_at": "2026-03-15T11:50:02Z",
        "duration_s": 2.0,
        "providers_total": 3,
        "providers_completed": 2,
        "providers_failed": 1,
        "providers_skipped": 0,
        "offers_seen": 100,
        "offers_changed": 7,
        "offers_new": 5,
        "offers_rejected": 1,
        "error_code": "",
        "error": "",
    }
    assert (body["results"][0]["finished_at"], body["results"][0]["duration_s"]) == (None, None)
    assert body["results"][2]["error_code"] == "timeout"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=Failed", [2]),
        ("status=failed", [2]),
        ("status=Completed", [0, 1]),
        ("provider=one", [0, 2]),
        ("provider=two&status=Completed", [1]),
        ("provider=never", []),
        ("since=2026-03-15T11:50:00Z", [0, 1]),
        ("since=2026-03-15T11:50:00.000001Z", [0]),
        ("since=2026-03-15T12:50:00%2B01:00", [0, 1]),
        ("since=2026-03-15T11:50:00", [0, 1]),
        ("since=2026-03-15", [0, 1, 2]),
        ("since=2099-01-01", []),
        ("status=&provider=&since=", [0, 1, 2]),
    ],
)
def test_filters(viewer: APIClient, query: str, expected: list[int]) -> None:
    one, two = provider("one"), provider("two")
    provider("never")
    made = [ended(0, "Completed", one), ended(10, "Completed", two), ended(20, "Failed", one)]

    assert ids(viewer.get(f"{API}/runs?{query}")) == [str(made[number].pk) for number in expected]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "Broken"),
        ("status", "Skipped"),
        ("status", "\x00"),
        ("provider", "nobody"),
        ("provider", "\x00"),
        ("provider", "x" * 10_000),
        ("since", "yesterday"),
        ("since", "2026-13-01"),
        ("since", "2026-03-15T11:50:00 01:00"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("since", "9999-12-31T23:59:59-14:00"),
        ("since", "x" * 5000),
        ("page_size", "0"),
        ("page_size", "-1"),
        ("page_size", "ten"),
        ("page_size", "1e9"),
        ("page_size", "9" * 5000),
    ],
)
def test_refuses_a_filter_that_cannot_be_read(viewer: APIClient, field: str, value: str) -> None:
    ended()

    assert_problem(viewer.get(f"{API}/runs", {field: value}), 400, code="invalid", names=field)


def test_pages(viewer: APIClient) -> None:
    made = [str(ended(number).pk) for number in range(120)]

    first = viewer.get(f"{API}/runs").json()
    assert [one["id"] for one in first["results"]] == made[:50]
    assert (first["count"], first["next"]) == (120, "http://testserver/api/v1/runs?page=2")
    assert ids(viewer.get(first["next"])) == made[50:100]
    assert ids(viewer.get(f"{API}/runs?page=4&page_size=33")) == made[99:]
    assert ids(viewer.get(f"{API}/runs?page_size=1000")) == made[:100]


@pytest.mark.parametrize("page", ["0", "-1", "3", "1000000000", "1e9", "abc", "1.5", "\x00"])
def test_there_is_no_such_page(viewer: APIClient, page: str) -> None:
    for number in range(60):
        ended(number)

    assert_problem(viewer.get(f"{API}/runs", {"page": page}), 404, code="not_found")


def test_an_empty_list_is_a_page(viewer: APIClient) -> None:
    assert viewer.get(f"{API}/runs").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize("path", ["runs", "runs?provider=one&status=Completed", "status/Completed"])
def test_makes_as_many_queries_for_many_runs_as_for_one(viewer: APIClient, path: str) -> None:
    one = provider("one")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            viewer.get(f"{API}/{path}")
        return len(captured)

    ended(0, "Completed", one)
    before = queries()
    for number in range(1, 50):
        ended(number, "Completed", one)

    # user, count, page; and the provider that is filtered by
    assert queries() == before == (4 if "provider" in path else 3)


def test_one_run_shows_what_happened_per_provider(viewer: APIClient) -> None:
    bad, good = provider("bad"), provider("good")
    run = ended(0, "Completed", good, providers_total=2, providers_completed=1, providers_failed=1)
    ProviderRun.objects.create(
        run=run,
        provider=bad,
        status=ProviderRunStatus.FAILED,
        started_at=NOON,
        claimed_at=NOON + timedelta(seconds=1),
        finished_at=NOON + timedelta(seconds=2, milliseconds=500),
        lease_until=NOON,
        pages=1,
        requests=4,
        retries=3,
        bytes_received=2048,
        offers_rejected=1,
        rejections=[{"external_id": "7", "code": "zero_price", "message": "a price of zero"}],
        error_code="server_error",
        error="the server answered 503",
    )

    body = viewer.get(f"{API}/runs/{run.pk}").json()

    assert (body["id"], body["providers_failed"]) == (str(run.pk), 1)
    assert [part["provider"] for part in body["provider_runs"]] == ["bad", "good"]
    part = body["provider_runs"][0]
    assert {name: part[name] for name in ("status", "requests", "retries", "bytes_received")} == {
        "status": "Failed",
        "requests": 4,
        "retries": 3,
        "bytes_received": 2048,
    }
    assert (part["duration_s"], part["error_code"]) == (1.5, "server_error")
    assert part["error"] == "the server answered 503"
    assert part["rejections"][0]["code"] == "zero_price"


def test_one_run_takes_three_queries_however_many_providers(
    viewer: APIClient, django_assert_num_queries: Any
) -> None:
    run = ended(0, "Completed", *(provider(f"shop{number}") for number in range(30)))

    with django_assert_num_queries(3):
        assert len(viewer.get(f"{API}/runs/{run.pk}").json()["provider_runs"]) == 30


@pytest.mark.parametrize("key", [str(uuid.uuid4()), "1", "x"])
def test_there_is_no_such_run(viewer: APIClient, key: str) -> None:
    assert_problem(viewer.get(f"{API}/runs/{key}"), 404, code="not_found")


@pytest.mark.parametrize("word", ["Running", "running", "RUNNING"])
def test_lists_runs_by_status(viewer: APIClient, word: str) -> None:
    ended(10)
    run = ended(0, "Running")

    assert ids(viewer.get(f"{API}/status/{word}")) == [str(run.pk)]
    assert ids(viewer.get(f"{API}/status/failed")) == []


@pytest.mark.parametrize("word", ["skipped", "done", "1", "%00", "x" * 500, "Running%20"])
def test_an_unknown_status_says_which_there_are(viewer: APIClient, word: str) -> None:
    body = assert_problem(viewer.get(f"{API}/status/{word}"), 404, code="not_found")

    assert body["detail"].endswith("; there are Running, Completed, Failed.")


@pytest.mark.django_db(transaction=True)
def test_starts_a_run_that_a_worker_carries_out(
    admin: APIClient, shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(3))

    response = admin.post(f"{API}/runs", {"providers": ["shop"]}, format="json")

    assert response.status_code == 202
    started = response.json()
    assert (started["status"], started["trigger"], started["providers_total"]) == (
        "Running",
        "api",
        1,
    )
    assert [part["provider"] for part in started["provider_runs"]] == ["shop"]
    assert OrmQ.objects.get().func() == "ingestion.tasks.execute_run"
    assert OrmQ.objects.get().task["args"] == (started["id"],)

    execute(uuid.UUID(started["id"]))

    done = admin.get(f"{API}/runs/{started['id']}").json()
    assert (done["status"], done["offers_new"], done["providers_completed"]) == ("Completed", 3, 1)
    assert Offer.objects.count() == 3


def test_without_a_list_reads_all_enabled_providers(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    for slug in ("one", "two"):
        make_provider(slug)
    make_provider("off", enabled=False)
    provider("pushed")

    response = admin.post(f"{API}/runs")

    assert response.status_code == 202
    parts = response.json()["provider_runs"]
    assert [part["provider"] for part in parts] == ["one", "two"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"providers": ["one", "nobody", "no-one"]},
            "there is no provider nobody, no-one (did you mean one?)",
        ),
        ({"providers": ["pushed", "one"]}, "prices are pushed, not read: pushed"),
        ({"providers": ["one", "off"]}, "disabled: off"),
        ({"providers": []}, "This list may not be empty."),
        ({"providers": "one"}, 'Expected a list of items but got type "str".'),
        ({"providers": None}, "This field may not be null."),
    ],
)
def test_refuses_providers_that_cannot_be_read(
    admin: APIClient, make_provider: MakeProvider, body: Any, message: str
) -> None:
    make_provider("one")
    make_provider("off", enabled=False)
    provider("pushed")

    problem = assert_problem(admin.post(f"{API}/runs", body, format="json"), 400, names="providers")

    assert problem["errors"]["providers"] == [message]
    assert not Run.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("body", [[], [1], "x", 1, None, {"providers": [1, {}]}])
def test_refuses_a_body_of_another_shape(
    admin: APIClient, make_provider: MakeProvider, body: Any
) -> None:
    make_provider("one")

    response = admin.post(f"{API}/runs", json.dumps(body), content_type="application/json")

    assert_problem(response, 400, code="invalid")
    assert not Run.objects.exists()


def test_a_slug_that_is_named_twice_is_read_once(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    make_provider("one")

    response = admin.post(f"{API}/runs", {"providers": ["one", "one"]}, format="json")

    assert response.json()["providers_total"] == 1


def test_says_who_is_being_read_already(admin: APIClient, make_provider: MakeProvider) -> None:
    one, two = make_provider("one"), make_provider("two")
    runs.create_run(trigger=Trigger.COMMAND, providers=[one], now=timezone.now())

    for body in ({"providers": ["two", "one"]}, {}):
        problem = assert_problem(
            admin.post(f"{API}/runs", body, format="json"), 409, code="already_running"
        )
        assert problem["detail"] == "already being read: one. Wait until the running run has ended."
    assert Run.objects.count() == 1
    assert not two.provider_runs.exists()
    other = admin.post(f"{API}/runs", {"providers": ["two"]}, format="json")
    assert other.status_code == 202


def test_says_that_there_is_nothing_to_read(admin: APIClient) -> None:
    provider("pushed")

    assert_problem(admin.post(f"{API}/runs"), 409, code="no_providers")


@pytest.mark.django_db(transaction=True)
def test_asking_again_and_again_starts_one_run(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    make_provider("one")

    statuses = Counter(admin.post(f"{API}/runs").status_code for _ in range(30))

    assert statuses == {202: 1, 409: 29}
    assert (Run.objects.count(), OrmQ.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_starts_a_run(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    for slug in ("one", "two"):
        make_provider(slug)
    start = threading.Barrier(10)
    statuses: list[int] = []

    def ask() -> None:
        try:
            client = APIClient(**admin.defaults)
            start.wait()
            statuses.append(client.post(f"{API}/runs").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Counter(statuses) == {202: 1, 409: 9}
    assert Run.objects.count() == 1
    assert ProviderRun.objects.filter(status=RunStatus.RUNNING).count() == 2


def test_ends_what_a_dead_process_left_before_it_starts(
    admin: APIClient, make_provider: MakeProvider
) -> None:
    one = make_provider("one")
    stale = runs.create_run(trigger=Trigger.SCHEDULE, providers=[one], now=timezone.now())
    ProviderRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    response = admin.post(f"{API}/runs", {"providers": ["one"]}, format="json")

    assert response.status_code == 202
    stale.refresh_from_db()
    assert (stale.status, stale.error_code) == ("Failed", "not_started")
