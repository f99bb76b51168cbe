"""Reads of offers by the identifiers that their provider gives them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from prices.errors import UnknownError
from prices.models import Offer
from prices.selectors.platforms import known_platform

DESCRIPTION: Final = (
    "name",
    "variant",
    "group_id",
    "url",
    "image_url",
    "brand",
    "gtin",
    "mpn",
    "sku",
)


class Known(NamedTuple):
    """What is stored of an offer: when its price was last proven, and how it is described."""

    seen_at: datetime
    description: dict[str, str]


def offer_named(platform: str, external_id: str) -> Offer:
    """Return one offer.

    Raises:
        UnknownError: says which of the two is unknown.
    """
    slug = known_platform(platform)
    offers = Offer.objects.select_related("provider", "product").filter(provider__slug=slug)
    offer = offers.filter(external_id=external_id).first() if "\x00" not in external_id else None
    if offer is None:
        raise UnknownError(f"Platform {platform!r} has no offer {external_id[:100]!r}.")
    return offer


def known_offers(provider_id: int, external_ids: Iterable[str]) -> dict[str, Known]:
    """Return what is known of a provider's offers, by external id, in one query.

    A completed run proves the price of every offer that it did not find missing.
    """
    rows = Offer.objects.filter(provider_id=provider_id, external_id__in=set(external_ids))
    return {
        external_id: Known(
            max(at for at in (since, seen, None if missing else success) if at is not None),
            dict(zip(DESCRIPTION, texts, strict=True)),
        )
        for external_id, since, seen, missing, success, *texts in rows.values_list(
            "external_id",
            "since",
            "last_seen_at",
            "missing_since",
            "provider__last_success_at",
            *DESCRIPTION,
        )
    }
