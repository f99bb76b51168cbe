"""The states of runs."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ingestion import runs
from ingestion.errors import AlreadyRunningError, LeaseLostError, NoProvidersError
from ingestion.holders import is_dead, this_process
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, RunStatus, Trigger

pytestmark = pytest.mark.django_db

MakeProvider = Callable[..., Provider]
HOLDER = "elsewhere/1:1:1"


def make_run(*providers: Provider, trigger: Trigger = Trigger.COMMAND) -> Run:
    return runs.create_run(trigger=trigger, providers=providers, now=timezone.now())


def claimed(run: Run, holder: str = HOLDER) -> ProviderRun:
    provider_run = runs.claim(run.pk, token=uuid.uuid4(), holder=holder)
    assert provider_run is not None
    return provider_run


def test_refuses_a_second_run_for_a_provider_that_is_being_read(
    make_provider: MakeProvider,
) -> None:
    one, two = make_provider("one"), make_provider("two")
    make_run(one)

    with pytest.raises(AlreadyRunningError) as caught:
        make_run(one, two)

    assert caught.value.slugs == ["one"]
    assert (Run.objects.count(), ProviderRun.objects.count()) == (1, 1)


def test_the_database_itself_allows_one_running_provider_run(make_provider: MakeProvider) -> None:
    run = make_run(make_provider())
    provider_run = run.provider_runs.get()
    other = Run.objects.create(trigger=Trigger.API, started_at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderRun.objects.create(
            run=other,
            provider=provider_run.provider,
            started_at=timezone.now(),
            lease_until=timezone.now(),
        )


def test_refuses_a_run_over_nothing() -> None:
    with pytest.raises(NoProvidersError):
        make_run()

    assert not Run.objects.exists()


def test_a_provider_run_is_claimed_once(make_provider: MakeProvider) -> None:
    run = make_run(make_provider())
    claimed(run)

    assert runs.claim(run.pk, token=uuid.uuid4(), holder=HOLDER) is None


def test_only_the_holder_of_the_lease_may_write(make_provider: MakeProvider) -> None:
    provider_run = claimed(make_run(make_provider()))
    runs.renew(provider_run)
    provider_run.token = uuid.uuid4()

    with pytest.raises(LeaseLostError):
        runs.renew(provider_run)
    with pytest.raises(LeaseLostError):
        runs.complete(provider_run, counts={"offers_seen": 1}, at=timezone.now())
    assert not runs.fail(provider_run, code="x", message="x", at=timezone.now())
    assert ProviderRun.objects.get().status == ProviderRunStatus.RUNNING


def test_a_lease_that_passed_is_not_renewed(make_provider: MakeProvider) -> None:
    provider_run = claimed(make_run(make_provider()))
    ProviderRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    with pytest.raises(LeaseLostError):
        runs.renew(provider_run)


def test_reaps_what_gave_no_sign_of_life(make_provider: MakeProvider) -> None:
    run = make_run(make_provider())
    claimed(run)
    assert runs.reap() == 0
    ProviderRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert runs.reap() == 1

    run.refresh_from_db()
    assert (run.status, run.error_code, run.providers_failed) == (
        RunStatus.FAILED,
        "lease_expired",
        1,
    )
    assert runs.reap() == 0


def test_reaps_at_once_what_a_killed_process_of_this_machine_held(
    make_provider: MakeProvider,
) -> None:
    run = make_run(make_provider("one"), make_provider("two"))
    code = (
        "import os, django; django.setup();"
        "from ingestion.holders import this_process; print(this_process())"
    )
    holder = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()
    claimed(run, holder)
    runs.adopt(run.pk, holder=holder)

    assert runs.reap() == 2

    run.refresh_from_db()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "process_died")
    assert "killed" in ProviderRun.objects.all()[0].error


def test_leaves_a_living_process_alone(make_provider: MakeProvider) -> None:
    run = make_run(make_provider())
    claimed(run, this_process())

    assert runs.reap() == 0
    assert not is_dead(this_process())
    assert not is_dead("elsewhere:1:1")
    assert not is_dead("")


def test_a_run_that_no_worker_took_says_so(make_provider: MakeProvider) -> None:
    run = make_run(make_provider())
    ProviderRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    runs.reap()

    run.refresh_from_db()
    assert run.error_code == "not_started"
    assert "worker" in run.provider_runs.get().error


def test_closes_a_run_whose_process_died_between_its_parts_and_its_end(
    make_provider: MakeProvider,
) -> None:
    run = make_run(make_provider())
    runs.complete(claimed(run), counts={"offers_seen": 3}, at=timezone.now())
    assert Run.objects.get().status == RunStatus.RUNNING

    runs.reap()

    run.refresh_from_db()
    assert (run.status, run.offers_seen) == (RunStatus.COMPLETED, 3)


def test_only_due_providers_that_nobody_reads_are_due(make_provider: MakeProvider) -> None:
    now = timezone.now()
    make_provider("never-read")
    make_provider("due", next_due_at=now)
    make_provider("later", next_due_at=now + timedelta(seconds=1))
    make_provider("disabled", enabled=False)
    make_provider("pushed", kind="push")
    make_run(make_provider("busy"))

    assert {provider.slug for provider in runs.due_providers(now)} == {"never-read", "due"}


def test_a_provider_keeps_its_own_interval(make_provider: MakeProvider) -> None:
    now = timezone.now()
    hourly = make_provider("hourly", interval_minutes=60, next_due_at=now)

    runs.create_run(trigger=Trigger.SCHEDULE, providers=[hourly], now=now)

    assert Provider.objects.get().next_due_at == now + timedelta(hours=1)


def test_a_run_is_failed_if_and_only_if_it_says_why() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            trigger=Trigger.API,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            status=RunStatus.FAILED,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            trigger=Trigger.API, started_at=timezone.now(), status=RunStatus.COMPLETED
        )


def test_a_service_that_stops_leaves_to_others_what_they_hold(make_provider: MakeProvider) -> None:
    claimed(make_run(make_provider()))

    assert not runs.release(waiting=True)

    assert ProviderRun.objects.get().status == ProviderRunStatus.RUNNING


def test_a_service_that_stops_ends_what_waits_when_nobody_else_is_there(
    make_provider: MakeProvider,
) -> None:
    run = make_run(make_provider())
    assert not runs.release(waiting=False)

    assert runs.release(waiting=True)

    run.refresh_from_db()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "shutdown")
    assert ProviderRun.objects.get().error != ""
