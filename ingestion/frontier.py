"""Which request is next. Waiting hosts hold no thread: a job that may not go yet stays here.

Each host (scheme, name and port) has a queue of its own and takes so many requests at a
time; hosts are served in turn, so that one with many requests delays no other.
"""

import heapq
import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ingestion.adapters.base import Adapter, Request

PER_HOST: Final = 2  # requests to one shop at the same time


@dataclass(frozen=True, slots=True)
class Job:
    """One request of one provider run. `attempt` counts from 0."""

    provider_run_id: int
    adapter: Adapter
    request: Request
    attempt: int = 0

    @property
    def host(self) -> str:
        """Return scheme, name and port: what politeness is owed to."""
        parts = urlsplit(self.request.url)
        return f"{parts.scheme}://{parts.netloc.lower()}"


@dataclass(slots=True)
class _Host:
    waiting: list[tuple[float, int, Job]] = field(default_factory=list)
    active: int = 0
    hold_until: float = 0.0


class Frontier:
    """The jobs that wait. All instants are those of `clock`, in seconds."""

    def __init__(
        self, *, per_host: int = PER_HOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start empty and open."""
        self._per_host = per_host
        self._clock = clock
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._takers = 0
        self._dropped: set[int] = set()

    @property
    def idle(self) -> int:
        """Count the threads that wait because no job may go."""
        return self._takers

    def add(self, jobs: Iterable[Job], *, not_before: float = 0.0) -> None:
        """Let `jobs` wait until `not_before`."""
        added = 0
        with self._changed:
            for job in jobs:
                if job.provider_run_id in self._dropped:
                    continue
                host = self._hosts.setdefault(job.host, _Host())
                heapq.heappush(host.waiting, (not_before, next(self._order), job))
                added += 1
            # As many as can find something: waking all threads for each page costs more than
            # parsing it. Whoever wakes also learns until when there is nothing else.
            self._changed.notify(added)

    def hold(self, host: str, *, until: float) -> None:
        """Ask nothing of `host` before `until`: it said so."""
        with self._changed:
            entry = self._hosts.setdefault(host, _Host())
            entry.hold_until = max(entry.hold_until, until)

    def take(self) -> Job | None:
        """Wait for the next job that may go; `None` once closed. Pair it with `done`."""
        with self._changed:
            self._takers += 1
            try:
                while not self._closed:
                    job, wait_s = self._next()
                    if job is not None:
                        return job
                    self._changed.wait(wait_s)
                return None
            finally:
                self._takers -= 1

    def done(self, job: Job) -> None:
        """Free the place that `job` held at its host."""
        with self._changed:
            host = self._hosts[job.host]
            host.active -= 1
            if not host.active and not host.waiting and host.hold_until <= self._clock():
                del self._hosts[job.host]
            self._changed.notify()

    def drop(self, provider_run_id: int) -> None:
        """Forget what waits for a provider run that has ended, and take nothing more for it."""
        with self._changed:
            self._dropped.add(provider_run_id)
            for host in self._hosts.values():
                host.waiting = [
                    entry for entry in host.waiting if entry[2].provider_run_id != provider_run_id
                ]
                heapq.heapify(host.waiting)

    def close(self) -> None:
        """Send every thread home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self) -> tuple[Job | None, float | None]:
        """Return the next job that may go now, else for how long there is none."""
        now = self._clock()
        soonest: float | None = None
        for name, host in self._hosts.items():
            if not host.waiting or host.active >= self._per_host:
                continue
            ready_at = max(host.waiting[0][0], host.hold_until)
            if ready_at <= now:
                host.active += 1
                self._hosts.move_to_end(name)
                return heapq.heappop(host.waiting)[2], None
            soonest = ready_at if soonest is None else min(soonest, ready_at)
        return None, None if soonest is None else soonest - now
