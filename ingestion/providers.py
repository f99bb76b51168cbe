"""Adding providers, and how they fare."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from math import ceil
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery

from ingestion.adapters.base import Adapter, Finding, Source
from ingestion.adapters.product_page import ProductPages, urls_of
from ingestion.adapters.registry import PUSH, adapter_for
from ingestion.circuit import CircuitState, circuit_state
from ingestion.errors import (
    AlreadyRunningError,
    DisabledProviderError,
    PushedProviderError,
    UnknownProviderError,
)
from ingestion.models import Provider, ProviderRun, ProviderRunStatus
from ingestion.slugs import slug_of
from prices.services.forgetting import forget_providers

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
    slug: str | None = None,
    currency: str | None = None,
    interval_minutes: int | None = None,
    enabled: bool = True,
) -> Provider:
    """Save what detection found as a provider, under a slug of its own unless one is given.

    A further product page of a shop whose pages are read already joins them, unless it gets
    a slug: the provider returned is that one, its name and settings are left as they are. The
    currency is saved only when the caller states it: what detection saw is read anew with
    each run.

    Raises:
        IntegrityError: the given slug belongs to another provider.
    """
    shop = None if slug else _shop_of_page(finding)
    if shop is not None:
        return _with_page(shop, finding.url)
    shown = (name or finding.name or finding.url)[:200]
    for candidate in _free_slugs(shown) if slug is None else [slug]:
        provider = Provider(
            slug=candidate,
            name=shown,
            kind=finding.kind,
            url=finding.url,
            currency=currency,
            interval_minutes=interval_minutes,
            options=dict(finding.options),
            enabled=enabled,
        )
        provider.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                provider.save()
        except IntegrityError:
            if slug is not None:
                raise
            continue  # somebody took the slug in this instant
        return provider
    raise RuntimeError(f"no free slug for {shown}")


def _free_slugs(name: str) -> Iterator[str]:
    wanted = slug_of(name)
    for number in range(1, 1000):
        slug = wanted if number == 1 else f"{wanted[:58]}-{number}"
        if not Provider.objects.filter(slug=slug).exists():
            yield slug


def change(provider: Provider, **fields: Any) -> Provider:
    """Save what is given, and nothing else: a run may keep the provider's health meanwhile.

    A provider that is read from elsewhere begins anew; one that is read more often, or
    again, is due at once.
    """
    changed = {name for name, value in fields.items() if getattr(provider, name) != value}
    if changed & {"kind", "url"}:
        fields |= {"failures_in_a_row": 0, "not_before": None, "offers_last_run": 0}
    if changed & {"kind", "url", "interval_minutes", "enabled"}:
        fields["next_due_at"] = None
    for name, value in fields.items():
        setattr(provider, name, value)
    provider.save(update_fields=list(fields))
    return provider


def pages_of(provider: Provider) -> list[str]:
    """Return the pages that a provider of product pages reads; empty for any other kind."""
    return urls_of(source_of(provider)) if provider.kind == ProductPages.kind else []


def _shop_of_page(finding: Finding) -> Provider | None:
    """Return the provider that reads other pages of the same shop, if there is one."""
    if finding.kind != ProductPages.kind:
        return None
    origin = f"{Source(url=finding.url).origin}/"
    known = Provider.objects.filter(kind=finding.kind, url__startswith=origin, is_demo=False)
    return known.order_by("pk").first()


@transaction.atomic
def _with_page(shop: Provider, url: str) -> Provider:
    locked = Provider.objects.select_for_update().get(pk=shop.pk)
    locked.options = {**locked.options, "urls": list(dict.fromkeys([*pages_of(locked), url]))}
    locked.next_due_at = None  # the next run reads the new page
    locked.save(update_fields=["options", "next_due_at"])
    return locked


def source_of(provider: Provider) -> Source:
    """Return what an adapter may know of `provider`."""
    return Source(url=provider.url, currency=provider.currency, options=provider.options)


def adapter_of(provider: Provider) -> Adapter:
    """Return the adapter that reads `provider`.

    Raises:
        PushedProviderError: its prices are pushed.
        ContentError: there is no adapter of its kind (any more).
    """
    return adapter_for(provider.kind, source_of(provider))


def named(slugs: Iterable[str]) -> list[Provider]:
    """Return the providers with these slugs, each once, in the order asked for.

    Raises:
        UnknownProviderError: names those that do not exist, and some that look like them.
    """
    asked = list(dict.fromkeys(slugs))
    found = {provider.slug: provider for provider in Provider.objects.filter(slug__in=asked)}
    unknown = [slug for slug in asked if slug not in found]
    if unknown:
        existing = list(Provider.objects.values_list("slug", flat=True))
        close = [match for slug in unknown for match in get_close_matches(slug, existing, n=2)]
        raise UnknownProviderError(unknown, list(dict.fromkeys(close)))
    return [found[slug] for slug in asked]


def readable(slugs: Iterable[str]) -> list[Provider]:
    """Return the providers with these slugs, which a run can read.

    Raises:
        ProviderNotReadableError: names those that are unknown, pushed or disabled.
    """
    found = named(slugs)
    pushed = [provider.slug for provider in found if provider.kind == PUSH]
    if pushed:
        raise PushedProviderError(f"prices are pushed, not read: {', '.join(pushed)}")
    disabled = [provider.slug for provider in found if not provider.enabled]
    if disabled:
        raise DisabledProviderError(f"disabled: {', '.join(disabled)}")
    return found


def saved_as(finding: Finding) -> Provider | None:
    """Return the provider that is read the same way from the same address, if there is one."""
    known = Provider.objects.filter(kind=finding.kind, url=finding.url).order_by("pk").first()
    shop = known or _shop_of_page(finding)
    return known or (shop if shop and finding.url in pages_of(shop) else None)


def switch(providers: Iterable[Provider], *, enabled: bool) -> list[Provider]:
    """Let runs read these providers, or leave them alone; history stays as it is.

    An enabled one is due at once.
    """
    found = list(providers)
    for provider in found:
        changed = Provider.objects.filter(pk=provider.pk, enabled=not enabled)
        changed.update(enabled=enabled, next_due_at=None if enabled else F("next_due_at"))
        provider.enabled = enabled
    return found


def remove(provider: Provider) -> int:
    """Delete a provider with its offers and their history; return how many offers those were.

    It is disabled first and goes part by part; interrupted, call it again.

    Raises:
        AlreadyRunningError: it is being read now.
    """
    if provider.provider_runs.filter(status=ProviderRunStatus.RUNNING).exists():
        raise AlreadyRunningError([provider.slug])
    switch([provider], enabled=False)
    deleted = forget_providers([provider.pk])
    provider.delete()
    return deleted


def health_of(providers: Sequence[Provider], *, now: datetime) -> dict[int, Health]:
    """Return the health of each provider by primary key, in two queries for all of them."""
    durations: dict[int, list[float]] = defaultdict(list)
    outcomes: dict[int, list[bool]] = defaultdict(list)
    for provider_id, status, claimed_at, finished_at in _newest_runs(providers):
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


def _newest_runs(providers: Sequence[Provider]) -> Iterable[tuple[int, str, Any, Any]]:
    """Return the newest ended provider runs of each provider, however many there are.

    A window over all of them would read a year of runs for fifty: an index finds where the
    fifty begin instead.
    """
    if not providers:
        return []
    ended = ProviderRun.objects.filter(
        status__in=[ProviderRunStatus.COMPLETED, ProviderRunStatus.FAILED]
    )
    oldest = (
        ended.filter(provider=OuterRef("pk"))
        .order_by("-started_at")
        .values("started_at")[HEALTH_RUNS - 1 : HEALTH_RUNS]
    )
    begins = (
        Provider.objects.filter(pk__in=[provider.pk for provider in providers])
        .order_by()
        .values_list("pk", Subquery(oldest))
    )
    newest = Q()
    for provider_id, begin in begins:
        newest |= Q(provider=provider_id, **({"started_at__gte": begin} if begin else {}))
    return ended.filter(newest).values_list("provider_id", "status", "claimed_at", "finished_at")


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Return the nearest-rank percentile; `None` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(0, ceil(len(ordered) * percent / 100) - 1)], 3)


def _mean(outcomes: Sequence[bool]) -> float | None:
    return round(sum(outcomes) / len(outcomes), 4) if outcomes else None
