"""A catalogue of our own shape, served on loopback and read by an adapter of its own."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from ingestion.adapters import registry
from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.errors import ContentError
from ingestion.models import Provider
from prices.types import Availability, Quote

Reply = tuple[int, Mapping[str, str], bytes]


class Shop:
    """A scripted server: `reply` decides, `asked` remembers the paths in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.reply: Callable[[str], Reply] = lambda path: (404, {}, b"")
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shop.asked.append(self.path)
                shop.headers.append(dict(self.headers))
                status, headers, body = shop.reply(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                with contextlib.suppress(ConnectionError):  # the client gave up
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


class ListAdapter:
    """Reads `[{"id": …, "price": …}, …]` pages at /?page=N until one is empty."""

    kind: ClassVar[str] = "list"
    label: ClassVar[str] = "List"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        self.source = source

    def start(self) -> list[Request]:
        return [self.page(0)]

    def page(self, number: int) -> Request:
        return Request(url=f"{self.source.url}?page={number}", state=number)

    def read(self, request: Request, answer: Answer) -> Page:
        try:
            items = json.loads(answer.body)
        except ValueError as error:
            raise ContentError("not JSON") from error
        quotes = [
            Quote(
                external_id=item["id"],
                name=item.get("name", item["id"]),
                amount=Decimal(item["price"]),
                currency=item.get("currency", "EUR"),
                gtin=item.get("gtin", ""),
                availability=Availability.IN_STOCK,
            )
            for item in items
        ]
        return Page(quotes=quotes, follow=[self.page(request.state + 1)] if items else [])


@pytest.fixture
def list_adapter(monkeypatch: pytest.MonkeyPatch, settings: Any) -> type[ListAdapter]:
    for adapter in (ListAdapter, PagesAdapter, AskingAdapter):
        monkeypatch.setitem(registry.ADAPTERS, adapter.kind, adapter)
    settings.ALLOWED_PRIVATE_NETWORKS = ("127.0.0.0/8",)
    settings.FETCH_CONCURRENCY = 4
    return ListAdapter


class PagesAdapter(ListAdapter):
    """Reads the pages that `options` name, each by itself: a failing one is tolerated."""

    kind: ClassVar[str] = "pages"
    label: ClassVar[str] = "Pages"

    def start(self) -> list[Request]:
        return [
            Request(url=f"{self.source.url}/{name}", state=0, tolerated=True)
            for name in self.source.options["pages"]
        ]

    def read(self, request: Request, answer: Answer) -> Page:
        return Page(quotes=super().read(request, answer).quotes)


class AskingAdapter(ListAdapter):
    """Asks for the name of things first; a shop that has none is read all the same."""

    kind: ClassVar[str] = "asking"
    label: ClassVar[str] = "Asking"

    def start(self) -> list[Request]:
        return [Request(url=f"{self.source.url}/name", step="name", optional=True)]

    def read(self, request: Request, answer: Answer) -> Page:
        if request.step != "name":
            return super().read(request, answer)
        if answer.error is not None and answer.error.retryable:
            raise answer.error
        return Page(follow=[self.page(0)])


@pytest.fixture
def make_provider(list_adapter: type[ListAdapter]) -> Callable[..., Provider]:
    def make(slug: str = "shop", **fields: Any) -> Provider:
        return Provider.objects.create(slug=slug, **{"name": slug, "kind": "list", **fields})

    return make


def pages(*contents: list[dict[str, str]]) -> Callable[[str], Reply]:
    """Answer /…?page=N with the N-th content, and an empty page after the last."""

    def reply(path: str) -> Reply:
        number = int(path.partition("page=")[2])
        items = contents[number] if number < len(contents) else []
        return 200, {"Content-Type": "application/json"}, json.dumps(items).encode()

    return reply


def items(count: int, price: str = "10.00", prefix: str = "i") -> list[dict[str, str]]:
    return [{"id": f"{prefix}{number}", "price": price} for number in range(count)]
