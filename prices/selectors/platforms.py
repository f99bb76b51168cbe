"""Reads of providers: all that this app may know of them is what its offers point to."""

from typing import Any

from django.db.models import QuerySet

from prices.errors import UnknownError
from prices.models import Offer


def platforms() -> QuerySet[Any, Any]:
    """Return every provider."""
    related: Any = Offer._meta.get_field("provider").related_model
    return QuerySet(related)


def known_platform(slug: str) -> str:
    """Return `slug` when there is such a provider.

    Raises:
        UnknownError: there is none.
    """
    if "\x00" not in slug and platforms().filter(slug=slug).exists():
        return slug
    raise UnknownError(f"There is no platform {slug[:64]!r}.")
