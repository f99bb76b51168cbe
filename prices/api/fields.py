"""How amounts and instants stand in answers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prices.money import plain


@extend_schema_field(OpenApiTypes.STR)
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """A decimal text in major units: "12.90". Read only."""

    def __init__(self, currency: str = "currency", **kwargs: Any) -> None:
        """Name the attribute that holds the currency."""
        self._currency = currency
        super().__init__(read_only=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        """Return the amount with its currency."""
        return super().get_attribute(instance), getattr(instance, self._currency)

    def to_representation(self, value: tuple[Decimal | None, str | None]) -> str | None:
        """Write it with the currency's decimals."""
        return plain(*value)


def utc(at: datetime | None) -> str | None:
    """Return an instant as ISO 8601 with Z."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
