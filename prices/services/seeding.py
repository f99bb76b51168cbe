"""Writing made-up history, for the demo shops: one offer's segments, and spans of checks."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from prices.models import CheckedSpan, Offer, Product
from prices.services.recording import Recording
from prices.types import Origin, Quote


@transaction.atomic
def record_histories(provider_id: int, batches: Sequence[tuple[datetime, Sequence[Quote]]]) -> None:
    """Store made-up quotes in order of time, marked as such."""
    for at, quotes in batches:
        recording = Recording(provider_id=provider_id, origin=Origin.DEMO)
        recording.record(quotes, at=at)


def add_spans(provider_id: int, spans: Sequence[tuple[datetime, datetime, int]]) -> None:
    """Note stretches (start, end, checks) in which the provider is said to have been checked."""
    CheckedSpan.objects.bulk_create(
        CheckedSpan(provider_id=provider_id, started_at=start, ended_at=end, checks=checks)
        for start, end, checks in spans
    )


@transaction.atomic
def forget_providers(provider_ids: Sequence[int]) -> int:
    """Delete all offers of these providers, with history and products that nobody else has."""
    offers = Offer.objects.filter(provider_id__in=provider_ids)
    products = set(offers.values_list("product_id", flat=True))
    Product.objects.filter(pk__in=products).update(best_offer=None)
    deleted = offers.count()
    offers.delete()
    CheckedSpan.objects.filter(provider_id__in=provider_ids).delete()
    Product.objects.filter(pk__in=products, offers__isnull=True).delete()
    remaining = Product.objects.filter(pk__in=products).values_list("pk", flat=True)
    from prices.services.products import refresh_products

    refresh_products(remaining)
    return deleted


def is_empty() -> bool:
    """Say whether there is no offer at all."""
    return not Offer.objects.exists()
