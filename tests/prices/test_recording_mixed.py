"""One batch in which some prices move and others only change their availability."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ingestion.models import Provider
from prices.models import Offer
from prices.services.recording import record
from prices.types import Availability, Origin, Quote

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, tzinfo=UTC)


def quote(external_id: str, amount: str, availability: Availability) -> Quote:
    return Quote(
        external_id=external_id,
        name=external_id,
        amount=Decimal(amount),
        currency="EUR",
        availability=availability,
    )


def test_stores_a_move_and_a_change_of_availability_in_one_batch() -> None:
    provider = Provider.objects.create(slug="shop", name="Shop", kind="push")
    before = [
        quote("moves", "10", Availability.IN_STOCK),
        quote("sold", "5", Availability.IN_STOCK),
    ]
    after = [
        quote("moves", "9", Availability.IN_STOCK),
        quote("sold", "5", Availability.OUT_OF_STOCK),
    ]
    record(before, provider_id=provider.pk, at=AT, origin=Origin.RUN)

    recorded = record(after, provider_id=provider.pk, at=AT + timedelta(hours=1), origin=Origin.RUN)

    assert recorded.changed == 2
    assert dict(Offer.objects.values_list("external_id", "change_percent")) == {
        "moves": Decimal(-10),
        "sold": Decimal(0),
    }
