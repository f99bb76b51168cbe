"""The schedule of django-q2: one row, written by code and by nothing else."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule, Task

KEY: Final = 1
TICK: Final = "ingestion tick"
FUNCTIONS: Final = (
    "ingestion.tasks.tick",
    # These are not scheduled, but travel through the queue by name as well.
    "ingestion.tasks.startup_run",
    "ingestion.tasks.execute_run",
)
FAILURES_KEPT: Final = timedelta(days=7)


@transaction.atomic
def ensure() -> None:
    """Leave exactly the schedule we want: calling it twice, or twice at once, changes nothing.

    A row that django-q2 cannot read stops its whole scheduler, so others are removed. The
    key is fixed because nothing else about a schedule is unique.
    """
    Schedule.objects.exclude(pk=KEY).delete()
    Schedule.objects.update_or_create(
        pk=KEY,
        defaults={
            "name": TICK,
            "func": FUNCTIONS[0],
            "args": None,
            "kwargs": None,
            "hook": None,
            "cluster": None,
            "intended_date_kwarg": None,
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            "next_run": timezone.now(),
        },
    )


def prune(now: datetime) -> None:
    """Forget the failures of background jobs after a week; django-q2 keeps them for ever."""
    Task.objects.filter(success=False, stopped__lt=now - FAILURES_KEPT).delete()
