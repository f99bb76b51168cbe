"""Twenty shops with 5,000 offers each, on loopback: what both sides of `make bench` read.

`python -m benchmarks.shops` serves them until its input ends. Each shop has a port of its
own, so that limits per host mean what they mean outside. Pages are rendered once; a request
costs the server a sleep and a `sendall`, so that it takes little from the two cores.
"""

import json
import random
import resource
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

LATENCY_S: Final = 0.02
PAGE_SIZE: Final = 250
SEED: Final = 20
WORDS: Final = (
    "light warm merino cotton recycled organic soft strong everyday winter summer hand made in"
    " small batches with care for long walks and short trips washed at thirty degrees dries fast"
    " keeps its shape fits true to size pockets on both sides zip made from steel weighs little"
).split()


class Catalogue:
    """The pages of one shop as bytes, in which the prices can be changed in place."""

    def __init__(self, offers: int) -> None:
        self._random = random.Random(SEED)
        self._prices = [self._random.randrange(10_000, 100_000) for _ in range(offers)]
        self.pages: list[bytearray] = []
        self._places: list[tuple[bytearray, int]] = []
        for start in range(0, offers, PAGE_SIZE):
            self._render(start, min(start + PAGE_SIZE, offers))

    def show(self, share: float) -> None:
        """Go back to the first prices, and change this share of them; the same ones each time."""
        chosen = random.Random(SEED + 1)
        count = round(len(self._prices) * share)
        changed = set(chosen.sample(range(len(self._prices)), count))
        for number, (page, place) in enumerate(self._places):
            cents = self._prices[number] + (7 if number in changed else 0)
            page[place : place + 6] = _amount(cents)

    def _render(self, start: int, end: int) -> None:
        products = [self._product(number) for number in range(start, end)]
        # Shopify escapes what could end a script.
        text = json.dumps({"products": products}, separators=(",", ":"))
        page = bytearray(text.replace("<", "\\u003c").replace(">", "\\u003e").encode())
        self.pages.append(page)
        place = 0
        for _ in range(start, end):
            place = page.index(b'"price":"', place) + len(b'"price":"')
            self._places.append((page, place))

    def _product(self, number: int) -> dict[str, Any]:
        key = 7_000_000_000_000 + number
        title = " ".join(self._random.choices(WORDS, k=5)).title()
        handle = f"{title.lower().replace(' ', '-')}-{number}"
        picture = f"https://cdn.shop.example/s/files/1/0000/0000/0000/products/{handle}.jpg?v=17"
        made = "2026-01-12T09:30:11+01:00"
        text = " ".join(self._random.choices(WORDS, k=185))
        return {
            "id": key,
            "title": title,
            "handle": handle,
            "body_html": f'<p class="lead">{title}</p>\n<ul><li>{text}</li></ul>',
            "published_at": made,
            "created_at": made,
            "updated_at": made,
            "vendor": f"Vendor {number % 40}",
            "product_type": "Outdoor",
            "tags": self._random.sample(WORDS, 6),
            "variants": [
                {
                    "id": 40_000_000_000_000 + number,
                    "title": "Default Title",
                    "option1": "Default Title",
                    "option2": None,
                    "option3": None,
                    "sku": f"SKU-{number:06d}",
                    "requires_shipping": True,
                    "taxable": True,
                    "featured_image": None,
                    "available": number % 5 != 0,
                    "price": _amount(self._prices[number]).decode(),
                    "grams": 400,
                    "compare_at_price": "1999.00" if number % 4 == 0 else None,
                    "position": 1,
                    "product_id": key,
                    "created_at": made,
                    "updated_at": made,
                }
            ],
            "images": [
                {
                    "id": key + image,
                    "created_at": made,
                    "position": image,
                    "updated_at": made,
                    "product_id": key,
                    "variant_ids": [],
                    "src": picture,
                    "width": 1600,
                    "height": 1600,
                }
                for image in (1, 2)
            ],
            "options": [{"name": "Title", "position": 1, "values": ["Default Title"]}],
        }


def _amount(cents: int) -> bytes:
    return b"%d.%02d" % divmod(cents, 100)


class _Shop(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        super().__init__(("127.0.0.1", 0), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    """Keep-alive HTTP, as much as `GET /products.json?limit=250&page=N` needs."""

    request: socket.socket
    server: _Shop

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while head := self._head():
            path = head.split(b" ", 2)[1]
            time.sleep(LATENCY_S)
            body = self._body(path)
            status = b"200 OK" if body else b"404 Not Found"
            self.request.sendall(
                b"HTTP/1.1 %b\r\nContent-Type: application/json; charset=utf-8\r\n"
                b"Content-Length: %d\r\n\r\n" % (status, len(body))
            )
            self.request.sendall(body)

    def _head(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            try:
                chunk = self.request.recv(65536)
            except ConnectionError:
                return b""
            if not chunk:
                return b""
            received += chunk
        return received

    def _body(self, path: bytes) -> bytes | bytearray:
        before, mark, number = path.partition(b"page=")
        if not before.startswith(b"/products.json") or not mark:
            return b""
        pages = self.server.catalogue.pages
        index = int(number) - 1
        return pages[index] if index < len(pages) else b'{"products":[]}'


@dataclass(frozen=True, slots=True)
class Shops:
    """The shops of another process, as the benchmarks see them."""

    urls: list[str]
    process: "subprocess.Popen[str]"

    def show(self, share: float) -> None:
        """Let every shop show its first prices with this share of them changed."""
        self._say(str(share))

    def cpu_s(self) -> float:
        """Return how much CPU the server has used so far."""
        return float(self._say("cpu"))

    def _say(self, line: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@contextmanager
def shops(*, count: int = 20, offers: int = 5000) -> Iterator[Shops]:
    """Run `count` shops with `offers` offers each in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.shops", str(count), str(offers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield Shops(urls=json.loads(process.stdout.readline()), process=process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(10)


def _serve(count: int, offers: int) -> None:
    catalogue = Catalogue(offers)
    servers = [_Shop(catalogue) for _ in range(count)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    print(json.dumps(urls), flush=True)
    for line in sys.stdin:
        if line.strip() == "cpu":
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(used.ru_utime + used.ru_stime, flush=True)
        else:
            catalogue.show(float(line))
            print("shown", flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
