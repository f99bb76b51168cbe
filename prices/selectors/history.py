"""Reads of history: what an offer cost, when nobody looked, and the figures over it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from prices.errors import UnknownError
from prices.models import Absence, CheckedSpan, Offer, Price
from prices.selectors.statistics import Point
from prices.types import Span

POINT_FIELDS = ("started_at", "amount", "list_amount", "currency", "availability")


class Gap(NamedTuple):
    """A stretch of which nothing is known: `not_checked`, or `missing` at the provider."""

    start: datetime
    end: datetime
    reason: str


def offer_named(platform: str, external_id: str) -> Offer:
    """Return one offer.

    Raises:
        UnknownError: says which of the two is unknown.
    """
    offer = (
        Offer.objects.select_related("provider", "product")
        .filter(provider__slug=platform, external_id=external_id)
        .first()
    )
    if offer is not None:
        return offer
    providers = Offer.provider.field.related_model.objects  # type: ignore[attr-defined]
    if not providers.filter(slug=platform).exists():
        raise UnknownError(f"There is no platform {platform[:64]!r}.")
    raise UnknownError(f"Platform {platform!r} has no offer {external_id[:100]!r}.")


def is_outdated(provider_id: int, external_id: str, *, at: datetime) -> bool:
    """Say whether a newer price of this offer than one of `at` is stored."""
    return Offer.objects.filter(
        provider_id=provider_id, external_id=external_id, since__gt=at
    ).exists()


def points_of(offer_ids: Sequence[int], *, since: datetime | None = None) -> dict[int, list[Point]]:
    """Return the points of each offer in order, from the one in force at `since` on."""
    prices: QuerySet[Price] = Price.objects.filter(offer_id__in=offer_ids)
    if since is not None:
        in_force = (
            Price.objects.filter(offer=OuterRef("offer"), started_at__lte=since)
            .order_by("-started_at")
            .values("started_at")[:1]
        )
        prices = prices.filter(started_at__gte=Coalesce(Subquery(in_force), since))
    found: dict[int, list[Point]] = defaultdict(list)
    rows = prices.order_by("offer_id", "started_at").values_list("offer_id", *POINT_FIELDS)
    for offer_id, *values in rows:
        found[offer_id].append(Point(*values))
    return found


def gaps_of(offers: Sequence[Offer], span: Span, *, now: datetime) -> dict[int, list[Gap]]:
    """Return within `span` when nobody looked at each offer, and when it was not found."""
    end = span.end or now
    checked: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    spans = CheckedSpan.objects.filter(
        provider_id__in={offer.provider_id for offer in offers}, ended_at__gte=span.start
    ).order_by("started_at")
    for provider_id, first, last in spans.values_list("provider_id", "started_at", "ended_at"):
        checked[provider_id].append((first, last))
    absences = Absence.objects.filter(
        Q(ended_at__gte=span.start), offer_id__in=[offer.pk for offer in offers]
    ).order_by("started_at")
    found: dict[int, list[Gap]] = {offer.pk: [] for offer in offers}
    for absence in absences:
        found[absence.offer_id].append(Gap(absence.started_at, absence.ended_at, "missing"))
    for offer in offers:
        gaps = found[offer.pk]
        known = checked[offer.provider_id]
        for (_, left), (right, _) in pairwise(known):
            if left < end and right > offer.first_seen_at:
                gaps.append(Gap(max(left, offer.first_seen_at), min(right, end), "not_checked"))
        if offer.missing_since is not None:
            gaps.append(Gap(offer.missing_since, end, "missing"))
        gaps.sort()
    return found


def export_rows(*, platform: str = "") -> QuerySet[Price, Any]:
    """Return every price as a row of the export, in order of offer and time."""
    prices = Price.objects.order_by("offer_id", "started_at")
    if platform:
        prices = prices.filter(offer__provider__slug=platform)
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
    )


LIST_WINDOWS = {
    "change_24h": timedelta(hours=24),
    "change_7d": timedelta(days=7),
    "change_30d": timedelta(days=30),
}
