"""GTINs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prices.identifiers import check_digit, gtin14


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10036000291459", "10036000291459"),
        ("978-0-306-40615-7", "09780306406157"),
        (" 4006381333931 ", "04006381333931"),
        (4006381333931, "04006381333931"),
    ],
    ids=["EAN-13", "UPC-A", "GTIN-8", "GTIN-14", "ISBN-13", "blanks", "number"],
)
def test_brings_every_form_to_fourteen_digits(text: str | int, expected: str) -> None:
    assert gtin14(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4006381333932",
        "400638133393",
        "",
        None,
        "0000000000000",
        "ABC6381333931",
        "٤٠٠٦٣٨١٣٣٣٩٣١",
        "2012345678900",
        "does not apply",
    ],
    ids=[
        "check digit",
        "length",
        "empty",
        "nothing",
        "zeros",
        "letters",
        "other digits",
        "the shop's own",
        "words",
    ],
)
def test_what_is_no_gtin_is_none(text: str | None) -> None:
    assert gtin14(text) is None


@given(st.text(alphabet="0123456789", min_size=13, max_size=13))
def test_exactly_one_check_digit_fits(digits: str) -> None:
    fitting = [one for one in "0123456789" if check_digit(digits) == one]

    assert len(fitting) == 1


@given(st.text(max_size=40))
def test_raises_nothing(text: str) -> None:
    assert (found := gtin14(text)) is None or len(found) == 14
