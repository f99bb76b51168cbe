"""Driving an adapter step by step, without threads and without storing anything."""

from collections import deque
from collections.abc import Callable, Iterator

from ingestion.adapters.base import Adapter, Answer, Request
from ingestion.errors import FetchError
from prices.types import Quote, Rejection

Fetch = Callable[[Request], Answer]


def quotes_of(
    adapter: Adapter, fetch: Fetch, *, max_requests: int = 10
) -> Iterator[Quote | Rejection]:
    """Return what `adapter` reads, page by page, with at most so many requests.

    Raises:
        IngestionError: the provider cannot be read.
    """
    waiting = deque(adapter.start())
    for _ in range(max_requests):
        if not waiting:
            return
        request = waiting.popleft()
        try:
            answer = fetch(request)
        except FetchError:
            if not request.optional:
                raise
            answer = Answer(url=request.url, status=0)
        page = adapter.read(request, answer)
        yield from page.quotes
        yield from page.rejected
        waiting.extend(page.follow)
