"""Several Shopify storefronts on loopback that can be told to keep everybody waiting."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMES = ["one", "two", "three", "four", "five", "six"]
OFFERS = 300  # of each: more than a page


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of readers that were killed."""


class Shops:
    """A server for each: while `open` is not set, nobody's second page comes."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.waiting: set[object] = set()  # whose second page was asked for
        shops = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                page = int(parse_qs(parts.query).get("page", ["1"])[0])
                found = parts.path.endswith("/products.json")
                body = json.dumps({"products": _products(page)}).encode() if found else b""
                with contextlib.suppress(OSError):  # the reader went away
                    self.send_response(200 if found else 404)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if page > 1:
                        shops.waiting.add(self.server)
                        shops.open.wait(60)
                    self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Print nothing."""

        self._servers = {name: _Server(("127.0.0.1", 0), Handler) for name in NAMES}
        self.urls = {
            name: f"http://127.0.0.1:{server.server_port}" for name, server in self._servers.items()
        }
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def shut(self) -> None:
        """Let everybody wait from now on."""
        self.open.clear()
        self.waiting.clear()

    def close(self) -> None:
        self.open.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


def _products(page: int) -> list[dict[str, Any]]:
    numbers = range((page - 1) * 250, min(page * 250, OFFERS))
    return [
        {
            "id": number + 1,
            "title": f"Lamp {number}",
            "variants": [{"id": number + 10_000, "price": "12.90", "available": True}],
        }
        for number in numbers
    ]
