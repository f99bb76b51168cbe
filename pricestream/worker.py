"""The job queue, supervised: it stops in time, leaves nobody behind and exits honestly.

django-q2 left alone exits 0 when its sentinel is killed, goes on behind locks of dead
processes, hangs when its whole group is told to stop, and has no deadline for stopping
(`docs/decisions/0003-supervised-job-queue.md`). So this process takes the place of its
`Cluster`: it makes the sentinel, watches over it, and starts a new one when it is gone.
"""

import contextlib
import logging
import os
import signal
import time
import uuid
from collections import deque
from multiprocessing.context import ForkProcess
from typing import Any, Final

from django.db import Error, connections
from django_q.cluster import Sentinel

from ingestion import liveness, runs, schedule
from ingestion.holders import this_process
from ingestion.stopping import StopFlag, stop_requested
from pricestream.processes import die_with_parent, die_with_service, kill_group
from pricestream.pulse import Pulse

logger = logging.getLogger(__name__)

STOPPED: Final = 0
DIED: Final = 2
TOO_LATE: Final = 3

STOP_S: Final = 15.0
HOUSEKEEPING_S: Final = 15.0
STUCK_S: Final = 300.0  # without a sign of life of the scheduler, which ticks each minute
DEATHS: Final = 5  # so many within DEATHS_WITHIN_S are no accident
DEATHS_WITHIN_S: Final = 600.0


def work(*, stuck_after_s: float = STUCK_S) -> int:
    """Run the job queue until SIGTERM or SIGINT; return the exit code.

    0: it was asked to stop and did. 2: it died again and again. 3: it did not stop in time
    and was killed.
    """
    die_with_service(signal.SIGTERM)
    # Every process of the queue goes when the one that made it goes.
    os.register_at_fork(after_in_child=lambda: die_with_parent(signal.SIGKILL))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop_requested().set())
    schedule.ensure()
    try:
        return _work_until_stopped(stuck_after_s)
    finally:
        _release()


def _work_until_stopped(stuck_after_s: float) -> int:
    deaths: deque[float] = deque(maxlen=DEATHS)
    while True:
        code = _work_once(stuck_after_s)
        if code != DIED:
            return code
        deaths.append(time.monotonic())
        if len(deaths) == DEATHS and deaths[-1] - deaths[0] < DEATHS_WITHIN_S:
            logger.error("the job queue died %s times in a row, it is given up", DEATHS)
            return DIED
        logger.error("the job queue died, it is started again")


def _work_once(stuck_after_s: float) -> int:
    """Run a sentinel with its workers, and see to it that it is gone at the end."""
    _keep_house()
    connections.close_all()  # nothing open may cross the fork
    sentinel = ForkProcess(target=_guard, name="sentinel")
    sentinel.start()
    try:
        return _watch(sentinel, stuck_after_s)
    finally:
        if sentinel.pid:
            kill_group(sentinel.pid)
        sentinel.kill()
        sentinel.join()


def _watch(sentinel: ForkProcess, stuck_after_s: float) -> int:
    stop = stop_requested()
    pulse = Pulse(stuck_after_s)
    kept_house_at = time.monotonic()
    while sentinel.is_alive() and not stop.wait(0.2):
        if time.monotonic() - kept_house_at >= min(HOUSEKEEPING_S, stuck_after_s):
            _keep_house(pulse)
            kept_house_at = time.monotonic()
        if pulse.is_gone:
            logger.error("the job queue gives no sign of life")
            return DIED
    if not stop.is_set():
        return DIED
    sentinel.join(STOP_S)
    return TOO_LATE if sentinel.is_alive() else STOPPED


def _keep_house(pulse: Pulse | None = None) -> None:
    """Say that this queue lives, end what dead processes left, feel the scheduler's pulse."""
    try:
        liveness.beat(this_process())
        runs.reap()
        if pulse:
            pulse.feel(liveness.last_beat())
    except Error as error:
        logger.warning("the database does not answer: %s", error)
        if pulse:
            pulse.restart()  # nobody can give a sign of life now
    connections.close_all()


def _release() -> None:
    """Say that this queue is gone, and end what was left by processes it had to kill."""
    with contextlib.suppress(Error):
        liveness.end(this_process())
        runs.reap()


def _guard() -> None:
    """Be the sentinel, in a group of its own: what a terminal or a supervisor sends to the
    group of this service must not reach it, it would die of it inside a lock.
    """
    os.setpgrp()
    _Sentinel(_StopOrOrphan(stop_requested(), os.getppid()), StopFlag(), uuid.uuid4())


class _StopOrOrphan:
    """What the sentinel takes for a `multiprocessing.Event`: without a lock to die in."""

    def __init__(self, stop: StopFlag, parent: int) -> None:
        self._stop = stop
        self._parent = parent

    def is_set(self) -> bool:
        return self._stop.is_set() or os.getppid() != self._parent

    def wait(self, timeout_s: float) -> bool:
        return self._stop.wait(timeout_s) or self.is_set()


class _Sentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Ends itself rather than go on behind a lock that a killed process may hold.

    An idle worker waits inside the lock of the task queue, the monitor inside that of the
    results; django-q2 would replace them, and nothing would ever be done again. A worker
    that was killed at work holds neither, and is replaced.
    """

    def reincarnate(self, process: Any) -> None:
        """Replace a process that ended by itself or at work; end with any other."""
        killed = (process.exitcode or 0) < 0
        at_work = process in self.pool and process.timer.value >= 0
        if killed and not at_work:
            logger.error("an idle process of the job queue was killed")
            os._exit(1)
        super().reincarnate(process)
