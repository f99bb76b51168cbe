"""The one HTTP client: nothing else in the project opens a connection to a given address.

It keeps connections alive across threads, verifies TLS against one shared context (loading
the certificates anew for each connection costs more than everything else together), checks
each address while connecting, and ends every fetch at its deadline whatever the server does.
"""

import contextlib
import heapq
import itertools
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.util.retry import Retry

from ingestion.adapters.base import Answer, Request
from ingestion.errors import (
    AddressNotAllowedError,
    BodyTooLargeError,
    ConnectError,
    FetchError,
    FetchTimeoutError,
    HttpStatusError,
    IngestionError,
    RateLimitedError,
    ServerBusyError,
)
from ingestion.guard import Guard, checked_url, port_of

USER_AGENT: Final = "PriceStream/0.1 (price tracking; respects robots.txt)"
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
SLOW_DOWN: Final = frozenset({429})
BUSY: Final = frozenset({408, 425, 500, 502, 503, 504})
MAX_REDIRECTS: Final = 5
LARGEST_BODY: Final = 256 * 1024 * 1024  # whatever a request asks for
CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an answer may be. `total_s` holds whatever the server does."""

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 30.0
    body_bytes: int = 20 * 1024 * 1024


@dataclass(slots=True)
class _Fetch:
    """One fetch under way: its deadline and the sockets it uses."""

    deadline: float
    ended: bool = False
    expired: bool = False
    sockets: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def track(self, sock: socket.socket) -> None:
        """Note a socket, so that the watchdog can shut it down.

        A duplicate of the descriptor: urllib3 may close the original at any time, and its
        number may belong to somebody else by then.
        """
        with self.lock, contextlib.suppress(OSError):
            self.sockets.append(socket.socket(fileno=os.dup(sock.fileno())))

    def kill(self) -> None:
        """Shut the sockets down: whoever waits on them gets an error at once."""
        with self.lock:
            self.expired = True
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Let the sockets go."""
        with self.lock:
            self.ended = True
            for sock in self.sockets:
                sock.close()
            self.sockets.clear()


