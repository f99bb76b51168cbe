"""What a pushed price must be, whichever way it comes in. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from ingestion import slugs
from prices.errors import InvalidQuoteError, PriceUnreadableError
from prices.money import amount_of
from prices.types import Availability, Quote
from prices.validation import EXTERNAL_ID_LENGTH, checked_amount, checked_currency, checked_quote

NAME_LENGTH: Final = 500
URL_LENGTH: Final = 2048
CLOCK_SKEW: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LENGTHS: Final = {
    "platform": slugs.LENGTH,
    "external_id": EXTERNAL_ID_LENGTH,
    "name": NAME_LENGTH,
    "url": URL_LENGTH,
}


class PushedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """One price as somebody states it. `observed_at` unset means now."""

    platform: str
    external_id: str
    amount: Decimal
    currency: str | None = None
    name: str = ""
    url: str = ""
    availability: Availability = Availability.UNKNOWN
    observed_at: datetime | None = None


def checked_push(values: Mapping[str, Any], *, now: datetime) -> PushedPrice:
    """Return a pushed price from the fields of `track`; those that are unset may be missing.

    Raises:
        InvalidQuoteError: names the first field that cannot be stored.
    """
    for field, length in _LENGTHS.items():
        if len(values.get(field) or "") > length:
            raise InvalidQuoteError(field, "too_long", f"has more than {length} characters")
    item = PushedPrice(
        platform=checked_platform(values["platform"]),
        external_id=values["external_id"],
        amount=checked_price(values["price"]),
        currency=checked_currency(values["currency"]) if values.get("currency") else None,
        name=values.get("name") or "",
        url=checked_link(values.get("url") or ""),
        availability=Availability(values.get("availability") or Availability.UNKNOWN),
        observed_at=checked_instant(values.get("observed_at"), now=now),
    )
    return msgspec.structs.replace(item, external_id=checked_quote(quote_of(item)).external_id)


def checked_platform(platform: str) -> str:
    """Return what can be a provider's slug.

    Raises:
        InvalidQuoteError: it cannot.
    """
    if platform in slugs.RESERVED:
        raise InvalidQuoteError("platform", "bad_platform", f"{platform!r} is reserved")
    if not slugs.is_slug(platform):
        raise InvalidQuoteError("platform", "bad_platform", "use a-z, 0-9, hyphens and underscores")
    return platform


def checked_price(price: object) -> Decimal:
    """Return a price above zero out of a number or a text such as "12.90".

    Raises:
        InvalidQuoteError: it is none.
    """
    try:
        return checked_amount(amount_of(price))
    except PriceUnreadableError as error:
        raise InvalidQuoteError(
            "price", "bad_price", f'{error}; send a number or a text such as "12.90"'
        ) from error


def checked_link(url: str) -> str:
    """Return a web address, or nothing.

    Raises:
        InvalidQuoteError: it is neither.
    """
    if url and not url.startswith(("http://", "https://")):
        raise InvalidQuoteError("url", "bad_url", "must begin with http:// or https://")
    if " " in url or not url.isprintable():
        raise InvalidQuoteError("url", "bad_url", "must not hold blanks or control characters")
    return url


def checked_instant(at: datetime | None, *, now: datetime) -> datetime | None:
    """Return when a price was seen.

    Raises:
        InvalidQuoteError: that is yet to come, or before there were shops to watch.
    """
    if at is not None and at < EARLIEST:
        raise InvalidQuoteError("observed_at", "too_early", f"is before {EARLIEST:%Y-%m-%d}")
    if at is not None and at > now + CLOCK_SKEW:
        raise InvalidQuoteError("observed_at", "in_future", "is in the future")
    return at


def quote_of(item: PushedPrice) -> Quote:
    """Return a pushed price as what is stored."""
    return Quote(
        external_id=item.external_id,
        name=item.name or item.external_id,
        amount=item.amount,
        currency=item.currency,
        availability=item.availability,
        url=item.url,
        evidence={"amount": "pushed"},
    )
