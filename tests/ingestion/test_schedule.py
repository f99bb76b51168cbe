"""The one schedule."""

import threading

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule

from ingestion import schedule

pytestmark = pytest.mark.django_db(transaction=True)


def test_there_is_exactly_one_however_often_it_is_asked_for() -> None:
    schedule.ensure()
    schedule.ensure()

    (only,) = Schedule.objects.all()
    assert (only.func, only.minutes, only.repeats) == ("ingestion.tasks.tick", 1, -1)


def test_a_row_that_would_stop_the_scheduler_is_removed_or_put_right() -> None:
    Schedule.objects.create(func="os.system", args="((", schedule_type="O")
    schedule.ensure()
    Schedule.objects.update(args="((", kwargs="{", repeats=0, next_run=timezone.now())

    schedule.ensure()

    (only,) = Schedule.objects.all()
    assert (only.func, only.args, only.kwargs, only.repeats) == (
        "ingestion.tasks.tick",
        None,
        None,
        -1,
    )


def test_two_job_queues_that_start_at_once_leave_one() -> None:
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        try:
            schedule.ensure()
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Schedule.objects.count() == 1
    schedule.ensure()
    assert Schedule.objects.count() == 1
