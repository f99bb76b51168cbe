"""The bodies of `track`: what is taken, and what is answered."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from ingestion import pushed, slugs
from ingestion.api.fields import AVAILABILITIES, CurrencyField
from prices.errors import InvalidQuoteError
from prices.validation import EXTERNAL_ID_LENGTH


class TrackSerializer(serializers.Serializer[Any]):
    """One pushed price."""

    platform = serializers.CharField(max_length=slugs.LENGTH)
    external_id = serializers.CharField(max_length=EXTERNAL_ID_LENGTH)
    price = serializers.JSONField(help_text='A number or a text with a decimal point: "12.90".')
    currency = CurrencyField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_blank=True, max_length=pushed.NAME_LENGTH)
    url = serializers.CharField(required=False, allow_blank=True, max_length=pushed.URL_LENGTH)
    availability = serializers.ChoiceField(choices=AVAILABILITIES, required=False)
    observed_at = serializers.DateTimeField(required=False)

    def validate_platform(self, platform: str) -> str:
        """Refuse what cannot be a provider's slug."""
        with _naming_the_field():
            return pushed.checked_platform(platform)

    def validate_price(self, price: Any) -> Any:
        """Refuse what is no price above zero."""
        with _naming_the_field():
            return pushed.checked_price(price)

    def validate_url(self, url: str) -> str:
        """Refuse what is no web address."""
        with _naming_the_field():
            return pushed.checked_link(url)

    def validate_observed_at(self, at: Any) -> Any:
        """Refuse the future."""
        with _naming_the_field():
            return pushed.checked_instant(at, now=timezone.now())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the rules that hold for the whole; return the `PushedPrice` as `item`."""
        try:
            return {"item": pushed.checked_push(attrs, now=timezone.now())}
        except InvalidQuoteError as error:
            raise serializers.ValidationError({error.field: error.message}) from error


@contextlib.contextmanager
def _naming_the_field() -> Iterator[None]:
    """Let REST framework say which field a rule of pushed prices refused."""
    try:
        yield
    except InvalidQuoteError as error:
        raise serializers.ValidationError(error.message) from error


class TrackedSerializer(serializers.Serializer[Any]):
    """What a pushed price came to."""

    platform = serializers.CharField()
    external_id = serializers.CharField()
    price = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField(["new", "changed", "unchanged", "outdated"])
