"""The values that travel between the apps. Pure: no Django, no I/O."""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec


class Availability(enum.StrEnum):
    """Whether an offer can be bought, in the words of schema.org/ItemAvailability."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"
    DISCONTINUED = "discontinued"
    UNKNOWN = "unknown"


BUYABLE: Final = frozenset(
    {Availability.IN_STOCK, Availability.PREORDER, Availability.BACKORDER, Availability.UNKNOWN}
)


class Origin(enum.StrEnum):
    """How a price came in."""

    RUN = "run"
    PUSH = "push"
    IMPORT = "import"
    MANUAL = "manual"
    DEMO = "demo"


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was read for one offer, before it is stored.

    `amount` and `list_amount` (the crossed-out price) are in major units (12.90 means
    €12.90). `currency` is an ISO 4217 code, or `None` when nobody states it. Texts are empty
    when unknown. `evidence` says for each field where it was read, for people to check.

    `external_id` is the provider's own identifier; a variant has one of its own, and
    `group_id` names the item that several variants belong to.
    """

    external_id: str
    name: str
    amount: Decimal
    currency: str | None = None
    list_amount: Decimal | None = None
    availability: Availability = Availability.UNKNOWN
    url: str = ""
    image_url: str = ""
    brand: str = ""
    gtin: str = ""
    mpn: str = ""
    sku: str = ""
    variant: str = ""
    group_id: str = ""
    evidence: Mapping[str, str] = {}


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One item that was read but cannot be stored, and why.

    `code` is stable (`bad_price`, `zero_price`, `duplicate_id` …), `message` is for people.
    """

    external_id: str
    code: str
    message: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch of quotes came to. `seen` = `new` + `changed` + `unchanged`."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: tuple[Rejection, ...] = ()
    new_ids: frozenset[str] = frozenset()
    changed_ids: frozenset[str] = frozenset()

    @property
    def seen(self) -> int:
        """Count the offers that are stored as the provider stated them."""
        return self.new + self.changed + self.unchanged


class Span(msgspec.Struct, frozen=True):
    """A time range, aware UTC."""

    start: datetime
    end: datetime


def span_gap(interval: timedelta) -> timedelta:
    """Return after how long without a check nobody has looked, at such an interval.

    One check may fail, and it is still the same stretch of checks.
    """
    return max(interval * 2.5, timedelta(minutes=5))
