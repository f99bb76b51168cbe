"""Reads of history: what an offer cost, when nobody looked, and the figures over it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from prices.models import Absence, CheckedSpan, Offer, Price
from prices.selectors.statistics import Point
from prices.types import Span, span_gap

NOT_CHECKED = "not_checked"
MISSING = "missing"
POINT_FIELDS = ("started_at", "amount", "list_amount", "currency", "availability")


class Gap(NamedTuple):
    """A stretch of which nothing is known: nobody looked, or the provider did not list it."""

    start: datetime
    end: datetime
    reason: str


def points_of(
    offer_ids: Sequence[int], *, since: datetime | None = None, until: datetime | None = None
) -> dict[int, list[Point]]:
    """Return the points of each offer in order, from the one in force at `since` on."""
    later = Price.objects.filter(offer_id__in=offer_ids).order_by("offer_id", "started_at")
    if until is not None:
        later = later.filter(started_at__lte=until)
    parts: list[QuerySet[Price]] = [later]
    if since is not None:
        parts = [_in_force(offer_ids, at=since), later.filter(started_at__gt=since)]
    found: dict[int, list[Point]] = defaultdict(list)
    for part in parts:
        for offer_id, *values in part.values_list("offer_id", *POINT_FIELDS):
            found[offer_id].append(Point(*values))
    return found


def _in_force(offer_ids: Sequence[int], *, at: datetime) -> QuerySet[Price]:
    """Return the price of each offer that held at an instant: one look-up in the index each."""
    held = (
        Price.objects.filter(offer=OuterRef("pk"), started_at__lte=at)
        .order_by("-started_at")
        .values("pk")[:1]
    )
    offers = Offer.objects.filter(pk__in=offer_ids).order_by()
    return Price.objects.filter(pk__in=offers.values(held=Subquery(held))).order_by()


def gaps_of(offers: Sequence[Offer], span: Span, *, now: datetime) -> dict[int, list[Gap]]:
    """Return within `span` when nobody looked at each offer, and when it was not found."""
    checked = _checked_spans({offer.provider_id for offer in offers})
    absent: dict[int, list[Gap]] = defaultdict(list)
    for absence in Absence.objects.filter(offer_id__in=[offer.pk for offer in offers]):
        absent[absence.offer_id].append(Gap(absence.started_at, absence.ended_at, MISSING))
    found = {}
    for offer in offers:
        gaps = absent[offer.pk]
        if offer.missing_since is not None:
            gaps.append(Gap(offer.missing_since, now, MISSING))
        gaps += unchecked(
            checked[offer.provider_id], now=now, patience=span_gap(offer.provider.interval)
        )
        inside = Span(max(span.start, offer.first_seen_at), span.end)
        found[offer.pk] = sorted(_cut(gaps, inside))
    return found


def unchecked(
    checked: Sequence[tuple[datetime, datetime]], *, now: datetime, patience: timedelta
) -> list[Gap]:
    """Return the gaps between stretches of checks, and the one since the last. Pure.

    A last check that is no longer than `patience` ago leaves none.
    """
    gaps = [Gap(left, right, NOT_CHECKED) for (_, left), (right, _) in pairwise(checked)]
    if checked and now - checked[-1][1] > patience:
        gaps.append(Gap(checked[-1][1], now, NOT_CHECKED))
    return gaps


def _checked_spans(provider_ids: set[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    spans = CheckedSpan.objects.filter(provider_id__in=provider_ids).order_by("started_at")
    for provider_id, first, last in spans.values_list("provider_id", "started_at", "ended_at"):
        found[provider_id].append((first, last))
    return found


def _cut(gaps: Iterable[Gap], span: Span) -> Iterator[Gap]:
    for gap in gaps:
        start, end = max(gap.start, span.start), min(gap.end, span.end)
        if start < end:
            yield Gap(start, end, gap.reason)


LIST_WINDOWS = {
    "change_24h": timedelta(hours=24),
    "change_7d": timedelta(days=7),
    "change_30d": timedelta(days=30),
}
