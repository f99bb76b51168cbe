"""What django-q2 calls, and what it leaves in the queue."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Task

from ingestion import liveness, runs, schedule, tasks
from ingestion.models import Provider, ProviderRun, Run, RunStatus, SignOfLife, Trigger
from ingestion.stopping import StopFlag
from tests.ingestion.conftest import Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]
EXECUTE = "ingestion.tasks.execute_run"


def queued() -> list[tuple[str, str]]:
    """Return the functions in the queue with the run they are about."""
    return [(one.task["func"], one.task["args"][0]) for one in OrmQ.objects.order_by("pk")]


def run_of(provider: Provider, *, minutes_ago: int = 0) -> Run:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return runs.create_run(trigger=Trigger.COMMAND, providers=[provider], now=at)


@pytest.fixture
def _stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    flag = StopFlag()
    flag.set()
    monkeypatch.setattr(tasks, "stop_requested", lambda: flag)


def test_a_tick_makes_a_run_over_what_is_due_and_offers_it(make_provider: MakeProvider) -> None:
    due = make_provider("due")
    make_provider("later", next_due_at=timezone.now() + timedelta(minutes=5))

    tasks.tick()

    run = Run.objects.get()
    assert run.trigger == Trigger.SCHEDULE
    assert list(run.provider_runs.values_list("provider", flat=True)) == [due.pk]
    assert queued() == [(EXECUTE, str(run.pk))]
    assert liveness.last_beat() is not None


def test_a_tick_with_nothing_due_makes_no_run() -> None:
    tasks.tick()

    assert not Run.objects.exists()
    assert queued() == []


def test_the_run_at_start_is_over_everything_that_nobody_reads(
    make_provider: MakeProvider,
) -> None:
    one = make_provider("one", next_due_at=timezone.now() + timedelta(hours=1))
    make_provider("off", enabled=False)

    tasks.startup_run()

    run = Run.objects.get()
    assert run.trigger == Trigger.STARTUP
    assert list(run.provider_runs.values_list("provider", flat=True)) == [one.pk]
    assert queued() == [(EXECUTE, str(run.pk))]


def test_a_start_without_providers_makes_no_run() -> None:
    tasks.startup_run()

    assert not Run.objects.exists()


def test_a_run_whose_offer_was_lost_is_offered_again(make_provider: MakeProvider) -> None:
    old = run_of(make_provider("old"), minutes_ago=2)
    run_of(make_provider("new"))

    tasks.tick()

    assert queued() == [(EXECUTE, str(old.pk))]


def test_at_start_every_waiting_run_is_offered_again(make_provider: MakeProvider) -> None:
    run = run_of(make_provider())

    tasks.startup_run()

    assert queued() == [(EXECUTE, str(run.pk))]


def test_a_run_that_a_process_answers_for_is_not_offered_again(
    make_provider: MakeProvider,
) -> None:
    run = run_of(make_provider(), minutes_ago=2)
    runs.adopt(run.pk, holder="elsewhere:1:1")

    tasks.tick()

    assert queued() == []


def test_an_offer_that_comes_twice_changes_nothing(make_provider: MakeProvider, shop: Shop) -> None:
    shop.reply = pages(items(3))
    run = run_of(make_provider(url=shop.url))

    tasks.execute_run(str(run.pk))
    asked = len(shop.asked)
    tasks.execute_run(str(run.pk))

    run.refresh_from_db()
    assert (run.status, run.offers_seen) == (RunStatus.COMPLETED, 3)
    assert len(shop.asked) == asked


@pytest.mark.usefixtures("_stopping")
@pytest.mark.parametrize("task", [tasks.tick, tasks.startup_run])
def test_no_run_begins_while_the_service_stops(
    make_provider: MakeProvider, task: Callable[[], None]
) -> None:
    make_provider()

    task()

    assert not Run.objects.exists()


@pytest.mark.usefixtures("_stopping")
def test_a_run_taken_up_while_the_service_stops_ends_at_once(
    make_provider: MakeProvider, shop: Shop
) -> None:
    run = run_of(make_provider(url=shop.url))

    tasks.execute_run(str(run.pk))

    run.refresh_from_db()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "shutdown")
    assert ProviderRun.objects.get().provider.failures_in_a_row == 0


def test_a_run_is_offered_once_for_each_worker_that_may_share_it(
    make_provider: MakeProvider, settings: Any
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 3}
    liveness.beat("elsewhere:1:1")
    liveness.beat("elsewhere:2:1")
    for number in range(9):
        make_provider(f"shop-{number}")

    tasks.tick()

    assert len(queued()) == (4 if connection.vendor == "postgresql" else 1)


def test_a_run_is_not_offered_more_often_than_it_has_providers(
    make_provider: MakeProvider, settings: Any
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 9}
    make_provider()

    tasks.tick()

    assert len(queued()) == 1


def test_job_queues_that_are_gone_are_not_counted() -> None:
    now = timezone.now()
    liveness.beat()
    liveness.beat("elsewhere:1:1")
    SignOfLife.objects.create(name="elsewhere:2:1", at=now - timedelta(minutes=2))

    assert liveness.job_queues(now) == 1
    assert set(SignOfLife.objects.values_list("name", flat=True)) == {
        liveness.SCHEDULER,
        "elsewhere:1:1",
    }


def test_failures_of_jobs_are_forgotten_after_a_week() -> None:
    now = timezone.now()
    for number, (days, success) in enumerate([(8, False), (6, False), (8, True)]):
        at = now - timedelta(days=days)
        Task.objects.create(
            id=str(number), name=str(number), func="x", started=at, stopped=at, success=success
        )

    schedule.prune(now)

    assert set(Task.objects.values_list("id", flat=True)) == {"1", "2"}
