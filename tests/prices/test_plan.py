"""What a batch of quotes changes, without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.services.plan import (
    DETAIL_FIELDS,
    NO_FINGERPRINT,
    Change,
    Checked,
    Plan,
    Stored,
    change,
    change_percent,
    compare,
    details_of,
    fingerprint,
)
from prices.types import Availability, Quote

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUOTE = Quote(
    external_id="a",
    name="Lamp",
    amount=Decimal("12.90"),
    currency="EUR",
    list_amount=Decimal(20),
    availability=Availability.IN_STOCK,
)
STORED_FINGERPRINT = 5650446401327517600


def stored(quote: Quote, *, key: int = 1, missing_since: datetime | None = None) -> Stored:
    return Stored(
        id=key,
        external_id=quote.external_id,
        product_id=key * 10,
        amount=quote.amount,
        list_amount=quote.list_amount,
        currency=quote.currency,
        availability=quote.availability.value,
        since=AT,
        sequence=1,
        low_amount=quote.amount,
        low_at=AT,
        high_amount=quote.amount,
        high_at=AT,
        product__gtin=None,
        product__offers_count=1,
        missing_since=missing_since,
        fingerprint=fingerprint(quote),
        details=details_of(quote),
    )


def checked(quote: Quote) -> Checked:
    return Checked(quote, fingerprint(quote))


def planned(stored: dict[str, Stored], *quotes: Quote) -> Plan:
    return compare(stored, map(checked, quotes))


def other(**fields: object) -> Quote:
    values = {name: getattr(QUOTE, name) for name in QUOTE.__struct_fields__}
    return Quote(**{**values, **fields})


def kinds(plan: Plan) -> dict[str, int]:
    return {name: len(getattr(plan, name)) for name in plan.__slots__ if getattr(plan, name)}


def test_what_is_not_stored_is_new() -> None:
    plan = planned({}, QUOTE)

    assert plan.new == [checked(QUOTE)]
    assert kinds(plan) == {"new": 1}


def test_what_is_stored_alike_is_only_seen() -> None:
    row = stored(QUOTE)

    plan = planned({"a": row}, QUOTE)

    assert plan.seen == [row]
    assert kinds(plan) == {"seen": 1}


def test_the_same_amount_in_other_words_is_no_change_but_is_remembered() -> None:
    row, again = stored(QUOTE), checked(other(amount=Decimal("12.9000")))

    plan = compare({"a": row}, [again])

    assert again.fingerprint != row.fingerprint
    assert plan.reworded == [(row, again)]
    assert kinds(plan) == {"seen": 1, "reworded": 1}


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
    row, quote = stored(QUOTE), other(**fields)

    plan = planned({"a": row}, quote)

    assert plan.changed == [(row, checked(quote))]
    assert kinds(plan) == {"seen": 1, "changed": 1}


def test_a_currency_that_is_not_stated_is_no_change() -> None:
    plan = planned({"a": stored(QUOTE)}, other(currency=None))

    assert plan.changed == []


def test_a_currency_that_becomes_known_is_a_change() -> None:
    plan = planned({"a": stored(other(currency=None))}, QUOTE)

    assert len(plan.changed) == 1


@pytest.mark.parametrize("field", DETAIL_FIELDS)
def test_every_text_is_part_of_the_description(field: str) -> None:
    row, quote = stored(QUOTE), other(**{field: "other"})

    plan = planned({"a": row}, quote)

    assert plan.redescribed == [(row, checked(quote))]
    assert kinds(plan) == {"seen": 1, "redescribed": 1}


def test_an_offer_that_was_missing_has_returned() -> None:
    row = stored(QUOTE, missing_since=AT)

    plan = planned({"a": row}, QUOTE)

    assert plan.returned == [row]
    assert kinds(plan) == {"seen": 1, "returned": 1}


# --- Fingerprints ----------------------------------------------------------------------------


OTHERWISE: dict[str, object] = {
    "external_id": "b",
    "amount": Decimal("12.91"),
    "currency": None,
    "list_amount": Decimal(21),
    "availability": Availability.UNKNOWN,
    **dict.fromkeys(DETAIL_FIELDS, "other"),
}


@pytest.mark.parametrize("field", [name for name in Quote.__struct_fields__ if name != "evidence"])
def test_every_field_is_part_of_the_fingerprint(field: str) -> None:
    assert fingerprint(other(**{field: OTHERWISE[field]})) != fingerprint(QUOTE)


def test_where_it_was_read_is_not_part_of_the_fingerprint() -> None:
    assert fingerprint(other(evidence={"amount": "page 3"})) == fingerprint(QUOTE)


def test_a_text_that_moves_to_another_field_is_another_fingerprint() -> None:
    assert fingerprint(other(mpn="x", sku="")) != fingerprint(other(mpn="", sku="x"))


def test_a_fingerprint_is_the_same_in_every_process_and_fits_a_column() -> None:
    # Stored in databases: another value here makes each first run of an upgraded system
    # look at every offer once.
    assert fingerprint(QUOTE) == STORED_FINGERPRINT
    assert -(2**63) <= fingerprint(QUOTE) < 2**63


def test_a_text_that_cannot_be_encoded_has_no_fingerprint() -> None:
    assert fingerprint(other(name="\ud800")) == NO_FINGERPRINT


# --- A plan as a whole -----------------------------------------------------------------------


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

    plan = planned(rows, *batch)

    # By the plan: what changed gets a price and the new state, the rest stays as it is.
    states = {key: _state(row) for key, row in rows.items()}
    states |= {quote.external_id: _state_of(quote, None) for quote, _ in plan.new}
    changes = {row.external_id: change(row, to, at=AT) for row, to in plan.changed}
    states |= {key: _state(to) for key, to in changes.items()}
    names = {quote.external_id: quote.name for quote in before}
    names |= {quote.external_id: quote.name for quote, _ in plan.new}
    names |= {row.external_id: to.quote.name for row, to in plan.redescribed}
    keys = {key: row.fingerprint for key, row in rows.items()}
    keys |= {quote.external_id: key for quote, key in plan.new}
    for row, to in [*plan.changed, *plan.redescribed, *plan.reworded]:
        keys[row.external_id] = to.fingerprint
    # Row by row: every quote is written, whether it says something new or not.
    naive = {key: _state(row) for key, row in rows.items()}
    for quote in batch:
        known = rows.get(quote.external_id)
        naive[quote.external_id] = _state_of(quote, known.currency if known else None)
    assert states == naive
    assert names == {quote.external_id: quote.name for quote in [*before, *batch]}
    assert keys == {quote.external_id: fingerprint(quote) for quote in [*before, *batch]}
    assert {row.external_id for row in plan.returned} == {
        quote.external_id for quote in batch if quote.external_id in missing & rows.keys()
    }
    assert len(plan.new) + len(plan.seen) == len(batch)
    # And nothing is written that was so already.
    assert all(_state(row) != _state(changes[row.external_id]) for row, _ in plan.changed)


def _state(row: Stored | Change) -> tuple[object, ...]:
    return (row.amount, row.list_amount, row.currency, row.availability)


def _state_of(quote: Quote, known_currency: str | None) -> tuple[object, ...]:
    currency = quote.currency or known_currency
    return (quote.amount, quote.list_amount, currency, quote.availability.value)


# --- One change ------------------------------------------------------------------------------


def test_a_change_follows_the_state_before_it() -> None:
    row = stored(QUOTE)._replace(low_amount=Decimal(5), high_amount=Decimal(20), sequence=4)
    cheaper = checked(other(amount=Decimal("4.30")))

    assert change(row, cheaper, at=AT + HOUR) == Change(
        id=1,
        fingerprint=cheaper.fingerprint,
        amount=Decimal("4.30"),
        list_amount=Decimal(20),
        currency="EUR",
        availability="in_stock",
        since=AT + HOUR,
        sequence=5,
        previous_amount=Decimal("12.90"),
        change_percent=Decimal("-66.67"),
        low_amount=Decimal("4.30"),
        low_at=AT + HOUR,
        high_amount=Decimal(20),
        high_at=AT,
    )


def test_a_change_at_or_before_the_last_one_comes_just_after_it() -> None:
    for at in (AT, AT - HOUR):
        changed = change(stored(QUOTE), checked(other(amount=Decimal(1))), at=at)
        assert changed.since == AT + timedelta(microseconds=1)


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
