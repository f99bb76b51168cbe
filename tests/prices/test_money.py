"""Reading amounts: exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.errors import PriceAmbiguousError, PriceUnreadableError
from prices.money import Money, amount_of, from_minor, parse_price, plain


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12,99 €", "12.99", "EUR"),
        ("1.226 €", "1226", "EUR"),
        ("1.226,00 €", "1226.00", "EUR"),
        ("1,600.00 USD", "1600.00", "USD"),
        ("1 770 zł", "1770", "PLN"),
        ("1'234.50 CHF", "1234.50", "CHF"),
        ("₹1,00,000", "100000", "INR"),
        ("44 890 тг.", "44890", "KZT"),
        ("206,-", "206", None),
        ("١٢٫٥٠ د.إ", "12.50", "AED"),
        ("KWD 1.299", "1.299", "KWD"),
        ("£8", "8", "GBP"),
    ],
)
def test_reads_the_notations_of_the_world(text: str, amount: str, currency: str | None) -> None:
    assert parse_price(text) == Money(Decimal(amount), currency)


def test_a_locale_says_what_a_shared_sign_stands_for() -> None:
    assert parse_price("$24.990", locale="es-CL") == Money(Decimal(24990), "CLP")
    assert parse_price("$5").currency is None


@pytest.mark.parametrize("text", ["", "call us", "0,00 €", "-5 €", "x" * 300])
def test_what_is_no_price_is_an_error(text: str) -> None:
    with pytest.raises(PriceUnreadableError):
        parse_price(text)


def test_two_prices_are_ambiguous() -> None:
    with pytest.raises(PriceAmbiguousError):
        parse_price("12.00 € or 15.00 €")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e5", "1_000", "12,99", "", None, True, [], -1, 1e999, 10**15]
)
def test_a_machine_readable_amount_is_never_guessed(value: object) -> None:
    with pytest.raises(PriceUnreadableError):
        amount_of(value)


def test_minor_units_have_the_digits_that_the_payload_says() -> None:
    assert from_minor("1299", 2) == Decimal("12.99")
    assert from_minor("1299", 0) == Decimal(1299)
    with pytest.raises(PriceUnreadableError):
        from_minor("12.99", 2)


def test_writes_the_decimals_of_the_currency() -> None:
    assert plain(Decimal("12.9000"), "EUR") == "12.90"
    assert plain(Decimal("1299.0000"), "JPY") == "1299"
    assert plain(Decimal("1.2345"), "EUR") == "1.2345"
    assert plain(None, "EUR") is None


@given(st.text(max_size=60))
def test_any_text_is_a_price_above_zero_or_our_own_error(text: str) -> None:
    try:
        money = parse_price(text)
    except PriceUnreadableError:
        return
    assert money.amount > 0
    assert money.amount.is_finite()


@given(st.decimals(min_value="0.01", max_value="9999999", places=2))
def test_reads_back_what_people_write(amount: Decimal) -> None:
    german = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))

    assert parse_price(f"{german} €").amount == amount
    assert parse_price(f"£{amount:,.2f}").amount == amount
