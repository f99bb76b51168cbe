"""Dry runs: what a provider, an address or a saved page gives, in the form it would be stored.

Nothing is written. What the rules of storing refuse comes out as a rejection.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ingestion.adapters.base import Answer, Finding, Source
from ingestion.adapters.registry import adapter_for
from ingestion.dryrun import Fetch, quotes_of
from ingestion.errors import BodyTooLargeError
from ingestion.http import Limits
from ingestion.models import Provider
from ingestion.providers import adapter_of
from prices.errors import InvalidQuoteError
from prices.money import plain
from prices.types import Quote, Rejection
from prices.validation import checked_quote, clean_text

SAVED_PAGE: Final = "product_page"
GZIP: Final = b"\x1f\x8b"
TEXTS: Final = ("gtin", "mpn", "sku", "brand", "image_url", "variant")
EVIDENCE_LENGTH: Final = 300

Checked = Quote | Rejection


def check_provider(
    provider: Provider, fetch: Fetch, *, max_requests: int = 10
) -> Iterator[Checked]:
    """Return what `provider` offers now, page by page.

    Raises:
        IngestionError: it cannot be read.
    """
    return as_stored(quotes_of(adapter_of(provider), fetch, max_requests=max_requests))


def check_finding(finding: Finding, fetch: Fetch, *, max_requests: int = 10) -> Iterator[Checked]:
    """Return what a provider made of `finding` would offer, page by page.

    Raises:
        IngestionError: it cannot be read.
    """
    adapter = adapter_for(finding.kind, Source(url=finding.url, options=finding.options))
    return as_stored(quotes_of(adapter, fetch, max_requests=max_requests))


def check_page(path: Path, source: Source, *, kind: str = SAVED_PAGE) -> Iterator[Checked]:
    """Return what is read from a page that was saved, as if `source.url` had answered with it.

    Raises:
        OSError: the file cannot be read.
        IngestionError: it is not what this kind of provider sends.
    """
    adapter = adapter_for(kind, source)
    body = page_body(path)
    page = adapter.read(adapter.start()[0], Answer(url=source.url, body=body))
    return as_stored([*page.quotes, *page.rejected])


def page_body(path: Path) -> bytes:
    """Return the content of a file, unpacked when it is gzip, at most as large as an answer.

    Raises:
        OSError: it cannot be read, or is damaged.
        BodyTooLargeError: it is larger than an answer may be.
    """
    limit = Limits().body_bytes
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        try:
            body = (gzip.GzipFile(fileobj=file) if packed else file).read(limit + 1)
        except (EOFError, zlib.error) as error:
            raise gzip.BadGzipFile("the gzip file is damaged") from error
    if len(body) > limit:
        raise BodyTooLargeError(f"{path} is larger than {limit} bytes")
    return body


def as_stored(found: Iterable[Checked]) -> Iterator[Checked]:
    """Pass everything on as the rules of storing leave it."""
    for one in found:
        if isinstance(one, Rejection):
            yield one
            continue
        try:
            yield checked_quote(one)
        except InvalidQuoteError as error:
            yield Rejection(external_id=one.external_id, code=error.code, message=error.message)


def quote_body(quote: Quote) -> dict[str, Any]:
    """Return a quote as JSON has it: amounts as texts in major units, unknown is null."""
    return {
        "external_id": quote.external_id,
        "name": quote.name,
        "url": quote.url or None,
        "amount": plain(quote.amount, quote.currency),
        "list_amount": plain(quote.list_amount, quote.currency),
        "currency": quote.currency,
        "availability": quote.availability.value,
        **{field: getattr(quote, field) or None for field in TEXTS},
        "evidence": evidence_of(quote),
    }


def evidence_of(quote: Quote) -> Mapping[str, str]:
    """Return where each field was read, as lines that are safe to show."""
    return {field: clean_text(text, EVIDENCE_LENGTH) for field, text in quote.evidence.items()}
