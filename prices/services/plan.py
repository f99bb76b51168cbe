"""What a batch of quotes changes. Pure: stored rows and quotes in, a plan out."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from prices.types import Quote

HUNDRED: Final = Decimal(100)
CENT: Final = Decimal("0.01")
MAX_PERCENT: Final = Decimal("9999999.99")


class Stored(NamedTuple):
    """What is known of one offer, as little as the comparison needs. In column order."""

    id: int
    external_id: str
    product_id: int
    amount: Decimal
    list_amount: Decimal | None
    currency: str | None
    availability: str
    missing_since: datetime | None
    details_key: int


@dataclass(slots=True)
class Plan:
    """Quotes by what has to be done about them."""

    new: list[Quote] = field(default_factory=list)
    changed: list[tuple[Stored, Quote]] = field(default_factory=list)
    redescribed: list[tuple[Stored, Quote]] = field(default_factory=list)
    returned: list[Stored] = field(default_factory=list)
    seen: list[Stored] = field(default_factory=list)


def compare(stored: Mapping[str, Stored], quotes: Iterable[Quote]) -> Plan:
    """Return what storing `quotes` over `stored` (by external id) comes to.

    A price changed when amount, list amount, currency or availability differ. A currency
    that a quote does not state is not a change: the offer keeps the one it has.
    """
    plan = Plan()
    for quote in quotes:
        row = stored.get(quote.external_id)
        if row is None:
            plan.new.append(quote)
            continue
        plan.seen.append(row)
        if (
            row.amount != quote.amount
            or row.list_amount != quote.list_amount
            or row.availability != quote.availability
            or (row.currency != quote.currency and quote.currency is not None)
        ):
            plan.changed.append((row, quote))
        if row.details_key != details_key(quote):
            plan.redescribed.append((row, quote))
        if row.missing_since is not None:
            plan.returned.append(row)
    return plan


def details_key(quote: Quote) -> int:
    """Return a checksum of everything that describes the offer but is not its price.

    32 bits are enough: a collision would only delay a new title until the next change.
    """
    return zlib.crc32(
        "\x1f".join(
            (
                quote.name,
                quote.variant,
                quote.url,
                quote.image_url,
                quote.brand,
                quote.gtin,
                quote.mpn,
                quote.sku,
                quote.group_id,
            )
        ).encode("utf-8", "surrogatepass")
    )


def change_percent(old: Decimal, new: Decimal) -> Decimal:
    """Return by how many percent `new` is above `old` (negative: below), to two decimals."""
    percent = ((new - old) / old * HUNDRED).quantize(CENT) if old else Decimal(0)
    return min(max(percent, -MAX_PERCENT), MAX_PERCENT)
