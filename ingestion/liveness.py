"""Signs of life: health is judged by work done, not by processes that exist."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from ingestion.holders import is_dead
from ingestion.models import SignOfLife

SCHEDULER: Final = "scheduler"
STALE_AFTER: Final = timedelta(minutes=3)  # three ticks
QUEUE_GONE_AFTER: Final = timedelta(minutes=1)  # four signs of a job queue


def beat(name: str = SCHEDULER) -> None:
    """Note that `name` does work now: the scheduler, or a job queue by its process."""
    SignOfLife.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def last_beat(name: str = SCHEDULER) -> datetime | None:
    """Return when `name` last did work; `None` when it never did."""
    return SignOfLife.objects.filter(name=name).values_list("at", flat=True).first()


def end(name: str) -> None:
    """Forget `name`: it was told to stop."""
    SignOfLife.objects.filter(name=name).delete()


def job_queues(now: datetime) -> int:
    """Return how many job queues are up, on this machine and on others.

    Those that are gone are forgotten.
    """
    seen = SignOfLife.objects.exclude(name=SCHEDULER).values_list("name", "at")
    gone = [name for name, at in seen if at < now - QUEUE_GONE_AFTER or is_dead(name)]
    SignOfLife.objects.filter(name__in=gone).delete()
    return len(seen) - len(gone)
