"""Deleting a provider's offers, with everything that hangs on them."""

from collections.abc import Sequence

from django.db import transaction

from prices.models import CheckedSpan, Offer, Product
from prices.services.products import refresh_products


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
    refresh_products(remaining)
    return deleted
