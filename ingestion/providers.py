"""Adding providers, and how they fare."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import IntegrityError, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from ingestion.adapters.base import Finding
from ingestion.circuit import CircuitState, circuit_state
from ingestion.models import Provider, ProviderRun, ProviderRunStatus

HEALTH_RUNS = 50  # the newest ended runs that the figures are taken from


@dataclass(frozen=True, slots=True)
class Health:
    """How a provider fares. Durations in seconds; shares from 0 to 1; `None` is unknown."""

    circuit: CircuitState
    success_rate: float | None
    p50_duration_s: float | None
    p95_duration_s: float | None
    freshness_s: float | None
    """Seconds since the last success."""


def add(
    finding: Finding,
    *,
    name: str | None = None,
    currency: str | None = None,
    interval_minutes: int | None = None,
) -> Provider:
    """Save what detection found as a provider, under a slug of its own.

    The currency is saved only when the caller states it: what detection saw is read anew
    with each run.
    """
    shown = (name or finding.name or finding.url)[:200]
    wanted = slug_of(shown)
    for number in range(1, 1000):
        slug = wanted if number == 1 else f"{wanted[:58]}-{number}"
        if Provider.objects.filter(slug=slug).exists():
            continue
        provider = Provider(
            slug=slug,
            name=shown,
            kind=finding.kind,
            url=finding.url,
            currency=currency,
            interval_minutes=interval_minutes,
            options=dict(finding.options),
        )
        provider.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                provider.save()
        except IntegrityError:
            continue  # somebody took the slug in this instant
        return provider
    raise RuntimeError(f"no free slug for {wanted}")


def slug_of(name: str) -> str:
    """Return a slug made of `name`: "Käse & Co" becomes "kase-co"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "provider"


def health_of(providers: Sequence[Provider], *, now: datetime) -> dict[int, Health]:
    """Return the health of each provider by primary key, in one query for all of them."""
    newest = (
        ProviderRun.objects.filter(
            provider__in=providers,
            status__in=[ProviderRunStatus.COMPLETED, ProviderRunStatus.FAILED],
        )
        .annotate(
            place=Window(
                RowNumber(), partition_by=F("provider_id"), order_by=F("started_at").desc()
            )
        )
        .filter(place__lte=HEALTH_RUNS)
        .values_list("provider_id", "status", "claimed_at", "finished_at")
    )
    durations: dict[int, list[float]] = defaultdict(list)
    outcomes: dict[int, list[bool]] = defaultdict(list)
    for provider_id, status, claimed_at, finished_at in newest:
        completed = status == ProviderRunStatus.COMPLETED
        outcomes[provider_id].append(completed)
        if completed and claimed_at is not None and finished_at is not None:
            durations[provider_id].append(max(0.0, (finished_at - claimed_at).total_seconds()))
    return {
        provider.pk: Health(
            circuit=circuit_state(provider.failures_in_a_row, provider.not_before, now=now),
            success_rate=_mean(outcomes[provider.pk]),
            p50_duration_s=percentile(durations[provider.pk], 50),
            p95_duration_s=percentile(durations[provider.pk], 95),
            freshness_s=(now - provider.last_success_at).total_seconds()
            if provider.last_success_at
            else None,
        )
        for provider in providers
    }


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Return the nearest-rank percentile; `None` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(0, ceil(len(ordered) * percent / 100) - 1)], 3)


def _mean(outcomes: Sequence[bool]) -> float | None:
    return round(sum(outcomes) / len(outcomes), 4) if outcomes else None
