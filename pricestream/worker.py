"""The job queue, supervised: it stops in time, leaves nobody behind and exits honestly.

django-q2 left alone exits 0 when its sentinel is killed, hangs when its whole group is told
to stop, and has no deadline for stopping (`docs/decisions/0003-supervised-job-queue.md`).
"""

import os
import signal
import threading
import time
from typing import Any, Final

from django.db import connections
from django_q.cluster import Cluster

from ingestion import runs, schedule
from ingestion.stopping import stop_requested
from pricestream.processes import die_with_parent, die_with_service, kill_group

STOP_S: Final = 15.0
DIED: Final = 2
TOO_LATE: Final = 3


def work() -> int:
    """Run the job queue until SIGTERM or SIGINT; return the exit code.

    0: it was asked to stop and did. 2: it died. 3: it did not stop in time and was killed.
    """
    die_with_service()
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    # Every process of the cluster goes when the one that made it goes.
    os.register_at_fork(after_in_child=lambda: die_with_parent(signal.SIGKILL))
    schedule.ensure()
    runs.reap()
    connections.close_all()  # nothing open may cross the forks
    cluster = Cluster()
    stop = stop_requested()

    def ask_to_stop(*_: Any) -> None:
        stop.set()

    # After the cluster's own handlers, which may hang.
    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    cluster.start()
    code = _supervise(cluster)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code:
        _kill_the_rest()
    return code


def _supervise(cluster: Cluster) -> int:
    stop = stop_requested()
    asked_at: float | None = None
    while cluster.sentinel.is_alive():
        cluster.sentinel.join(0.2)
        if not stop.is_set():
            continue
        if asked_at is None:
            asked_at = time.monotonic()
            # In a thread: setting the event can block when a process died holding its lock.
            threading.Thread(target=cluster.stop_event.set, daemon=True).start()
        if time.monotonic() - asked_at > STOP_S:
            return TOO_LATE
    return 0 if stop.is_set() else DIED


def _kill_the_rest() -> None:
    """Kill the group, but not before whoever waits for this process can read its code."""
    pid = os.getpid()
    watcher = os.fork()
    if watcher == 0:
        os.setsid()
        time.sleep(0.3)
        kill_group(pid)
        os._exit(0)
