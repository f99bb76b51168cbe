"""What stands on a product's own row: its best offer and its last change."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from prices.models import Offer, Product
from prices.services.bulk import update_rows
from prices.types import BUYABLE

SUMMARY_FIELDS = (
    "offers_count",
    "best_amount",
    "best_currency",
    "best_offer",
    "changed_at",
    "change_percent",
)
CHUNK = 1000  # products whose offers are in memory at once
_BUYABLE = frozenset(value.value for value in BUYABLE)


class OfferState(NamedTuple):
    """What the summary needs of one offer. In column order."""

    id: int
    amount: Decimal
    currency: str | None
    availability: str
    missing: bool
    since: datetime
    change_percent: Decimal | None


class Summary(NamedTuple):
    """The values of `SUMMARY_FIELDS`, in their order."""

    offers_count: int
    best_amount: Decimal | None
    best_currency: str | None
    best_offer: int | None
    changed_at: datetime | None
    change_percent: Decimal | None


def summarize(offers: Sequence[OfferState]) -> Summary:
    """Return the summary of a product with these offers.

    Best is the lowest amount that can be bought, among the offers in the currency that most
    of them are in (by code where that is even): amounts in different currencies are never
    compared. Without one that can be bought, there is no best offer.
    """
    if not offers:
        return Summary(0, None, None, None, None, None)
    changed_at = max(offer.since for offer in offers)
    buyable = [o for o in offers if not o.missing and o.availability in _BUYABLE]
    if len(buyable) == 1:
        best = buyable[0]
    elif buyable:
        best = _best(buyable)
    else:
        return Summary(len(offers), None, None, None, changed_at, None)
    return Summary(
        len(offers), best.amount, best.currency, best.id, changed_at, best.change_percent
    )


def _best(buyable: Sequence[OfferState]) -> OfferState:
    counts = Counter(offer.currency for offer in buyable)
    currency = min(counts, key=lambda code: (-counts[code], code is None, code or ""))
    return min((o for o in buyable if o.currency == currency), key=lambda o: (o.amount, o.id))


def write_summaries(summaries: Iterable[tuple[int, Summary]]) -> None:
    """Write the summaries of products by their keys."""
    update_rows(Product, SUMMARY_FIELDS, [(key, *summary) for key, summary in summaries])


def refresh_products(product_ids: Iterable[int]) -> None:
    """Bring the summaries of these products up to date with their offers.

    Once per transaction, after its other writes: the locks it takes are in the order of
    primary keys, so that no two writers wait for each other.
    """
    wanted = sorted(set(product_ids))
    if not wanted:
        return
    _lock_shared(wanted)
    for start in range(0, len(wanted), CHUNK):
        _refresh(wanted[start : start + CHUNK])


def _refresh(product_ids: Sequence[int]) -> None:
    offers: dict[int, list[OfferState]] = {product_id: [] for product_id in product_ids}
    rows = Offer.objects.filter(product_id__any_of=product_ids).values_list(
        "product_id",
        "id",
        "amount",
        "currency",
        "availability",
        "missing_since",
        "since",
        "change_percent",
    )
    for product_id, key, amount, currency, availability, missing, since, change in rows:
        offers[product_id].append(
            OfferState(key, amount, currency, availability, missing is not None, since, change)
        )
    write_summaries((product_id, summarize(states)) for product_id, states in offers.items())


def _lock_shared(product_ids: Sequence[int]) -> None:
    """Wait for other writers of the products that several providers may have.

    Otherwise each would summarize without what the other is about to commit.
    """
    several = Q(gtin__isnull=False) | ~Q(offers_count=1)
    shared = Product.objects.filter(several, id__any_of=product_ids).order_by("id")
    list(shared.select_for_update(no_key=True).values_list("id"))
