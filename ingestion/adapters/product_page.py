"""Product pages: one or many pages of one shop, each read for its own product.

`options: {"urls": [...]}` names them; without it the provider's own address is the page. A
page that fails is counted and costs none of the others.
"""

from typing import ClassVar, Final
from urllib.parse import urlsplit

from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.errors import ContentError
from ingestion.extraction.page import read_page

MAX_PAGES: Final = 5000
HTML: Final = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


class ProductPages:
    """Reads each page's own product; its variants are offers of their own."""

    kind: ClassVar[str] = "product_page"
    label: ClassVar[str] = "Product pages"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep which pages there are."""
        self._source = source

    def start(self) -> list[Request]:
        """Ask for every page at once: none of them depends on another."""
        return [
            Request(url=url, tolerated=True, accept=HTML)
            for url in urls_of(self._source)[:MAX_PAGES]
        ]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read the page's own product."""
        kind = answer.headers.get("content-type", "")
        if "html" not in kind and kind and b"<" not in answer.body[:1000]:
            raise ContentError(f"expected an HTML page, the server sent {kind[:60]}")
        fragment = urlsplit(request.url).fragment
        url = f"{answer.url}#{fragment}" if fragment else answer.url
        return Page(
            quotes=read_page(
                answer.body, url=url, content_type=kind, currency=self._source.currency
            )
        )


def urls_of(source: Source) -> list[str]:
    """Return the addresses of the pages, each once, in order."""
    stated = source.options.get("urls")
    urls = [url for url in stated if isinstance(url, str)] if isinstance(stated, list) else []
    return list(dict.fromkeys(urls or [source.url]))
