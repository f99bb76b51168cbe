"""The scheduler's sign of life: health is judged by work done, not by processes that exist."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from ingestion.models import SignOfLife

SCHEDULER: Final = "scheduler"
STALE_AFTER: Final = timedelta(minutes=3)  # three ticks


def beat(name: str = SCHEDULER) -> None:
    """Note that `name` does work now."""
    SignOfLife.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def last_beat(name: str = SCHEDULER) -> datetime | None:
    """Return when `name` last did work; `None` when it never did."""
    return SignOfLife.objects.filter(name=name).values_list("at", flat=True).first()
