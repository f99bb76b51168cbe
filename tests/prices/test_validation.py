"""The rules a quote must keep before it is stored."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.errors import InvalidQuoteError
from prices.types import Quote
from prices.validation import MAX_AMOUNT, checked_quote, clean_text

QUOTE = Quote(external_id="1", name="Lamp", amount=Decimal("12.90"), currency="EUR")


def quote(**changes: object) -> Quote:
    return msgspec.structs.replace(QUOTE, **changes)


def test_leaves_a_good_quote_alone() -> None:
    assert checked_quote(QUOTE) is QUOTE


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "zero_price"),
        ("0.00001", "zero_price"),
        ("-1", "bad_price"),
        ("NaN", "bad_price"),
        ("sNaN", "bad_price"),
        ("Infinity", "bad_price"),
        ("100000000000", "bad_price"),
        ("1e999", "bad_price"),
    ],
)
def test_refuses_what_is_no_price(amount: str, code: str) -> None:
    with pytest.raises(InvalidQuoteError) as caught:
        checked_quote(quote(amount=Decimal(amount)))

    assert (caught.value.field, caught.value.code) == ("price", code)


def test_rounds_to_four_decimals_half_even() -> None:
    assert checked_quote(quote(amount=Decimal("1.00005"))).amount == Decimal("1.0000")
    assert checked_quote(quote(amount=Decimal("1.00015"))).amount == Decimal("1.0002")


@pytest.mark.parametrize("list_amount", ["12.90", "10", "0", "-3", "NaN", "1e30"])
def test_drops_a_list_amount_that_says_nothing(list_amount: str) -> None:
    assert checked_quote(quote(list_amount=Decimal(list_amount))).list_amount is None


def test_keeps_a_list_amount_above_the_amount() -> None:
    assert checked_quote(quote(list_amount=Decimal("15"))).list_amount == Decimal("15")


@pytest.mark.parametrize("currency", ["eur", "€", "EURO", "EU", "EÜR", ""])
def test_refuses_what_is_no_currency_code(currency: str) -> None:
    with pytest.raises(InvalidQuoteError) as caught:
        checked_quote(quote(currency=currency))

    assert (caught.value.field, caught.value.code) == ("currency", "bad_currency")


@pytest.mark.parametrize("external_id", ["", " ", "\x00", "\u200b", "x" * 256])
def test_refuses_an_offer_without_a_usable_identifier(external_id: str) -> None:
    with pytest.raises(InvalidQuoteError) as caught:
        checked_quote(quote(external_id=external_id))

    assert caught.value.code == "bad_external_id"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example", "//a.example", "http://a b", "x" * 3000]
)
def test_drops_an_address_that_is_not_of_the_web(url: str) -> None:
    assert checked_quote(quote(url=url, image_url=url)) == QUOTE


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Lamp\t\n small ", "Lamp small"),
        ("La\x00mp", "Lamp"),
        ("La\ud800mp", "Lamp"),
        ("evil\u202eexe", "evilexe"),
        ("zero\u200bwidth", "zerowidth"),
        ("no\u00a0break", "no break"),
        ("e\u0301", "é"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_cleans_a_text(text: str, clean: str) -> None:
    assert clean_text(text, 500) == clean
    assert checked_quote(quote(name=text)).name == clean


def test_names_an_offer_without_a_name_by_its_identifier() -> None:
    assert checked_quote(quote(name="\u200b")).name == "1"


@given(
    name=st.text(max_size=700),
    external_id=st.text(max_size=300),
    amount=st.decimals(),
    list_amount=st.none() | st.decimals(),
    currency=st.none() | st.text(max_size=4),
    url=st.text(max_size=50),
)
def test_whatever_comes_in_only_storable_values_leave(**values: object) -> None:
    try:
        checked = checked_quote(quote(**values))
    except InvalidQuoteError:
        return
    assert 0 < checked.amount < MAX_AMOUNT
    assert checked.amount == checked.amount.quantize(Decimal("0.0001"))
    assert 1 <= len(checked.name) <= 500
    assert checked.name.isprintable()
    assert 1 <= len(checked.external_id) <= 255
    checked.name.encode()
    assert checked_quote(checked) is checked
