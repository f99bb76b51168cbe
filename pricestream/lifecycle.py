"""`serve`: every resource is acquired in one place, in order, and released in reverse.

Database, demo shops, job queue, web server, first ingestion. If a part dies, the rest is
released and the exit code says so.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django_q.tasks import async_task

from ingestion import runs
from ingestion.liveness import last_beat
from pricestream.processes import PARENT, kill_group

logger = logging.getLogger(__name__)

REAP_S: Final = 15.0
STUCK_S: Final = 300.0  # without a sign of life of the scheduler, which ticks each minute
WEB_STOP_S: Final = 7.0
WORKER_STOP_S: Final = 18.0
START_S: Final = 60.0


class StartError(Exception):
    """Something that is needed to start is not there. The text says what to do."""


class PartDiedError(Exception):
    """A part of the running service is gone."""


class Child:
    """A process of the service, leading a group of its own."""

    def __init__(self, name: str, command: list[str], *, stop_s: float) -> None:
        """Start it; Ctrl-C on the terminal reaches only `serve`."""
        self.name = name
        self._command = command
        self._stop_s = stop_s
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, PARENT: str(os.getpid())}
        return subprocess.Popen(  # noqa: S603 our own modules
            [sys.executable, *self._command],
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def exit_code(self) -> int | None:
        """Return how it ended; `None` while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to stop, wait, and leave nothing of its group behind."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._stop_s)
        except subprocess.TimeoutExpired:
            logger.warning("%s did not stop in time, it is killed", self.name)
        kill_group(self._process.pid)
        self._process.wait()

    def restart(self) -> None:
        """Stop it and start it anew."""
        self.stop()
        self._process = self._start()


def serve(*, host: str, port: int, say: Callable[[str], None]) -> None:
    """Run the whole service until SIGTERM or SIGINT.

    Raises:
        StartError: it cannot start.
        PartDiedError: a part of it died; the rest was released.
    """
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    with contextlib.ExitStack() as stack:
        check_database()
        check_port(host, port)
        stack.callback(_release_runs)
        stack.enter_context(_demo_shops())
        worker = Child("job queue", ["manage.py", "worker"], stop_s=WORKER_STOP_S)
        stack.callback(worker.stop)
        web = Child("web server", ["-m", "pricestream.web"], stop_s=WEB_STOP_S)
        stack.callback(web.stop)
        _wait_for_web(web, host, port, stop)
        async_task("ingestion.tasks.startup_run")
        if not stop.is_set():
            say(f"PriceStream is ready: http://{shown(host)}:{port}/  (Ctrl-C stops it)")
        _watch(worker, web, stop)
        say("Stopping …")
    say("Stopped.")


def check_database() -> None:
    """Make sure that the database answers and is migrated."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise StartError(f"DATABASE_URL: the database does not answer: {reason}") from error
    if plan:
        raise StartError("The database is not up to date. Run `manage.py setup` first.")


def check_port(host: str, port: int) -> None:
    """Make sure that the web server will get its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"PORT: {port} on {host} cannot be used ({error.strerror}). Set PORT to a free one."
            ) from error


def shown(host: str) -> str:
    """Return what a person types into a browser."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 compared, not bound


@contextlib.contextmanager
def _demo_shops() -> Iterator[None]:
    """Run the demo shops while the database holds their providers."""
    from ingestion.demo.running import demo_shops_running

    with demo_shops_running():
        yield


def _wait_for_web(web: Child, host: str, port: int, stop: threading.Event) -> None:
    deadline = time.monotonic() + START_S
    while not stop.wait(0.1):
        if web.exit_code is not None:
            raise StartError(f"the web server ended with code {web.exit_code}")
        with (
            contextlib.suppress(OSError),
            socket.create_connection((shown(host).strip("[]"), port), 1),
        ):
            return
        if time.monotonic() > deadline:
            raise StartError(f"the web server does not answer within {START_S:g} s")


def _watch(worker: Child, web: Child, stop: threading.Event) -> None:
    """Look after the parts until asked to stop."""
    pulse = _Pulse()
    reaped_at = time.monotonic()
    while not stop.wait(0.5):
        for child in (worker, web):
            if child.exit_code is not None:
                raise PartDiedError(f"the {child.name} ended with code {child.exit_code}")
        if time.monotonic() - reaped_at < REAP_S:
            continue
        reaped_at = time.monotonic()
        try:
            runs.reap()
            stuck = pulse.is_stuck(last_beat())
        except DatabaseError:
            logger.warning("the database does not answer", exc_info=True)
            connection.close()
            continue
        if stuck:
            logger.error("the job queue gives no sign of life, it is restarted")
            worker.restart()
            pulse = _Pulse()


class _Pulse:
    """Tells a stuck job queue by the clock of this process, which a sleeping laptop stops."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._changed_at = time.monotonic()

    def is_stuck(self, beat: datetime | None) -> bool:
        now = time.monotonic()
        if beat != self._last:
            self._last, self._changed_at = beat, now
        return now - self._changed_at > STUCK_S


def _release_runs(*_: Any) -> None:
    try:
        runs.release()
    except DatabaseError:
        logger.warning("runs could not be ended; the next start does it", exc_info=True)
