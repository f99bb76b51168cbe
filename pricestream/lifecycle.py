"""`serve`: every resource is acquired in one place, in order, and released in reverse.

Data directory, port, database, demo shops, job queue, web server, first ingestion. If a part
dies, the rest is released and the exit code says so.
"""

import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Self

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django_q.tasks import async_task

from ingestion import liveness, runs
from pricestream.errors import PartDiedError, StartError
from pricestream.first_user import RULE, sign_in
from pricestream.health import web_answers
from pricestream.preparation import check_prepared, prepare
from pricestream.processes import PARENT, kill_group

logger = logging.getLogger(__name__)

# Together below the 30 s that a stop may take.
WEB_STOP_S: Final = 7.0
WORKER_STOP_S: Final = 17.0
RELEASE_S: Final = 3.0
START_S: Final = 60.0


def serve(*, host: str, port: int, set_up: bool, say: Callable[[str], None]) -> None:
    """Run the whole service until it is told to stop (SIGTERM, SIGINT, a closed terminal).

    `set_up` brings database and static files up to date before.

    Raises:
        StartError: it cannot start.
        PartDiedError: a part of it died; the rest was released.
    """
    stop = _stop_on_signals()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone_in(settings.DATA_DIR))
        check_port(host, port)
        if set_up:
            prepare(say)
        check_prepared()
        stack.callback(_release_runs)
        stack.enter_context(_demo_shops())
        worker = stack.enter_context(
            Part("job queue", ["manage.py", "worker"], stop_s=WORKER_STOP_S)
        )
        web = stack.enter_context(Part("web server", ["-m", "pricestream.web"], stop_s=WEB_STOP_S))
        _wait_for_web(web, host, port, stop)
        if not stop.is_set():
            async_task("ingestion.tasks.startup_run")
            say(_welcome(host, port))
        connection.close()
        _watch((worker, web), stop)
        say("Stopping ...")
    say("Stopped.")


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    signums = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` ignores it
        signums.append(signal.SIGHUP)
    for signum in signums:
        signal.signal(signum, lambda *_: stop.set())
    return stop


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Hold the data directory; the kernel lets go of it however this process ends."""
    with (directory / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise StartError(
                f"PRICESTREAM_DATA_DIR: PriceStream is running in {directory} already"
                f" (process {file.read().strip() or 'unknown'}). Stop it, or set another one."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Make sure that the web server will get its port.

    Raises:
        StartError: it is taken, or not for this user to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            name = "BIND" if error.errno == errno.EADDRNOTAVAIL else "PORT"
            raise StartError(
                f"{name}: {host}, port {port} cannot be used ({error.strerror})."
                f" Set {name} to another one."
            ) from error


@contextlib.contextmanager
def _demo_shops() -> Iterator[None]:
    """Run the demo shops while the database holds their providers."""
    from ingestion.demo.running import demo_shops_running

    with demo_shops_running():
        yield


class Part:
    """A process of the service, in a session of its own: Ctrl-C reaches only `serve`."""

    def __init__(self, name: str, command: list[str], *, stop_s: float) -> None:
        """Start nothing yet: use it as a context."""
        self.name = name
        self._command = command
        self._stop_s = stop_s

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 our own modules
            [sys.executable, *self._command],
            env={**os.environ, PARENT: str(os.getpid())},
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Ask it to stop, wait, and leave nothing of it behind."""
        self._process.terminate()
        try:
            self._process.wait(self._stop_s)
        except subprocess.TimeoutExpired:
            logger.warning("the %s did not stop in time, it is killed", self.name)
        kill_group(self._process.pid)
        self._process.wait()

    @property
    def exit_code(self) -> int | None:
        """Return how it ended; `None` while it runs."""
        return self._process.poll()


def _wait_for_web(web: Part, host: str, port: int, stop: threading.Event) -> None:
    until = time.monotonic() + START_S
    while not stop.wait(0.1):
        if web.exit_code is not None:
            raise StartError(f"The web server ended with code {web.exit_code}; see above.")
        if web_answers(reached_at(host), port):
            return
        if time.monotonic() > until:
            raise StartError(f"The web server does not answer within {START_S:g} s.")


def _watch(parts: Iterable[Part], stop: threading.Event) -> None:
    """Wait until asked to stop, or until a part is gone."""
    while not stop.wait(0.2):
        for part in parts:
            if part.exit_code is not None:
                raise PartDiedError(f"The {part.name} ended with code {part.exit_code}")


def _welcome(host: str, port: int) -> str:
    address = reached_at(host)
    shown = f"[{address}]" if ":" in address else address
    return (
        f"{RULE}\n  PriceStream is ready: http://{shown}:{port}/  (Ctrl-C stops it)\n"
        f"{sign_in()}\n{RULE}"
    )


def reached_at(host: str) -> str:
    """Return where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared, not bound


def _release_runs() -> None:
    """Leave nothing Running; in a thread, because a database may not answer at all."""
    thread = threading.Thread(target=_end_runs, daemon=True)
    thread.start()
    thread.join(RELEASE_S)


def _end_runs() -> None:
    # What was killed a moment ago may take another to be gone.
    until = time.monotonic() + RELEASE_S / 2
    try:
        while not runs.release(waiting=not liveness.job_queues(timezone.now())):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
    except Error:
        logger.warning("runs could not be ended; the next start does it", exc_info=True)
    finally:
        connection.close()
