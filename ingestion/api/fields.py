"""Fields that several bodies share, and how the rules of prices name the field they refuse."""

import contextlib
from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prices.errors import InvalidQuoteError
from prices.types import Availability
from prices.validation import checked_currency

AVAILABILITIES = [(one.value, one.value.replace("_", " ")) for one in Availability]


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z]{3}$", "example": "EUR"})
class CurrencyField(serializers.CharField):
    """An ISO 4217 code, in any case."""

    def to_internal_value(self, data: Any) -> str:
        """Return the code."""
        with naming_the_field():
            return checked_currency(super().to_internal_value(data))


@contextlib.contextmanager
def naming_the_field() -> Iterator[None]:
    """Let REST framework say which field a rule of prices refused."""
    try:
        yield
    except InvalidQuoteError as error:
        raise serializers.ValidationError(error.message) from error
