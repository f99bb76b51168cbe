"""Writing made-up history, for the demo shops: one offer's segments, and spans of checks."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from prices.models import CheckedSpan, Offer
from prices.services.recording import Recording
from prices.types import Origin, Quote


@transaction.atomic
def record_histories(provider_id: int, batches: Sequence[tuple[datetime, Sequence[Quote]]]) -> None:
    """Store made-up quotes in order of time, marked as such."""
    for at, quotes in batches:
        recording = Recording(provider_id=provider_id, origin=Origin.DEMO)
        recording.record(quotes, at=at)


def add_spans(provider_id: int, spans: Sequence[tuple[datetime, datetime, int]]) -> None:
    """Note stretches (start, end, checks) in which the provider is said to have been checked."""
    CheckedSpan.objects.bulk_create(
        CheckedSpan(provider_id=provider_id, started_at=start, ended_at=end, checks=checks)
        for start, end, checks in spans
    )


def is_empty() -> bool:
    """Say whether there is no offer at all."""
    return not Offer.objects.exists()