class _Watchdog(threading.Thread):
    """Ends fetches at their deadline, in whatever phase they hang. One thread for all."""

    def __init__(self) -> None:
        super().__init__(name="fetch-watchdog", daemon=True)
        self._queue: list[tuple[float, int, _Fetch]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False

    def watch(self, fetch: _Fetch) -> None:
        with self._changed:
            heapq.heappush(self._queue, (fetch.deadline, next(self._order), fetch))
            if self._queue[0][2] is fetch:
                self._changed.notify()

    def kill_all(self) -> None:
        """End everything that is under way now."""
        with self._changed:
            fetches = [fetch for _, _, fetch in self._queue]
        for fetch in fetches:
            if not fetch.ended:
                fetch.kill()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        while True:
            with self._changed:
                while self._queue and self._queue[0][2].ended:
                    heapq.heappop(self._queue)
                if self._closed:
                    return
                wait_s = self._queue[0][0] - time.monotonic() if self._queue else None
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
                fetch = heapq.heappop(self._queue)[2]
            if not fetch.ended:
                fetch.kill()


# The fetch that the current thread is busy with. urllib3 makes its connections in the thread
# that asks, and offers no other way to hand them something per request.
_current = threading.local()


class _GuardedConnection(HTTPConnection):
    guard: Guard

    def _new_conn(self) -> socket.socket:
        return _connected(self, self.guard)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _track(self)
        super().request(*args, **kwargs)


class _GuardedTLSConnection(HTTPSConnection):
    guard: Guard

    def _new_conn(self) -> socket.socket:
        return _connected(self, self.guard)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _track(self)
        super().request(*args, **kwargs)


def _track(connection: HTTPConnection) -> None:
    """Put a kept-alive connection under the deadline of the fetch that uses it now."""
    sock = getattr(connection, "sock", None)
    if sock is not None:
        _current.fetch.track(sock)


def _connected(connection: HTTPConnection, guard: Guard) -> socket.socket:
    fetch: _Fetch = _current.fetch
    error: OSError | None = None
    port = connection.port or connection.default_port
    for family, place in guard.resolve(connection._dns_host, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            fetch.track(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            left_s = fetch.deadline - time.monotonic()
            timeout = connection.timeout
            limit_s = timeout if isinstance(timeout, int | float) else left_s
            sock.settimeout(max(0.01, min(limit_s, left_s)))
            sock.connect(place)
        except OSError as failure:
            sock.close()
            error = failure
            continue
        if sock.getpeername()[0] != place[0]:
            sock.close()
            raise AddressNotAllowedError("connected to another address than the one checked")
        return sock
    if isinstance(error, TimeoutError):
        raise FetchTimeoutError("no connection within the deadline") from error
    reason = os.strerror(error.errno) if error and error.errno else "refused"
    raise ConnectError(f"no connection: {reason.lower()}") from error


class _GuardedAdapter(HTTPAdapter):
    """requests' adapter over guarded connections, with one TLS context for all of them."""

    def __init__(self, guard: Guard, *, hosts: int, per_host: int) -> None:
        self._guard = guard
        self._tls = ssl.create_default_context(cafile=certifi.where())
        super().__init__(pool_connections=hosts, pool_maxsize=per_host, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **kwargs: Any
    ) -> None:
        guarded = {"guard": self._guard}
        plain = type("Connection", (_GuardedConnection,), guarded)
        secure = type("TLSConnection", (_GuardedTLSConnection,), guarded)
        manager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=self._tls
        )
        manager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        self.poolmanager = manager

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Name the host alone: verification is the shared context's, and always on."""
        url = checked_url(request.url)
        host = {"scheme": url.scheme, "host": url.host, "port": url.port}
        return host, {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the connection alone: the shared context verifies it."""

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        raise AddressNotAllowedError("proxies are not used")


class Client:
    """Fetches for adapters. Safe for many threads; close it, or use it as a context."""

    def __init__(
        self,
        guard: Guard,
        *,
        limits: Limits | None = None,
        hosts: int = 64,
        per_host: int = 8,
    ) -> None:
        """Start the watchdog; no connection is made yet."""
        self.limits = limits or Limits()
        self._adapter = _GuardedAdapter(guard, hosts=hosts, per_host=per_host)
        self._watchdog = _Watchdog()
        self._watchdog.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, request: Request, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to `request`: a 2xx with its decoded body.

        Redirects are followed, at most five, each address checked anew; extra `headers` go
        to the first origin only.

        Raises:
            FetchError: one of its kinds; never anything of requests or urllib3.
        """
        fetch = _Fetch(deadline=time.monotonic() + self.limits.total_s)
        self._watchdog.watch(fetch)
        _current.fetch = fetch
        try:
            with _translated(fetch):
                return self._follow(request, dict(headers or {}), fetch)
        finally:
            fetch.end()
            _current.fetch = None

    def stop(self) -> None:
        """End every fetch that is under way: shutting down waits for no server."""
        self._watchdog.kill_all()

    def close(self) -> None:
        """Let all connections go."""
        self._watchdog.close()
        self._adapter.close()

    def _follow(self, request: Request, extra: dict[str, str], fetch: _Fetch) -> Answer:
        url = checked_url(request.url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(url.url, request.accept, extra)
            location = response.headers.get("Location")
            if response.status_code not in REDIRECTS or not location:
                return self._answer(response, url.url, fetch, request.max_bytes)
            response.close()
            target = checked_url(urljoin(url.url, location))
            if url.scheme == "https" and target.scheme == "http":
                raise AddressNotAllowedError("redirected from https to http")
            if (url.scheme, url.host, port_of(url)) != (
                target.scheme,
                target.host,
                port_of(target),
            ):
                extra = {}
            url = target
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    def _send(self, url: str, accept: str, extra: Mapping[str, str]) -> requests.Response:
        prepared = requests.PreparedRequest()
        prepared.prepare(
            method="GET",
            url=url,
            headers={
                "User-Agent": USER_AGENT,
                "Accept": accept,
                "Accept-Encoding": "gzip, deflate",
                **extra,
            },
        )
        # Without a session: nothing of the environment, no cookies, no bodies of redirects.
        return self._adapter.send(
            prepared, stream=True, timeout=(self.limits.connect_s, self.limits.read_s)
        )

    def _answer(
        self, response: requests.Response, url: str, fetch: _Fetch, max_bytes: int | None
    ) -> Answer:
        try:
            _raise_for_status(response)
            body = self._body(response, fetch, max_bytes)
        except BaseException:
            response.close()
            raise
        response.raw.release_conn()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url=url, status=response.status_code, headers=headers, body=body)

    def _body(self, response: requests.Response, fetch: _Fetch, max_bytes: int | None) -> bytes:
        limit = min(max_bytes or self.limits.body_bytes, LARGEST_BODY)
        raw: HTTPResponse = response.raw
        announced = raw.length_remaining or 0
        if announced > limit:
            raise BodyTooLargeError(f"the answer announces {announced} bytes, the limit is {limit}")
        # In one piece when its size is known: joining pieces costs more than receiving them.
        piece = max(CHUNK_BYTES, announced)
        chunks: list[bytes] = []
        size = 0
        while chunk := raw.read(piece, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise BodyTooLargeError(f"the answer is larger than {limit} bytes")
            if fetch.expired:
                break
            chunks.append(chunk)
        if fetch.expired:
            raise FetchTimeoutError(f"no full answer within {self.limits.total_s:g} s")
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _raise_for_status(response: requests.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    retry_after_s = _retry_after_s(response.headers.get("Retry-After"))
    if status in SLOW_DOWN or (status == 503 and retry_after_s is not None):
        raise RateLimitedError(status, retry_after_s)
    raise ServerBusyError(status) if status in BUSY else HttpStatusError(status)


def _retry_after_s(header: str | None) -> float | None:
    """Read both forms of Retry-After (RFC 9110, 10.2.3); `None` when it is neither."""
    if not header:
        return None
    try:
        return max(0.0, Retry().parse_retry_after(header.strip()))
    except (HTTPError, ValueError, OverflowError):
        return None


@contextlib.contextmanager
def _translated(fetch: _Fetch) -> Iterator[None]:
    """Turn what requests, urllib3 and the sockets raise into our own errors, once."""
    try:
        yield
    except IngestionError:
        raise
    except (requests.RequestException, HTTPError, OSError) as error:
        for cause in _causes(error):
            if isinstance(cause, FetchError):
                raise cause from None
        if fetch.expired:
            raise FetchTimeoutError("no full answer within the deadline") from error
        raise _translation(error) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        reason = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        inner = reason if isinstance(reason, BaseException) else None
        error = inner or error.__cause__ or error.__context__


def _translation(error: BaseException) -> FetchError:
    causes = list(_causes(error))
    if any(isinstance(cause, requests.Timeout | TimeoutError) for cause in causes):
        return FetchTimeoutError("the server does not answer")
    if any(isinstance(cause, ssl.SSLError | SSLError) for cause in causes):
        return ConnectError("the server's certificate or TLS cannot be trusted")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return FetchError("the compressed answer is damaged")
    return ConnectError(f"the connection broke ({type(causes[-1]).__name__})")
