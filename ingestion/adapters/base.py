"""What an adapter is: requests out, answers in, quotes out. No I/O, no Django, no database.

An adapter reads one kind of provider. The crawl asks it for its first requests, fetches
them (threads, limits, retries and politeness are the crawl's business) and hands each
answer back; the adapter returns the quotes on it and the requests that follow from it.
So an adapter is tested with plain values, and never waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, runtime_checkable
from urllib.parse import urlsplit

import msgspec

from ingestion.errors import FetchError, IngestionError
from prices.types import Quote, Rejection


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter may know of its provider.

    `currency` is what the operator stated, else `None`; `options` are the adapter's own
    settings, as saved with the provider. `now` is when the run began (aware UTC), for what is
    valid only between dates.
    """

    url: str
    currency: str | None = None
    options: Mapping[str, Any] = {}
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))

    @property
    def origin(self) -> str:
        """Return scheme, host and port: `https://shop.example`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One GET that an adapter wants.

    `step` tells the adapter's own kinds of request apart, `state` is what it wants to be
    reminded of with the answer. `max_bytes` asks for more room than the client's usual limit.

    When it cannot be fetched, that ends the provider run, unless it is `optional`: then the
    adapter is handed an answer with the error in it, and decides; or `tolerated`: then it is
    counted as rejected, and only a run that read nothing at all fails with it.
    """

    url: str
    step: str = "page"
    state: Any = None
    optional: bool = False
    tolerated: bool = False
    accept: str = "*/*"
    max_bytes: int | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: status 2xx, the decoded body, lower-case header names.

    `url` is the address after redirects. Of an optional request that failed there is only
    the `error`, and status 0.
    """

    url: str
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""
    error: FetchError | None = None


def refusal(request: Request, error: IngestionError) -> Rejection:
    """Return how a tolerated request that came to nothing is counted: by its address."""
    return Rejection(external_id=request.url[:255], code=error.code, message=str(error))


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer held."""

    quotes: Sequence[Quote] = ()
    rejected: Sequence[Rejection] = ()
    follow: Sequence[Request] = ()


class Adapter(Protocol):
    """Reads one kind of provider. One instance per provider run; `read` may be called from
    several threads, so what it needs to remember travels in `Request.state`.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    whole_catalogue: ClassVar[bool]
    """Whether a run reads everything the provider has, so that what is missing is gone."""

    def __init__(self, source: Source) -> None:
        """Keep the source; do nothing else."""

    def start(self) -> list[Request]:
        """Return the first requests."""

    def read(self, request: Request, answer: Answer) -> Page:
        """Return what the answer to `request` holds.

        Raises:
            ContentError: the answer is not what this kind of provider sends.
        """


def parted(found: Iterable[Quote | Rejection]) -> tuple[list[Quote], list[Rejection]]:
    """Return what can be stored and what cannot, each in its order."""
    quotes: list[Quote] = []
    rejected: list[Rejection] = []
    for one in found:
        if isinstance(one, Quote):
            quotes.append(one)
        else:
            rejected.append(one)
    return quotes, rejected


@runtime_checkable
class Configured(Protocol):
    """An adapter that reads its settings off what it meets."""

    def options_for(self, answer: Answer) -> Mapping[str, Any]:
        """Return the options to save with the provider, for people to see and correct."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What detection found out about a URL: enough to save a provider.

    `url` is what the provider should be saved with (it may differ from what was asked),
    `evidence` says in plain words how it was recognised, `options` go to the adapter.
    """

    kind: str
    url: str
    name: str
    currency: str | None = None
    options: Mapping[str, Any] = {}
    sample: Sequence[Quote] = ()
    evidence: Sequence[str] = ()
