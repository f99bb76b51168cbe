"""Making, claiming, renewing, ending and reaping runs: every change of their state.

All ends are conditional updates, so there is exactly one, whoever comes first. Lease times
are the database's clock: the clocks of the machines do not matter.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from ingestion import circuit
from ingestion.adapters.registry import PUSH
from ingestion.circuit import CircuitState, circuit_state
from ingestion.errors import AlreadyRunningError, LeaseLostError, NoProvidersError
from ingestion.holders import is_dead
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, RunStatus, Trigger
from ingestion.scheduling import next_slot

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
HEARTBEAT_S: Final = 15.0
QUEUE_PATIENCE: Final = timedelta(minutes=10)  # how long a run may wait for a worker
RUNNING: Final = ProviderRunStatus.RUNNING
COUNTS: Final = (
    "pages",
    "requests",
    "retries",
    "bytes_received",
    "offers_seen",
    "offers_new",
    "offers_changed",
    "offers_unchanged",
    "offers_rejected",
)
SCHEDULED: Final = (Trigger.SCHEDULE, Trigger.STARTUP)

REAPED: Final = {
    "process_died": (
        "The process that read this provider ended without a word (killed, or the machine"
        " went down). Nothing that was stored is lost; the next run goes on."
    ),
    "lease_expired": (
        "The process that read this provider gave no sign of life for a minute. Nothing that"
        " was stored is lost; the next run goes on."
    ),
    "not_started": (
        "No worker took this up. Check that `manage.py serve` or `manage.py worker` is running."
    ),
    "shutdown": "PriceStream was stopped before this provider was read. The next run goes on.",
}


def fetched_providers() -> QuerySet[Provider]:
    """Return the enabled providers that are read by runs (not those that are pushed)."""
    return Provider.objects.filter(enabled=True).exclude(kind=PUSH)


def due_providers(now: datetime) -> list[Provider]:
    """Return the providers whose slot has come and that nobody reads now."""
    return list(
        fetched_providers()
        .filter(Q(next_due_at__isnull=True) | Q(next_due_at__lte=now))
        .exclude(provider_runs__status=RUNNING)
    )


def create_run(*, trigger: Trigger, providers: Iterable[Provider], now: datetime) -> Run:
    """Make a run with a provider run for each provider, all Running and not yet claimed.

    A scheduled run leaves alone who has to be left alone (open circuit, Retry-After): their
    provider runs are Skipped at once. Whoever asks for a provider by name gets it.

    Raises:
        NoProvidersError: there is nothing to read.
        AlreadyRunningError: one of the providers is being read; nothing is made.
    """
    chosen = list(providers)
    if not chosen:
        raise NoProvidersError("there is no enabled provider to read")
    busy = _busy(chosen)
    if busy:
        raise AlreadyRunningError(busy)
    try:
        with transaction.atomic():
            run = _insert_run(trigger, chosen, now=now)
    except IntegrityError as error:
        # Another process made one for the same provider in this instant.
        raise AlreadyRunningError(_busy(chosen) or [p.slug for p in chosen]) from error
    close_run(run.pk)
    return run


def _busy(providers: Sequence[Provider]) -> list[str]:
    return list(
        Provider.objects.filter(
            pk__in=[provider.pk for provider in providers], provider_runs__status=RUNNING
        )
        .order_by("slug")
        .values_list("slug", flat=True)
    )


def _insert_run(trigger: Trigger, providers: Sequence[Provider], *, now: datetime) -> Run:
    run = Run.objects.create(trigger=trigger, started_at=now, providers_total=len(providers))
    rows = []
    for provider in providers:
        row = ProviderRun(
            run=run, provider=provider, started_at=now, lease_until=now + QUEUE_PATIENCE
        )
        if trigger in SCHEDULED and _left_alone(provider, now):
            row.status = ProviderRunStatus.SKIPPED
            row.finished_at = now
            row.error_code = "circuit_open"
            row.error = f"left alone until {provider.not_before:%Y-%m-%d %H:%M} UTC"
        rows.append(row)
    ProviderRun.objects.bulk_create(rows)
    # From here on the lease is the database's time.
    run.provider_runs.filter(status=RUNNING).update(lease_until=Now() + QUEUE_PATIENCE)
    for provider in providers:
        provider.next_due_at = next_slot(provider.next_due_at, provider.interval, now=now)
    Provider.objects.bulk_update(providers, ["next_due_at"], batch_size=500)
    return run


def _left_alone(provider: Provider, now: datetime) -> bool:
    state = circuit_state(provider.failures_in_a_row, provider.not_before, now=now)
    return state is CircuitState.OPEN


def adopt(run_id: UUID, *, holder: str) -> None:
    """Answer for what waits in a run: if this process dies, others learn of it."""
    ProviderRun.objects.filter(run_id=run_id, status=RUNNING, claimed_at__isnull=True).update(
        holder=holder, lease_until=Now() + LEASE
    )


def claim(run_id: UUID, *, token: UUID, holder: str) -> ProviderRun | None:
    """Take up the next provider run that nobody works on; `None` when there is none."""
    waiting = ProviderRun.objects.filter(run_id=run_id, status=RUNNING, claimed_at__isnull=True)
    for provider_run in waiting.select_related("provider").order_by("id")[:5]:
        won = waiting.filter(pk=provider_run.pk).update(
            token=token, holder=holder, claimed_at=Now(), lease_until=Now() + LEASE
        )
        if won:
            provider_run.token, provider_run.holder = token, holder
            return provider_run
    return None


def waiting(*, made_before: datetime) -> list[UUID]:
    """Return the runs that nobody answers for: made, and not taken up by any worker."""
    unclaimed = ProviderRun.objects.filter(
        status=RUNNING, claimed_at__isnull=True, holder="", run__started_at__lte=made_before
    )
    return list(unclaimed.order_by("run_id").values_list("run_id", flat=True).distinct())


def renew(provider_run: ProviderRun, counts: dict[str, Any] | None = None) -> None:
    """Renew the lease; first in every transaction that writes for a provider run.

    Raises:
        LeaseLostError: somebody ended it. Nothing may be written any more.
    """
    mine = _mine(provider_run).filter(lease_until__gte=Now())
    if not mine.update(lease_until=Now() + LEASE, **(counts or {})):
        raise LeaseLostError("this provider run was ended by another process")


def renew_all(run_id: UUID, *, token: UUID, holder: str) -> None:
    """Renew everything of a run that this process works on or answers for."""
    ProviderRun.objects.filter(run_id=run_id, status=RUNNING).filter(
        Q(token=token) | Q(claimed_at__isnull=True, holder=holder)
    ).update(lease_until=Now() + LEASE)


def complete(provider_run: ProviderRun, *, counts: dict[str, Any], at: datetime) -> None:
    """End a provider run as Completed, in the transaction of its last batch.

    Raises:
        LeaseLostError: somebody ended it.
    """
    ended = _mine(provider_run).update(status=ProviderRunStatus.COMPLETED, finished_at=at, **counts)
    if not ended:
        raise LeaseLostError("this provider run was ended by another process")
    Provider.objects.filter(pk=provider_run.provider_id).update(
        last_run_at=at,
        last_success_at=at,
        failures_in_a_row=0,
        not_before=None,
        last_error_code="",
        offers_last_run=counts["offers_seen"],
    )


@transaction.atomic
def fail(
    provider_run: ProviderRun,
    *,
    code: str,
    message: str,
    at: datetime,
    counts: dict[str, Any] | None = None,
    retry_after: timedelta | None = None,
    blame: bool = True,
) -> bool:
    """End a provider run as Failed; say whether it was this call that ended it.

    `blame` counts it against the provider (not when PriceStream itself was the reason).
    """
    ended = _mine(provider_run).update(
        status=ProviderRunStatus.FAILED,
        finished_at=at,
        error_code=code,
        error=message[:1000],
        **(counts or {}),
    )
    if not ended:
        return False
    if blame:
        _note_failure(provider_run.provider_id, code=code, at=at, retry_after=retry_after)
    return True


def _note_failure(
    provider_id: int, *, code: str, at: datetime, retry_after: timedelta | None
) -> None:
    Provider.objects.filter(pk=provider_id).update(
        last_run_at=at, last_error_code=code, failures_in_a_row=F("failures_in_a_row") + 1
    )
    provider = Provider.objects.get(pk=provider_id)
    wait = circuit.pause(provider.failures_in_a_row, interval=provider.interval)
    if retry_after is not None:
        wait = max(wait or timedelta(0), min(retry_after, circuit.LONGEST_PAUSE))
    if wait is not None:
        Provider.objects.filter(pk=provider_id).update(not_before=at + wait)


def _mine(provider_run: ProviderRun) -> QuerySet[ProviderRun]:
    return ProviderRun.objects.filter(pk=provider_run.pk, status=RUNNING, token=provider_run.token)


@transaction.atomic
def close_run(run_id: UUID) -> None:
    """Bring a run's counts up to date, and end it when all its provider runs have ended."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.status != RunStatus.RUNNING:
        return
    counted = ProviderRun.objects.filter(run_id=run_id).aggregate(
        running=Count("pk", filter=Q(status=RUNNING)),
        completed=Count("pk", filter=Q(status=ProviderRunStatus.COMPLETED)),
        failed=Count("pk", filter=Q(status=ProviderRunStatus.FAILED)),
        skipped=Count("pk", filter=Q(status=ProviderRunStatus.SKIPPED)),
        seen=Sum("offers_seen", default=0),
        changed=Sum("offers_changed", default=0),
        new=Sum("offers_new", default=0),
        rejected=Sum("offers_rejected", default=0),
    )
    run.providers_completed = counted["completed"]
    run.providers_failed = counted["failed"]
    run.providers_skipped = counted["skipped"]
    run.offers_seen = counted["seen"]
    run.offers_changed = counted["changed"]
    run.offers_new = counted["new"]
    run.offers_rejected = counted["rejected"]
    if not counted["running"]:
        _end_run(run)
    run.save()


