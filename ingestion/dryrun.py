"""Driving an adapter step by step, without threads and without storing anything."""

from collections import deque
from collections.abc import Callable, Iterator

from ingestion.adapters.base import Adapter, Answer, Page, Request, refusal
from ingestion.errors import FetchError, IngestionError
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
    first_error: IngestionError | None = None
    found_any = False
    for _ in range(max_requests):
        if not waiting:
            break
        request = waiting.popleft()
        try:
            page = _page(adapter, request, fetch)
        except IngestionError as error:
            if not request.tolerated:
                raise
            first_error = first_error or error
            page = Page(rejected=[refusal(request, error)])
        found_any = found_any or bool(page.quotes)
        yield from page.quotes
        yield from page.rejected
        waiting.extend(page.follow)
    if first_error is not None and not found_any:
        raise first_error


def _page(adapter: Adapter, request: Request, fetch: Fetch) -> Page:
    try:
        answer = fetch(request)
    except FetchError as error:
        if not request.optional:
            raise
        answer = Answer(url=request.url, status=0, error=error)
    return adapter.read(request, answer)
