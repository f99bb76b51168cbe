"""Fields that several bodies share."""

from typing import Any

from rest_framework import serializers

from prices.money import CODES
from prices.types import Availability

AVAILABILITIES = [(one.value, one.value.replace("_", " ")) for one in Availability]


class CurrencyField(serializers.CharField):
    """An ISO 4217 code, in any case."""

    default_error_messages = {  # noqa: RUF012 REST framework's own form
        "no_code": "An ISO 4217 code, for example EUR."
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the code."""
        code = super().to_internal_value(data).upper()
        if code not in CODES:
            self.fail("no_code")
        return code
