"""What a batch of quotes changes. Pure: stored rows and quotes in, a plan out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from prices.types import Quote

HUNDRED: Final = Decimal(100)
CENT: Final = Decimal("0.01")
MAX_PERCENT: Final = Decimal("9999999.99")
NO_FINGERPRINT: Final = 0  # equal to no other, not even to itself
TICK: Final = timedelta(microseconds=1)
DETAIL_FIELDS: Final = (
    "name",
    "variant",
    "group_id",
    "url",
    "image_url",
    "brand",
    "gtin",
    "mpn",
    "sku",
)


class Checked(NamedTuple):
    """A quote that may be stored, and the fingerprint of how it was read before that check."""

    quote: Quote
    fingerprint: int


class Stored(NamedTuple):
    """What is known of one offer, in the order of `STORED_FIELDS`; `details` are the rest."""

    id: int
    external_id: str
    product_id: int
    fingerprint: int
    missing_since: datetime | None
    amount: Decimal
    list_amount: Decimal | None
    currency: str | None
    availability: str
    since: datetime
    sequence: int
    low_amount: Decimal
    low_at: datetime
    high_amount: Decimal
    high_at: datetime
    product__gtin: str | None
    product__offers_count: int
    details: tuple[str, ...]

    @property
    def is_alone(self) -> bool:
        """Say whether no other offer can be of the same product."""
        return self.product__gtin is None and self.product__offers_count == 1


STORED_FIELDS: Final = (*Stored._fields[:-1], *DETAIL_FIELDS)


class Change(NamedTuple):
    """The new state of an offer whose price changed. Names are those of its columns."""

    id: int
    fingerprint: int
    amount: Decimal
    list_amount: Decimal | None
    currency: str | None
    availability: str
    since: datetime
    sequence: int
    previous_amount: Decimal | None
    change_percent: Decimal | None
    low_amount: Decimal
    low_at: datetime
    high_amount: Decimal
    high_at: datetime


@dataclass(slots=True)
class Plan:
    """Quotes by what has to be done about them.

    A stored offer is in `seen`, and beside that in `changed` (another price), `redescribed`
    (another text) or both; in `reworded` when it was read differently and yet says the same.
    """

    new: list[Checked] = field(default_factory=list)
    changed: list[tuple[Stored, Checked]] = field(default_factory=list)
    redescribed: list[tuple[Stored, Checked]] = field(default_factory=list)
    reworded: list[tuple[Stored, Checked]] = field(default_factory=list)
    returned: list[Stored] = field(default_factory=list)
    seen: list[Stored] = field(default_factory=list)


def stored_row(values: tuple[object, ...]) -> Stored:
    """Return a row of `STORED_FIELDS` as it is compared."""
    width = len(Stored._fields) - 1
    return Stored._make((*values[:width], values[width:]))


def compare(stored: Mapping[str, Stored], batch: Iterable[Checked]) -> Plan:
    """Return what storing `batch` over `stored` (by external id) comes to.

    A price changed when amount, list amount, currency or availability differ. A currency
    that a quote does not state is not a change: the offer keeps the one it has.
    """
    plan = Plan()
    for checked in batch:
        quote = checked.quote
        row = stored.get(quote.external_id)
        if row is None:
            plan.new.append(checked)
            continue
        plan.seen.append(row)
        changed, redescribed = _is_changed(row, quote), row.details != details_of(quote)
        if changed:
            plan.changed.append((row, checked))
        if redescribed:
            plan.redescribed.append((row, checked))
        if row.fingerprint != checked.fingerprint and not (changed or redescribed):
            plan.reworded.append((row, checked))
        if row.missing_since is not None:
            plan.returned.append(row)
    return plan


def _is_changed(row: Stored, quote: Quote) -> bool:
    return (
        row.amount != quote.amount
        or row.list_amount != quote.list_amount
        or row.availability != quote.availability
        or (row.currency != quote.currency and quote.currency is not None)
    )


def details_of(quote: Quote) -> tuple[str, ...]:
    """Return what describes the offer and is not its price, in the order of DETAIL_FIELDS."""
    return (
        quote.name,
        quote.variant,
        quote.group_id,
        quote.url,
        quote.image_url,
        quote.brand,
        quote.gtin,
        quote.mpn,
        quote.sku,
    )


_encode: Final = msgspec.msgpack.Encoder().encode


def fingerprint(quote: Quote) -> int:
    """Return a number of 64 bits that is another one whenever the quote says something else.

    Only the evidence, the last field, is left out: it may name what differs on each visit.
    """
    try:
        read = _encode(msgspec.structs.astuple(quote)[:-1])
    except UnicodeEncodeError:  # half a character: the quote has to be cleaned each time
        return NO_FINGERPRINT
    return int.from_bytes(blake2b(read, digest_size=8).digest(), "big", signed=True)


def change(row: Stored, checked: Checked, *, at: datetime) -> Change:
    """Return the new state of `row` when its price changed as read at `at`.

    In another currency a new series begins: there is no previous amount and no percentage.
    Two prices of one offer never share an instant, also when a clock steps back.
    """
    quote, since = checked.quote, max(at, row.since + TICK)
    currency = quote.currency or row.currency
    low, high = (row.low_amount, row.low_at), (row.high_amount, row.high_at)
    now = (quote.amount, since)
    if currency != row.currency:
        previous, percent, low, high = None, None, now, now
    else:
        previous, percent = row.amount, change_percent(row.amount, quote.amount)
        low = now if quote.amount < row.low_amount else low
        high = now if quote.amount > row.high_amount else high
    return Change(
        row.id,
        checked.fingerprint,
        quote.amount,
        quote.list_amount,
        currency,
        str(quote.availability),
        since,
        row.sequence + 1,
        previous,
        percent,
        *low,
        *high,
    )


def change_percent(old: Decimal, new: Decimal) -> Decimal:
    """Return by how many percent `new` is above `old` (negative: below), to two decimals."""
    percent = ((new - old) / old * HUNDRED).quantize(CENT) if old else Decimal(0)
    return min(max(percent, -MAX_PERCENT), MAX_PERCENT)
