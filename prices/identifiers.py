"""Identifiers of products. Pure."""

from typing import Final

GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})


def gtin14(text: str | int | None) -> str | None:
    """Return a GTIN in its 14-digit form; `None` when it is none (GS1 General Specifications).

    GTIN-8, UPC-A (GTIN-12), EAN-13 and GTIN-14 are told by their length, and must have the
    right check digit. Codes that a shop makes up for itself (prefixes 02, 04, 20 to 29) are
    no GTIN of the world outside, and are left out.
    """
    digits = str(text if text is not None else "").strip().replace("-", "").replace(" ", "")
    if len(digits) not in GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return None
    padded = digits.zfill(14)
    if check_digit(padded[:13]) != padded[13] or not padded.strip("0"):
        return None
    if len(digits) != 8 and padded[1] == "2":
        return None
    return padded


def check_digit(digits: str) -> str:
    """Return the GS1 check digit that belongs behind `digits`."""
    total = sum(int(digit) * (3, 1)[index % 2] for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)
