"""The real `manage.py` as its operator starts it, and what a test sees of it from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pricestream.config import BASE_DIR, SETTINGS
from tests.e2e.databases import Postgres, Sqlite

PASSWORD = "correct horse battery"
Found = TypeVar("Found")


def until(look: Callable[[], Found], *, what: str, within_s: float = 30.0) -> Found:
    """Return the first true answer of `look`; fail when none comes in time."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(directory: Path, database: Sqlite | Postgres, **changes: str) -> dict[str, str]:
    """Return an environment without any setting of ours but those that are given."""
    ours = {setting.name for setting in SETTINGS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **inherited,
        "PRICESTREAM_DATA_DIR": str(directory),
        "DATABASE_URL": database.url,
        "PRICESTREAM_ADMIN_PASSWORD": PASSWORD,
        "PRICESTREAM_DEMO": "0",
        "PRICESTREAM_ALLOW_PRIVATE_NETWORKS": "127.0.0.1/32",
        "PRICESTREAM_WEB_WORKERS": "1",
        **changes,
    }


def manage(arguments: list[str], env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, BASE_DIR / "manage.py", *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class Service:
    """A command that runs until it is told to stop."""

    def __init__(
        self,
        arguments: list[str],
        *,
        directory: Path,
        database: Sqlite | Postgres,
        **changes: str,
    ) -> None:
        self.directory = directory
        self.database = database
        self.port = int(changes.get("PORT") or free_port())
        self.env = environment(directory, database, **{**changes, "PORT": str(self.port)})
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, BASE_DIR / "manage.py", *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # the group that a terminal's Ctrl-C would reach
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def until_said(self, text: str, *, times: int = 1, within_s: float = 40.0) -> None:
        def said() -> bool:
            assert self.process.poll() is None or self.output.count(text) >= times, self.output
            return self.output.count(text) >= times

        until(said, what=f"{text!r} in:\n{self.output}", within_s=within_s)

    def until_ready(self) -> "Service":
        self.until_said("PriceStream is ready")
        return self

    def end(self, *, within_s: float = 30.0) -> int:
        """Wait for its end, and for that of everything it started; return its exit code."""
        code = self.process.wait(within_s)
        until(lambda: not self.processes(), what="its processes to be gone", within_s=10)
        self._reader.join(5)
        return code

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(signum)
        return self.end()

    def kill(self) -> None:
        """Leave nothing behind, whatever the test found."""
        self.process.kill()  # unlike a bare pid, never somebody else's by now
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)
        self._reader.join(10)

    def processes(self) -> list[int]:
        """Return everything that lives in this service's environment, but itself."""
        mark = f"PRICESTREAM_DATA_DIR={self.directory}\0".encode()
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit()
            and int(entry.name) != self.process.pid
            and mark in _content(entry / "environ")
        ]

    def children(self, of: int | None = None, named: str = "") -> list[int]:
        """Return the processes that `of` made, the oldest first."""
        parent = of or self.process.pid
        return sorted(
            (
                pid
                for pid in self.processes()
                if _parent(pid) == parent
                and named.encode() in _content(Path(f"/proc/{pid}/cmdline"))
            ),
            key=_started,
        )

    @property
    def queue(self) -> int:
        """Return the process that supervises the job queue."""
        (found,) = self.children(named="worker")
        return found

    @property
    def sentinel(self) -> int:
        return self.sentinel_of(self.queue)

    def sentinel_of(self, queue: int) -> int:
        """Return the sentinel, once it has made its workers, the monitor and the pusher."""

        def whole() -> int:
            for pid in self.children(of=queue):
                if len(self.children(of=pid)) == self.workers + 2:
                    return pid
            return 0

        return until(whole, what="the job queue to be there")

    @property
    def workers(self) -> int:
        return int(self.env.get("PRICESTREAM_WORKERS", "2"))

    @property
    def web(self) -> int:
        (found,) = self.children(named="pricestream.web")
        return found

    def api(self, path: str, body: Any = None, *, token: str = "") -> tuple[int, Any]:
        """Ask the API; return the status and what came back."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def sign_in(self, username: str = "admin", password: str = PASSWORD) -> str:
        status, answer = self.api("auth/token", {"username": username, "password": password})
        assert status == 200, answer
        return str(answer["access"])

    def run_states(self) -> dict[str, int]:
        """Return how many runs there are in each state."""
        return dict(self.database.rows("SELECT status, count(*) FROM ingestion_run GROUP BY 1"))

    def ended_with(self) -> set[str]:
        """Return with which codes provider runs have failed."""
        return {
            str(code)
            for (code,) in self.database.rows(
                "SELECT DISTINCT error_code FROM ingestion_providerrun WHERE status = 'Failed'"
            )
        }


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def _stat(pid: int) -> list[str]:
    return _content(Path(f"/proc/{pid}/stat")).decode().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int((_stat(pid) or ["", "0"])[1])


def _started(pid: int) -> tuple[int, int]:
    return int((_stat(pid) or ["0"] * 20)[19]), pid
