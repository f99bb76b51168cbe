"""Product pages: one or many pages of a shop, each read for its own product.

`options["urls"]` lists the pages; without it the provider's own address is the only one. A
page that fails is counted, and harms no other.
"""

from typing import ClassVar

from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.extraction.page import quotes_of_page


class ProductPages:
    """Reads a list of pages."""

    kind: ClassVar[str] = "product_page"
    label: ClassVar[str] = "Product pages"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep which pages there are."""
        self._source = source

    def start(self) -> list[Request]:
        """Ask for every page."""
        stated = self._source.options.get("urls")
        urls = [url for url in stated if isinstance(url, str)] if isinstance(stated, list) else []
        return [
            Request(url=url, tolerated=True, accept="text/html,*/*;q=0.8")
            for url in dict.fromkeys(urls or [self._source.url])
        ]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read one page.

        Raises:
            PageBlockedError: a robot check.
            NothingFoundError: no price of a product.
            ContentError: it cannot be read.
        """
        return Page(
            quotes=quotes_of_page(
                answer.body,
                url=answer.url,
                content_type=answer.headers.get("content-type", ""),
                currency=self._source.currency,
            )
        )
