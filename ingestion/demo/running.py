"""Running the demo shops while the database holds their providers."""

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from ingestion.adapters.base import Request
from ingestion.demo.server import HEALTH, DemoServer
from ingestion.errors import FetchError
from ingestion.guard import Guard
from ingestion.http import Client
from ingestion.models import Provider

logger = logging.getLogger(__name__)

PORT: Final = 8001  # preferred; another free one is taken when it is not


@contextlib.contextmanager
def demo_shops_running() -> Iterator[None]:
    """Serve the demo shops if there are demo providers and nobody serves them yet."""
    providers = Provider.objects.filter(is_demo=True).exclude(url="")
    first = providers.values_list("url", flat=True).first()
    if first is None or _answers(_origin(first)):
        yield
        return
    with served(urlsplit(first).port or PORT) as server:
        move_to(server.url)
        yield


def demo_shops_for(urls: Iterable[str]) -> contextlib.AbstractContextManager[None]:
    """Serve the demo shops if one of these addresses is theirs, and nobody serves them yet."""
    demo = Provider.objects.filter(is_demo=True).exclude(url="").values_list("url", flat=True)
    if {_origin(url) for url in urls} & {_origin(url) for url in demo}:
        return demo_shops_running()
    return contextlib.nullcontext()


@contextlib.contextmanager
def served(port: int, *, faults: bool = True) -> Iterator[DemoServer]:
    """Serve in a thread, on `port` or else on a free one."""
    try:
        server = DemoServer(port, faults=faults)
    except OSError:
        server = DemoServer(0, faults=faults)
    with _in_thread(server):
        yield server


@contextlib.contextmanager
def serving(port: int, *, faults: bool = True) -> Iterator[DemoServer]:
    """Serve in a thread, on `port` and nowhere else; 0 takes a free one.

    Raises:
        OSError: the port cannot be used.
    """
    server = DemoServer(port, faults=faults)
    with _in_thread(server):
        yield server


@contextlib.contextmanager
def _in_thread(server: DemoServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def move_to(base: str) -> None:
    """Let the demo providers point to where their server is now."""
    for provider in Provider.objects.filter(is_demo=True).exclude(url=""):
        url = base + urlsplit(provider.url).path
        if url != provider.url:
            options = dict(provider.options)
            if "urls" in options:
                options["urls"] = [base + urlsplit(page).path for page in options["urls"]]
            Provider.objects.filter(pk=provider.pk).update(url=url, options=options)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _answers(origin: str) -> bool:
    with Client(Guard.of([], [origin])) as client:
        try:
            return client.get(Request(url=origin + HEALTH)).body == b"demo shops"
        except FetchError:
            return False
