"""Forgetting a provider's offers, part by part."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion.models import Provider
from prices.models import Absence, CheckedSpan, Offer, Price, Product
from prices.services import forgetting
from prices.services.forgetting import forget_providers
from prices.services.recording import record
from prices.types import Origin, Quote

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, tzinfo=UTC)


def provider_with(slug: str, *prices: str, gtins: tuple[str, ...] = ()) -> Provider:
    provider = Provider.objects.create(slug=slug, name=slug, kind="push")
    quotes = [
        Quote(
            external_id=str(number),
            name=f"{slug} {number}",
            amount=Decimal(price),
            currency="EUR",
            gtin=gtins[number] if number < len(gtins) else "",
        )
        for number, price in enumerate(prices)
    ]
    record(quotes, provider_id=provider.pk, at=AT, origin=Origin.PUSH)
    CheckedSpan.objects.create(provider=provider, started_at=AT, ended_at=AT)
    return provider


def test_takes_history_and_what_nobody_else_has_and_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forgetting, "CHUNK", 2)
    shared = ("04006381333931",)
    gone = provider_with("gone", "5", "6", "7", "8", "9", gtins=shared)
    kept = provider_with("kept", "11", "12", gtins=shared)
    Absence.objects.create(offer=gone.offers.first(), started_at=AT, ended_at=AT)

    deleted = forget_providers([gone.pk])

    assert deleted == 5
    assert set(Offer.objects.values_list("provider__slug", flat=True)) == {"kept"}
    assert Price.objects.count() == 2
    assert not Absence.objects.exists()
    assert list(CheckedSpan.objects.values_list("provider", flat=True)) == [kept.pk]
    assert sorted(Product.objects.values_list("best_amount", "offers_count")) == [(11, 1), (12, 1)]


def test_takes_as_many_queries_for_a_part_however_full_it_is() -> None:
    asked = []
    for count in (2, 40):
        provider = provider_with(f"p{count}", *["5"] * count)
        with CaptureQueriesContext(connection) as queries:
            forget_providers([provider.pk])
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "CHUNK", 2)
    provider = provider_with("shop", "5", "6", "7")
    Offer.objects.filter(external_id="0").delete()

    assert forget_providers([provider.pk]) == 2
    assert not Offer.objects.exists()


def test_nothing_to_forget_is_fine() -> None:
    provider = Provider.objects.create(slug="shop", name="Shop", kind="push")

    assert forget_providers([provider.pk]) == 0
