"""Prices that others push."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ingestion.adapters.registry import PUSH
from ingestion.models import Provider
from ingestion.pushed import PushedPrice, quote_of
from prices.selectors.history import is_outdated
from prices.services.recording import record
from prices.types import Origin


@transaction.atomic
def push(items: Sequence[PushedPrice], *, now: datetime) -> list[str]:
    """Store checked items, and say of each what it came to.

    `new`, `changed` or `unchanged`; `outdated` when a newer price is stored already: the
    older one is left out.

    An unknown platform becomes a provider of kind `push`. The caller has checked the items
    (`ingestion.pushed.checked_push`); nothing is stored if one is refused after all.
    """
    outcomes = [""] * len(items)
    grouped: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        grouped[item.platform, item.observed_at or now].append(index)
    providers = {platform: _provider(platform) for platform, _ in grouped}
    # In order of time, so that the newest stands last whatever order they came in.
    for (platform, at), indexes in sorted(grouped.items(), key=lambda entry: entry[0][1]):
        for index in indexes:
            if is_outdated(providers[platform].pk, items[index].external_id, at=at):
                outcomes[index] = "outdated"
                continue
            recorded = record(
                [quote_of(items[index])],
                provider_id=providers[platform].pk,
                at=at,
                origin=Origin.PUSH,
            )
            if recorded.rejected:
                raise ValueError(recorded.rejected[0].message)
            new, changed = recorded.new, recorded.changed
            outcomes[index] = "new" if new else "changed" if changed else "unchanged"
    return outcomes


def _provider(platform: str) -> Provider:
    provider, _ = Provider.objects.get_or_create(
        slug=platform, defaults={"name": platform, "kind": PUSH}
    )
    return provider
