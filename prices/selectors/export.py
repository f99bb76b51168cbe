"""The rows of the export."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import F

from prices.models import Offer, Price

OFFERS_AT_ONCE: Final = 500
CHUNK: Final = 2000


def export_rows(*, platform: str = "") -> Iterator[dict[str, Any]]:
    """Return every price, in order of offer and time, in constant memory.

    The offers come in parts, each by short queries of its own: however large the export and
    however slow its reader, no transaction stays open and no time limit is met.
    """
    offers = Offer.objects.order_by("pk")
    if platform:
        offers = offers.filter(provider__slug=platform)
    last = 0
    while part := list(offers.filter(pk__gt=last).values_list("pk", flat=True)[:OFFERS_AT_ONCE]):
        yield from _rows(part)
        last = part[-1]


def _rows(offer_ids: list[int]) -> Iterator[Any]:
    prices = Price.objects.filter(offer_id__in=offer_ids).order_by("offer_id", "started_at")
    return prices.values(
        "amount",
        "list_amount",
        "currency",
        "availability",
        "started_at",
        "origin",
        platform=F("offer__provider__slug"),
        external_id=F("offer__external_id"),
        name=F("offer__name"),
        url=F("offer__url"),
    ).iterator(chunk_size=CHUNK)
