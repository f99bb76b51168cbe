"""The schedule of django-q2: one row, written by code and by nothing else."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

TICK: Final = "ingestion tick"
FUNCTIONS: Final = ("ingestion.tasks.tick",)


@transaction.atomic
def ensure() -> None:
    """Leave exactly the schedule we want: calling it twice changes nothing.

    A row that django-q2 cannot read stops its whole scheduler, so others are removed.
    """
    Schedule.objects.exclude(name=TICK).delete()
    kept, _ = Schedule.objects.update_or_create(
        name=TICK,
        defaults={
            "func": FUNCTIONS[0],
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            "next_run": timezone.now(),
        },
    )
    Schedule.objects.filter(name=TICK).exclude(pk=kept.pk).delete()
