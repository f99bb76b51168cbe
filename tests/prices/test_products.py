"""What stands on a product's own row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.services.products import OfferState, Summary, summarize
from prices.types import BUYABLE, Availability

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def offer(key: int, amount: str, currency: str | None = "EUR", **fields: object) -> OfferState:
    state = OfferState(key, Decimal(amount), currency, "in_stock", False, AT, None)
    return state._replace(**fields)


def best(offers: Sequence[OfferState]) -> tuple[int | None, Decimal | None, str | None]:
    summary = summarize(offers)
    return summary.best_offer, summary.best_amount, summary.best_currency


def test_without_offers_nothing_is_known() -> None:
    assert summarize([]) == Summary(0, None, None, None, None, None)


def test_the_lowest_amount_is_best_and_brings_its_change() -> None:
    later = AT + timedelta(hours=1)
    offers = [
        offer(1, "9", since=later),
        offer(2, "8", change_percent=Decimal("-20.00")),
        offer(3, "8", change_percent=Decimal(5)),
    ]

    assert summarize(offers) == Summary(3, Decimal(8), "EUR", 2, later, Decimal("-20.00"))


@pytest.mark.parametrize("availability", ["in_stock", "preorder", "backorder", "unknown"], ids=str)
def test_what_may_be_bought_can_be_best(availability: str) -> None:
    assert best([offer(1, "9"), offer(2, "8", availability=availability)]) == (2, 8, "EUR")


@pytest.mark.parametrize(
    "fields",
    [{"availability": "out_of_stock"}, {"availability": "discontinued"}, {"missing": True}],
    ids=str,
)
def test_what_cannot_be_bought_is_never_best(fields: dict[str, object]) -> None:
    cheap = offer(2, "1", **fields)

    assert best([offer(1, "9"), cheap]) == (1, 9, "EUR")
    assert summarize([cheap]) == Summary(1, None, None, None, AT, None)


def test_compares_only_in_the_currency_that_most_are_in() -> None:
    offers = [offer(1, "9", "EUR"), offer(2, "8", "EUR"), offer(3, "1", "JPY")]

    assert best(offers) == (2, 8, "EUR")


def test_counts_only_what_can_be_bought_when_choosing_the_currency() -> None:
    sold_out = [offer(key, "5", "USD", availability="out_of_stock") for key in (1, 2)]

    assert best([*sold_out, offer(3, "9", "EUR")]) == (3, 9, "EUR")


def test_an_even_vote_goes_to_the_first_code_and_never_to_the_unknown() -> None:
    assert best([offer(1, "1", "USD"), offer(2, "9", "EUR")]) == (2, 9, "EUR")
    assert best([offer(1, "1", None), offer(2, "9", "USD")]) == (2, 9, "USD")
    assert best([offer(1, "1", None)]) == (1, 1, None)


states = st.builds(
    OfferState,
    id=st.integers(1, 50),
    amount=st.decimals("0.01", "3", places=2),
    currency=st.sampled_from([None, "EUR", "USD"]),
    availability=st.sampled_from([value.value for value in Availability]),
    missing=st.booleans(),
    since=st.just(AT),
    change_percent=st.none(),
)


@given(st.lists(states, min_size=1, unique_by=lambda one: one.id))
def test_nothing_that_can_be_bought_in_the_same_currency_is_cheaper(
    offers: list[OfferState],
) -> None:
    summary = summarize(offers)

    buyable = [
        one for one in offers if not one.missing and Availability(one.availability) in BUYABLE
    ]
    assert (summary.best_offer is None) == (not buyable)
    same = [one for one in buyable if one.currency == summary.best_currency]
    assert all(one.amount >= (summary.best_amount or 0) for one in same)
    assert not buyable or len(same) == max(
        sum(one.currency == code for one in buyable) for code in (None, "EUR", "USD")
    )
    assert summarize(list(reversed(offers))) == summary
