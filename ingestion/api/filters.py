"""What lists of runs and providers may be asked for."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from ingestion.adapters.registry import kind_choices
from ingestion.models import Provider, Run, RunStatus


class _StatusField(forms.ChoiceField):
    def to_python(self, value: Any) -> str:
        """Return the status as it is spelled: `running` is Running."""
        return str(super().to_python(value)).capitalize()


class StatusFilter(django_filters.ChoiceFilter):  # type: ignore[misc]  # has no types
    """Rows with a status, in any case."""

    field_class = _StatusField


class _InstantField(IsoDateTimeField):  # type: ignore[misc]  # has no types
    def to_python(self, value: Any) -> datetime | None:
        """Return the instant in UTC: near the ends of time there may be none."""
        instant: datetime | None = super().to_python(value)
        try:
            return instant and instant.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class InstantFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]  # has no types
    """Rows from an instant on (ISO 8601; UTC unless it says otherwise)."""

    field_class = _InstantField


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """`status`, `provider` (a slug that exists), `since` (an instant)."""

    status = StatusFilter(choices=RunStatus.choices)
    provider = django_filters.ModelChoiceFilter(
        queryset=Provider.objects.all(),
        to_field_name="slug",
        field_name="provider_runs__provider",
        widget=forms.TextInput,
        error_messages={"invalid_choice": "There is no provider %(value)s."},
    )
    since = InstantFilter(field_name="started_at", lookup_expr="gte")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]  # has no types
    """`true` or `false`; anything else is refused, where `BooleanFilter` would ignore it."""

    def __init__(self, **extra: Any) -> None:
        """Offer the two words of JSON."""
        choices = (("true", "true"), ("false", "false"))
        super().__init__(choices=choices, coerce=lambda word: word == "true", **extra)


class ProviderFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """`enabled`, `kind`."""

    enabled = FlagFilter()
    kind = django_filters.ChoiceFilter(choices=kind_choices)

    class Meta:
        model = Provider
        fields: tuple[str, ...] = ()