def _end_run(run: Run) -> None:
    run.finished_at = max(timezone.now(), run.started_at)
    if run.providers_completed:
        run.status = RunStatus.COMPLETED
        return
    run.status = RunStatus.FAILED
    codes = (
        ProviderRun.objects.filter(run=run)
        .exclude(error_code="")
        .values_list("error_code", flat=True)
    )
    distinct = sorted(set(codes))
    run.error_code = distinct[0] if len(distinct) == 1 else "no_provider_completed"
    run.error = (
        f"No provider completed: {run.providers_failed} failed, {run.providers_skipped} skipped."
    )


def reap() -> int:
    """End what dead processes left Running, as Failed with its cause; return how many.

    A holder on this machine whose process is gone is dead at once; any other after its
    lease. Safe to call from anywhere at any time.
    """
    running = ProviderRun.objects.filter(status=RUNNING)
    expired = running.filter(lease_until__lt=Now())
    ended = _reap(expired.filter(claimed_at__isnull=False), "lease_expired")
    ended += _reap(expired.filter(claimed_at__isnull=True, holder=""), "not_started")
    ended += _reap(expired, "lease_expired")
    for holder in set(running.exclude(holder="").values_list("holder", flat=True)):
        if is_dead(holder):
            ended += _reap(running.filter(holder=holder), "process_died")
    for run_id in (
        Run.objects.filter(status=RunStatus.RUNNING)
        .exclude(provider_runs__status=RUNNING)
        .values_list("pk", flat=True)
    ):
        close_run(run_id)
    return ended


def _reap(found: QuerySet[ProviderRun], code: str) -> int:
    touched = list(found.values_list("pk", "run_id"))
    ended = 0
    for key, run_id in touched:
        won = found.filter(pk=key).update(
            status=ProviderRunStatus.FAILED,
            finished_at=timezone.now(),
            error_code=code,
            error=REAPED[code],
        )
        if won:
            ended += 1
            logger.warning("provider run %s ended: %s", key, code)
            close_run(run_id)
    return ended


def release(*, waiting: bool) -> bool:
    """End what processes of this machine left behind; say whether nothing is Running now.

    For a service that stops. `waiting` ends also what no worker has taken up, because there
    is none left to do it.
    """
    reap()
    running = ProviderRun.objects.filter(status=RUNNING)
    if waiting:
        _reap(running.filter(claimed_at__isnull=True, holder=""), "shutdown")
    return not running.exists()
