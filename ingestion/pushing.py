"""Prices that others push."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from ingestion.adapters.registry import PUSH
from ingestion.models import Provider
from ingestion.pushed import PushedPrice, quote_of
from prices.selectors.offers import Known, known_offers
from prices.services.recording import record
from prices.types import Origin, Quote, Recorded

Indexed = tuple[int, PushedPrice]


@transaction.atomic
def push(items: Sequence[PushedPrice], *, now: datetime) -> list[str]:
    """Store checked items, and say of each what it came to.

    `new`, `changed` or `unchanged`; `outdated` when the offer was seen later than that
    already: the older price is left out. What an item does not say of an offer (its name, a
    URL) stays as it is stored.

    An unknown platform becomes a provider of kind `push`. The caller has checked the items
    (`ingestion.pushed.checked_push`); nothing is stored if one is refused after all.
    """
    providers = _providers({item.platform for item in items})
    known = {
        slug: known_offers(key, (item.external_id for item in items if item.platform == slug))
        for slug, key in providers.items()
    }
    outcomes = ["outdated"] * len(items)
    current = [
        (index, item)
        for index, item in enumerate(items)
        if not _is_outdated(item, known[item.platform].get(item.external_id), now=now)
    ]
    for (at, _, platform), batch in sorted(_batches(current, now=now).items()):
        recorded = record(
            [_quote(item, known[platform].get(item.external_id)) for _, item in batch],
            provider_id=providers[platform],
            at=at,
            origin=Origin.PUSH,
        )
        if recorded.rejected:
            raise ValueError(recorded.rejected[0].message)
        for index, item in batch:
            outcomes[index] = _outcome(item.external_id, recorded)
    return outcomes


def _providers(slugs: Iterable[str]) -> dict[str, int]:
    """Return the providers by slug, made where there are none, and locked against other pushes.

    Who pushes to the same provider at the same time waits: both may bring the same new offer.
    """
    wanted = sorted(slugs)
    Provider.objects.bulk_create(
        [Provider(slug=slug, name=slug, kind=PUSH) for slug in wanted], ignore_conflicts=True
    )
    locked = Provider.objects.select_for_update(no_key=True).filter(slug__in=wanted)
    return dict(locked.order_by("slug").values_list("slug", "pk"))


def _is_outdated(item: PushedPrice, known: Known | None, *, now: datetime) -> bool:
    return known is not None and (item.observed_at or now) < known.seen_at


def _batches(
    items: Iterable[Indexed], *, now: datetime
) -> dict[tuple[datetime, int, str], list[Indexed]]:
    """Group items by when they were seen, so that the newest is stored last.

    Several of one offer at one instant go into rounds of their own, in the order given.
    """
    batches: dict[tuple[datetime, int, str], list[Indexed]] = defaultdict(list)
    rounds: dict[tuple[datetime, str, str], int] = defaultdict(int)
    for index, item in items:
        at = item.observed_at or now
        this = (at, item.platform, item.external_id)
        batches[at, rounds[this], item.platform].append((index, item))
        rounds[this] += 1
    return batches


def _quote(item: PushedPrice, known: Known | None) -> Quote:
    quote = quote_of(item)
    if known is None:
        return quote
    said = {name: text for name, text in (("name", item.name), ("url", item.url)) if text}
    return msgspec.structs.replace(quote, **{**known.description, **said})


def _outcome(external_id: str, recorded: Recorded) -> str:
    if external_id in recorded.new_ids:
        return "new"
    return "changed" if external_id in recorded.changed_ids else "unchanged"
