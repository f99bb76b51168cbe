"""What an adapter is: requests out, answers in, quotes out. No I/O, no Django, no database.

An adapter reads one kind of provider. The crawl asks it for its first requests, fetches
them (threads, limits, retries and politeness are the crawl's business) and hands each
answer back; the adapter returns the quotes on it and the requests that follow from it.
So an adapter is tested with plain values, and never waits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import msgspec

from prices.types import Quote, Rejection


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter may know of its provider.

    `currency` is what the operator stated, else `None`; `options` are the adapter's own
    settings, as saved with the provider.
    """

    url: str
    currency: str | None = None
    options: Mapping[str, Any] = {}

    @property
    def origin(self) -> str:
        """Return scheme, host and port: `https://shop.example`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One GET that an adapter wants.

    `step` tells the adapter's own kinds of request apart, `state` is what it wants to be
    reminded of with the answer. A failed `optional` request fails nothing: the adapter is
    handed an answer with status 0 and an empty body instead.
    """

    url: str
    step: str = "page"
    state: Any = None
    optional: bool = False
    accept: str = "*/*"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: status 2xx, the decoded body, lower-case header names.

    `url` is the address after redirects.
    """

    url: str
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


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
