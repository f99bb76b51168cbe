"""Filters of the list of providers."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ingestion.circuit import OPENS_AFTER, CircuitState
from ingestion.models import Provider


class Circuit(admin.SimpleListFilter):
    """How the circuit breaker stands; the same rule as `ingestion.circuit.circuit_state`."""

    title = "circuit"
    parameter_name = "circuit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Return the states."""
        return [(state.value, state.value.replace("_", " ")) for state in CircuitState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> QuerySet[Provider]:
        """Keep those in the chosen state."""
        is_open = Q(not_before__gt=timezone.now())
        failing = Q(failures_in_a_row__gte=OPENS_AFTER)
        conditions = {
            CircuitState.OPEN: is_open,
            CircuitState.HALF_OPEN: failing & ~is_open,
            CircuitState.CLOSED: ~failing & ~is_open,
        }
        chosen = self.value()
        if chosen not in set(CircuitState):
            return queryset
        # `not_before > now` is unknown, not false, where there is none.
        return queryset.filter(
            pk__in=Provider.objects.filter(conditions[CircuitState(str(chosen))]).values("pk")
        )


class Failing(admin.SimpleListFilter):
    """Whether the last run over it failed."""

    title = "last run"
    parameter_name = "last_run"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Return the choices."""
        return [("failed", "failed"), ("completed", "completed"), ("none", "none yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> QuerySet[Provider]:
        """Keep what was chosen."""
        if self.value() == "failed":
            return queryset.exclude(last_error_code="")
        if self.value() == "completed":
            return queryset.filter(last_error_code="", last_run_at__isnull=False)
        if self.value() == "none":
            return queryset.filter(last_run_at__isnull=True)
        return queryset
