"""The bodies of `track`: what is taken, and what is answered."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion import pushed, slugs
from ingestion.api.fields import AVAILABILITIES, CurrencyField, naming_the_field
from prices.errors import InvalidQuoteError
from prices.validation import EXTERNAL_ID_LENGTH


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}], "example": "12.90"})
class PriceField(serializers.JSONField):
    """A number, or a text with a decimal point."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the amount."""
        with naming_the_field():
            return pushed.checked_price(super().to_internal_value(data))


class TrackSerializer(serializers.Serializer[Any]):
    """One pushed price."""

    platform = serializers.CharField(
        max_length=slugs.LENGTH,
        help_text="The slug of a provider; one that does not exist is made.",
    )
    external_id = serializers.CharField(max_length=EXTERNAL_ID_LENGTH)
    price = PriceField(help_text="Above zero, in major units, with at most 4 decimals kept.")
    currency = CurrencyField(
        required=False, allow_null=True, help_text="ISO 4217. Null: unknown; what is known stays."
    )
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=pushed.NAME_LENGTH,
        help_text="Left out, the name that is known stays.",
    )
    url = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=pushed.URL_LENGTH
    )
    availability = serializers.ChoiceField(AVAILABILITIES, required=False, allow_null=True)
    observed_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When it was seen; UTC unless it says otherwise. Left out: now.",
    )

    def validate_platform(self, platform: str) -> str:
        """Refuse what cannot be a provider's slug."""
        with naming_the_field():
            return pushed.checked_platform(platform)

    def validate_url(self, url: str | None) -> str:
        """Refuse what is no web address."""
        with naming_the_field():
            return pushed.checked_link(url or "")

    def validate_observed_at(self, at: Any) -> Any:
        """Refuse the future."""
        with naming_the_field():
            return pushed.checked_instant(at, now=timezone.now())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the rules that hold for the whole; return the `PushedPrice` as `item`."""
        try:
            return {"item": pushed.checked_push(attrs, now=timezone.now())}
        except InvalidQuoteError as error:
            raise serializers.ValidationError({error.field: error.message}) from error


class TrackedSerializer(serializers.Serializer[Any]):
    """What a pushed price came to."""

    platform = serializers.CharField()
    external_id = serializers.CharField()
    price = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField(["new", "changed", "unchanged", "outdated"])
