"""The HTTP client as the settings want it."""

import time
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from ingestion.adapters.base import Answer, Request
from ingestion.dryrun import Fetch
from ingestion.errors import FetchTimeoutError
from ingestion.guard import Guard
from ingestion.http import Client, Limits
from ingestion.models import Provider

INTERACTIVE: Final = Limits(connect_s=5, read_s=8, total_s=15)
"""For fetches that a person waits for."""


def default_client(limits: Limits | None = None) -> Client:
    """Return a new client that reaches public addresses, and what the operator allows."""
    return Client(default_guard(), limits=limits, hosts=settings.FETCH_CONCURRENCY * 2)


def default_guard() -> Guard:
    """Return the guard as the operator wants it.

    The demo shops run on this machine's loopback interface: their own origins, and nothing
    else there, are allowed as well.
    """
    urls = Provider.objects.filter(is_demo=True).values_list("url", flat=True)
    origins = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls if url}
    return Guard.of(settings.ALLOWED_PRIVATE_NETWORKS, sorted(origins))


def impatient(fetch: Fetch, *, seconds: float) -> Fetch:
    """Return `fetch` for somebody who waits: after so many seconds it begins no request."""
    deadline = time.monotonic() + seconds

    def fetch_in_time(request: Request) -> Answer:
        if time.monotonic() > deadline:
            raise FetchTimeoutError(f"not done after {seconds:.0f} seconds")
        return fetch(request)

    return fetch_in_time
