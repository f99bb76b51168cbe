"""Deleting a provider's offers, with everything that hangs on them."""

from collections.abc import Collection, Sequence
from typing import Final

from django.db import transaction

from prices.models import CheckedSpan, Offer, Product
from prices.services.products import refresh_products

CHUNK: Final = 1000


def forget_providers(provider_ids: Sequence[int]) -> int:
    """Delete all offers of these providers, with history and products that nobody else has.

    Part by part, each in a transaction of its own unless the caller has one: other writers
    get their turn, and the memory needed does not grow with the catalogue. Interrupted, it
    goes on where it was when it is called again. Returns how many offers were deleted.
    """
    offers = Offer.objects.filter(provider_id__in=provider_ids).order_by("pk")
    deleted = 0
    while found := list(offers.values_list("pk", "product_id")[:CHUNK]):
        _forget([pk for pk, _ in found], {product_id for _, product_id in found})
        deleted += len(found)
    CheckedSpan.objects.filter(provider_id__in=provider_ids).delete()
    return deleted


@transaction.atomic
def _forget(offer_ids: Sequence[int], product_ids: Collection[int]) -> None:
    Offer.objects.filter(pk__any_of=offer_ids).delete()
    products = Product.objects.filter(pk__any_of=sorted(product_ids))
    products.filter(offers__isnull=True).delete()
    refresh_products(products.values_list("pk", flat=True))
