"""The one HTTP client, against servers that misbehave."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from ingestion.adapters.base import Request
from ingestion.errors import (
    AddressNotAllowedError,
    BodyTooLargeError,
    ConnectError,
    FetchError,
    FetchTimeoutError,
    HttpStatusError,
    RateLimitedError,
    ServerBusyError,
)
from ingestion.guard import Guard
from ingestion.http import Client, Limits
from tests.ingestion.conftest import Shop

LOOPBACK = Guard.of(["127.0.0.0/8"])
LIMITS = Limits(connect_s=2, read_s=5, total_s=0.6, body_bytes=100_000)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(LOOPBACK, limits=LIMITS) as client:
        yield client


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Serve one connection after another by hand; the URL is returned."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_sockets: list[socket.socket] = []

    def start(serve: Callable[[socket.socket], None]) -> str:
        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                open_sockets.append(connection)
                try:
                    connection.recv(65536)
                    serve(connection)
                except OSError:
                    continue

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    listener.close()
    for one in open_sockets:
        one.close()


def get(client: Client, url: str) -> bytes:
    return client.get(Request(url=url)).body


def test_returns_the_body_and_lower_case_headers(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (200, {"X-Pages": "3"}, b"hello")

    answer = client.get(Request(url=f"{shop.url}/a?b=1", accept="application/json"))

    assert (answer.status, answer.body, answer.headers["x-pages"]) == (200, b"hello", "3")
    assert shop.asked == ["/a?b=1"]
    assert shop.headers[0]["Accept"] == "application/json"
    assert shop.headers[0]["User-Agent"].startswith("PriceStream/")


def test_keeps_the_connection(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (200, {}, b"x")
    for _ in range(5):
        get(client, shop.url)

    pools = client._adapter.poolmanager.pools
    (pool,) = [pools[key] for key in pools.keys()]  # noqa: SIM118 not a mapping
    assert (pool.num_connections, pool.num_requests) == (1, 5)


def test_unpacks_gzip(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello" * 99))

    assert get(client, shop.url) == b"hello" * 99


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, HttpStatusError),
        (404, HttpStatusError),
        (500, ServerBusyError),
        (503, ServerBusyError),
        (304, HttpStatusError),
    ],
)
def test_names_a_status_that_is_no_success(
    shop: Shop, client: Client, status: int, kind: type[HttpStatusError]
) -> None:
    shop.reply = lambda path: (status, {}, b"")

    with pytest.raises(kind) as caught:
        get(client, shop.url)

    assert (type(caught.value), caught.value.status) == (kind, status)


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("soon", None), ("", None), ("9" * 40, 21_600)]
)
def test_reads_retry_after(shop: Shop, client: Client, header: str, wait_s: float | None) -> None:
    shop.reply = lambda path: (429, {"Retry-After": header}, b"")

    with pytest.raises(RateLimitedError) as caught:
        get(client, shop.url)

    assert caught.value.retry_after_s == wait_s


def test_follows_redirects_and_says_where_it_ended(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (
        (302, {"Location": "/b"}, b"x" * 10) if path == "/a" else (200, {}, b"there")
    )

    answer = client.get(Request(url=f"{shop.url}/a"), headers={"X-Key": "secret"})

    assert (answer.url, answer.body) == (f"{shop.url}/b", b"there")
    assert [headers.get("X-Key") for headers in shop.headers] == ["secret", "secret"]


def test_takes_no_secret_to_another_origin(shop: Shop, client: Client) -> None:
    other = Shop()
    other.reply = lambda path: (200, {}, b"")
    shop.reply = lambda path: (302, {"Location": other.url}, b"")

    client.get(Request(url=shop.url), headers={"X-Key": "secret"})
    other.close()

    assert "X-Key" in shop.headers[0]
    assert "X-Key" not in other.headers[0]


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/", "file:///etc/passwd", "gopher://x/", "http://10.0.0.1/", "\\\\x"],
)
def test_checks_where_a_redirect_leads(shop: Shop, client: Client, location: str) -> None:
    shop.reply = lambda path: (302, {"Location": location}, b"")

    with pytest.raises(AddressNotAllowedError):
        get(client, shop.url)


def test_gives_up_on_a_redirect_loop(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (302, {"Location": path + "x"}, b"")

    with pytest.raises(FetchError, match="redirects"):
        get(client, shop.url)
    assert len(shop.asked) == 6


def test_connects_nowhere_when_the_address_is_not_allowed(shop: Shop) -> None:
    with Client(Guard()) as strict, pytest.raises(AddressNotAllowedError):
        get(strict, shop.url)

    assert shop.asked == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_takes_nothing_from_the_environment(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1/")
    shop.reply = lambda path: (200, {}, b"direct")

    assert get(client, shop.url) == b"direct"


def test_nobody_listens(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ConnectError, match="refused"):
        get(client, f"http://127.0.0.1:{port}/")


def trickle(prefix: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.sendall(prefix)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(lambda connection: time.sleep(3), id="silent"),
        pytest.param(trickle(b"HTTP/1.1 200 OK\r\nX-A: "), id="slow-header"),
        pytest.param(trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), id="slow-body"),
        pytest.param(trickle(b"HTTP/1.1 200 OK\r\n\r\n"), id="endless-body"),
    ],
)
def test_ends_at_the_deadline_whatever_the_server_does(
    client: Client,
    raw_server: Callable[[Callable[[socket.socket], None]], str],
    serve: Callable[[socket.socket], None],
) -> None:
    url = raw_server(serve)
    began = time.monotonic()

    with pytest.raises(FetchTimeoutError):
        get(client, url)

    # A bound of the client's promise, not a speed: the server would go on for seconds.
    assert time.monotonic() - began < 2.5


def test_refuses_a_body_over_the_limit(shop: Shop, client: Client) -> None:
    shop.reply = lambda path: (200, {}, b"x" * 100_001)

    with pytest.raises(BodyTooLargeError):
        get(client, shop.url)


def test_refuses_a_body_that_unpacks_over_the_limit(shop: Shop, client: Client) -> None:
    bomb = zlib.compressobj(wbits=31)
    packed = bomb.compress(b"\0" * 50_000_000) + bomb.flush()
    assert len(packed) < 100_000
    shop.reply = lambda path: (200, {"Content-Encoding": "gzip"}, packed)

    with pytest.raises(BodyTooLargeError):
        get(client, shop.url)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"rubbish\r\n\r\n", id="not-http"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", id="short-body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="bad-chunk"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
            id="bad-gzip",
        ),
    ],
)
def test_raises_only_our_own_errors(
    client: Client,
    raw_server: Callable[[Callable[[socket.socket], None]], str],
    answer: bytes,
) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(FetchError):
        get(client, raw_server(serve))


def test_stop_ends_what_is_under_way(
    raw_server: Callable[[Callable[[socket.socket], None]], str],
) -> None:
    asked = threading.Event()

    def serve(connection: socket.socket) -> None:
        asked.set()
        time.sleep(3)

    url = raw_server(serve)
    with Client(LOOPBACK) as patient:
        threading.Thread(target=lambda: (asked.wait(5), patient.stop()), daemon=True).start()
        began = time.monotonic()

        with pytest.raises(FetchError):
            get(patient, url)

    assert time.monotonic() - began < 2.5
