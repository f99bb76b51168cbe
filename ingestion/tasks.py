"""What django-q2 calls. Thin, and with nothing at import that could fail in its workers.

Delivery is at least once: a second call finds nothing due, or nothing to claim.
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from ingestion import liveness, runs, schedule
from ingestion.errors import AlreadyRunningError, NoProvidersError
from ingestion.models import Run, Trigger
from ingestion.runner import execute
from ingestion.stopping import stop_requested

logger = logging.getLogger(__name__)

OFFERED_FOR: Final = timedelta(minutes=1)  # within it, a worker takes up a run or is busy


def tick() -> None:
    """Each minute: end what dead processes left, and start a run over what is due."""
    if stop_requested().is_set():
        return
    liveness.beat()
    runs.reap()
    now = timezone.now()
    schedule.prune(now)
    _offer_again(made_before=now - OFFERED_FOR)
    due = runs.due_providers(now)
    if not due:
        return
    try:
        enqueue(runs.create_run(trigger=Trigger.SCHEDULE, providers=due, now=now))
    except AlreadyRunningError as error:
        logger.info("another process was first: %s", error)


def startup_run() -> None:
    """Once at start: a run over everything that nobody reads yet."""
    if stop_requested().is_set():
        return
    liveness.beat()
    runs.reap()
    now = timezone.now()
    _offer_again(made_before=now)
    providers = runs.fetched_providers().exclude(provider_runs__status=runs.RUNNING)
    try:
        run = runs.create_run(trigger=Trigger.STARTUP, providers=providers, now=now)
    except (AlreadyRunningError, NoProvidersError) as error:
        logger.info("no run at start: %s", error)
        return
    enqueue(run)


def execute_run(run_id: str) -> None:
    """Work on a run until nothing of it is left to do."""
    run = execute(UUID(run_id), stop=stop_requested())
    logger.info(
        "run %s %s: %s of %s providers, %s offers seen, %s changed, %s new",
        run.pk,
        run.status,
        run.providers_completed,
        run.providers_total,
        run.offers_seen,
        run.offers_changed,
        run.offers_new,
    )


def enqueue(run: Run) -> None:
    """Hand a run to the workers, once it is committed.

    On PostgreSQL several may share it, of every job queue all but one: that one is left for
    the schedule's own ticks.
    """
    shares = 1
    if connection.vendor == "postgresql":
        queues = liveness.job_queues(timezone.now())
        shares = max(1, queues * (settings.Q_CLUSTER["workers"] - 1))
    for _ in range(min(shares, run.providers_total)):
        transaction.on_commit(lambda: _offer(run.pk))


def _offer_again(*, made_before: datetime) -> None:
    """Offer the runs whose offer was lost with the process that had taken it from the queue."""
    for run_id in runs.waiting(made_before=made_before):
        _offer(run_id)


def _offer(run_id: UUID) -> None:
    async_task("ingestion.tasks.execute_run", str(run_id))
