"""Reads of products: lists with what changed, and the biggest moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet

from prices.models import Offer, Product
from prices.money import plain
from prices.selectors.history import LIST_WINDOWS, points_of
from prices.selectors.statistics import Point, change_since, thinned

SPARKLINE_DAYS = 30
SPARKLINE_POINTS = 60  # a sparkline is about as many pixels wide


@dataclass(frozen=True, slots=True)
class Listed:
    """A product as lists show it. `points` are those of its best offer, for 30 days."""

    product: Product
    offers: list[Offer] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    changes: dict[str, Decimal | None] = field(default_factory=dict)


def listed(products: Sequence[Product], *, now: datetime) -> list[Listed]:
    """Return `products` with their offers and changes, in two queries for all of them."""
    offers: dict[int, list[Offer]] = {product.pk: [] for product in products}
    for offer in Offer.objects.filter(product_id__in=offers).select_related("provider"):
        offers[offer.product_id].append(offer)
    leading = {product.pk: _leading(product, offers[product.pk]) for product in products}
    points = points_of(
        [offer.pk for offer in leading.values() if offer is not None],
        since=now - timedelta(days=SPARKLINE_DAYS),
    )
    found = []
    for product in products:
        lead = leading[product.pk]
        own = points.get(lead.pk, []) if lead else []
        changes = {
            name: change_since(own, now - window) if own else None
            for name, window in LIST_WINDOWS.items()
        }
        spark = thinned(own, most=SPARKLINE_POINTS)
        found.append(Listed(product, offers[product.pk], spark, changes))
    return found


def movers(*, since: datetime, count: int, down: bool) -> QuerySet[Offer]:
    """Return the offers whose last change, since then, was the biggest drop or rise."""
    changed = Offer.objects.select_related("provider", "product").filter(
        since__gte=since, change_percent__isnull=False, missing_since__isnull=True
    )
    if down:
        return changed.filter(change_percent__lt=0).order_by("change_percent", "id")[:count]
    return changed.filter(change_percent__gt=0).order_by("-change_percent", "id")[:count]


def totals(*, since: datetime) -> dict[str, int]:
    """Return how many products and offers there are, and how many changed since then."""
    return {
        "products": Product.objects.count(),
        **Offer.objects.aggregate(
            offers=Count("pk"),
            offers_missing=Count("pk", filter=Q(missing_since__isnull=False)),
            offers_changed_24h=Count(
                "pk", filter=Q(since__gte=since, since__gt=F("first_seen_at"))
            ),
        ),
    }


def _leading(product: Product, offers: Sequence[Offer]) -> Offer | None:
    for offer in offers:
        if offer.pk == product.best_offer_id:
            return offer
    return max(offers, key=lambda offer: offer.since, default=None)


def move_of(offer: Offer) -> dict[str, object]:
    """Return an offer's last change as the overview shows it."""
    return {
        "product_id": offer.product_id,
        "name": offer.name,
        "provider": offer.provider.slug,
        "provider_name": offer.provider.name,
        "amount": plain(offer.amount, offer.currency),
        "previous_amount": plain(offer.previous_amount, offer.currency),
        "currency": offer.currency,
        "change_percent": str(offer.change_percent),
        "at": offer.since,
    }
