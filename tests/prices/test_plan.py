"""What a batch of quotes changes, without a database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.services.plan import Plan, Stored, change_percent, compare, details_key
from prices.types import Availability, Quote

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUOTE = Quote(
    external_id="a",
    name="Lamp",
    amount=Decimal("12.90"),
    currency="EUR",
    list_amount=Decimal(20),
    availability=Availability.IN_STOCK,
)


def stored(quote: Quote, *, key: int = 1, missing_since: datetime | None = None) -> Stored:
    return Stored(
        id=key,
        external_id=quote.external_id,
        product_id=key * 10,
        amount=quote.amount,
        list_amount=quote.list_amount,
        currency=quote.currency,
        availability=quote.availability.value,
        missing_since=missing_since,
        details_key=details_key(quote),
    )


def changed(**fields: object) -> Quote:
    values = {name: getattr(QUOTE, name) for name in QUOTE.__struct_fields__}
    return Quote(**{**values, **fields})


def kinds(plan: Plan) -> dict[str, int]:
    return {
        name: len(getattr(plan, name))
        for name in ("new", "changed", "redescribed", "returned", "seen")
    }


def test_what_is_not_stored_is_new() -> None:
    plan = compare({}, [QUOTE])

    assert plan.new == [QUOTE]
    assert kinds(plan) == {"new": 1, "changed": 0, "redescribed": 0, "returned": 0, "seen": 0}


def test_what_is_stored_alike_is_only_seen() -> None:
    row = stored(QUOTE)

    plan = compare({"a": row}, [changed(amount=Decimal("12.9000"))])

    assert plan.seen == [row]
    assert kinds(plan) == {"new": 0, "changed": 0, "redescribed": 0, "returned": 0, "seen": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": Decimal("12.91")},
        {"list_amount": Decimal(21)},
        {"list_amount": None},
        {"currency": "USD"},
        {"availability": Availability.OUT_OF_STOCK},
    ],
    ids=lambda fields: "-".join(f"{name}={value}" for name, value in fields.items()),
)
def test_a_price_is_amount_list_amount_currency_and_availability(fields: dict[str, object]) -> None:
    row, quote = stored(QUOTE), changed(**fields)

    plan = compare({"a": row}, [quote])

    assert plan.changed == [(row, quote)]
    assert plan.redescribed == []


def test_a_currency_that_is_not_stated_is_no_change() -> None:
    plan = compare({"a": stored(QUOTE)}, [changed(currency=None)])

    assert plan.changed == []


def test_a_currency_that_becomes_known_is_a_change() -> None:
    plan = compare({"a": stored(changed(currency=None))}, [QUOTE])

    assert len(plan.changed) == 1


@pytest.mark.parametrize(
    "field",
    ["name", "variant", "url", "image_url", "brand", "gtin", "mpn", "sku", "group_id"],
)
def test_every_text_is_part_of_the_description(field: str) -> None:
    row, quote = stored(QUOTE), changed(**{field: "other"})

    plan = compare({"a": row}, [quote])

    assert plan.redescribed == [(row, quote)]
    assert plan.changed == []


def test_a_text_that_moves_to_another_field_is_another_description() -> None:
    assert details_key(changed(mpn="x", sku="")) != details_key(changed(mpn="", sku="x"))


def test_an_offer_that_was_missing_has_returned() -> None:
    row = stored(QUOTE, missing_since=AT)

    plan = compare({"a": row}, [QUOTE])

    assert plan.returned == [row]


amounts = st.decimals("0.01", "3", places=2)
quotes = st.builds(
    Quote,
    external_id=st.sampled_from("abcdefgh"),
    name=st.sampled_from(["one", "two"]),
    amount=amounts,
    list_amount=st.none() | amounts,
    currency=st.sampled_from([None, "EUR", "USD"]),
    availability=st.sampled_from(Availability),
    sku=st.sampled_from(["", "s"]),
)
batches = st.lists(quotes, unique_by=lambda quote: quote.external_id)


@given(before=batches, batch=batches, missing=st.sets(st.sampled_from("abcdefgh")))
def test_a_plan_does_what_storing_row_by_row_would(
    before: list[Quote], batch: list[Quote], missing: set[str]
) -> None:
    rows = {
        quote.external_id: stored(
            quote, key=number, missing_since=AT if quote.external_id in missing else None
        )
        for number, quote in enumerate(before)
    }

    plan = compare(rows, batch)

    # By the plan: what changed gets a price and the new state, the rest stays as it is.
    planned = {key: _state(row) for key, row in rows.items()}
    for quote in plan.new:
        planned[quote.external_id] = _state_of(quote, None)
    for row, quote in plan.changed:
        planned[row.external_id] = _state_of(quote, row.currency)
    names = {quote.external_id: quote.name for quote in before}
    names |= {quote.external_id: quote.name for quote in plan.new}
    names |= {row.external_id: quote.name for row, quote in plan.redescribed}
    # Row by row: every quote is written, whether it says something new or not.
    naive = {key: _state(row) for key, row in rows.items()}
    for quote in batch:
        row = rows.get(quote.external_id)
        naive[quote.external_id] = _state_of(quote, row.currency if row else None)
    assert planned == naive
    assert names == {quote.external_id: quote.name for quote in [*before, *batch]}
    assert {row.external_id for row in plan.returned} == {
        quote.external_id for quote in batch if quote.external_id in missing & rows.keys()
    }
    assert len(plan.new) + len(plan.seen) == len(batch)
    # And nothing is written that was so already.
    assert all(_state(row) != _state_of(quote, row.currency) for row, quote in plan.changed)


def _state(row: Stored) -> tuple[object, ...]:
    return (row.amount, row.list_amount, row.currency, row.availability)


def _state_of(quote: Quote, known_currency: str | None) -> tuple[object, ...]:
    currency = quote.currency or known_currency
    return (quote.amount, quote.list_amount, currency, quote.availability.value)


@pytest.mark.parametrize(
    ("old", "new", "percent"),
    [
        ("10", "8", "-20.00"),
        ("8", "10", "25.00"),
        ("3", "2", "-33.33"),
        ("10", "10", "0.00"),
        ("0.0001", "99999999999", "9999999.99"),
    ],
)
def test_percent_of_a_change(old: str, new: str, percent: str) -> None:
    assert change_percent(Decimal(old), Decimal(new)) == Decimal(percent)
