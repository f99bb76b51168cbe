"""Reading amounts. Pure: text and numbers in, `Decimal` in major units out.

Machine-readable values (`amount_of`, `from_minor`) are read strictly, without a guess.
`parse_price` reads what shops write for people; where that could be two different prices
it says so instead of choosing.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

import msgspec

from prices.currencies import CODES, SIGN, currency_in, minor_units
from prices.errors import PriceAmbiguousError, PriceUnreadableError

__all__ = [
    "CODES",
    "Money",
    "amount_of",
    "amounts_in",
    "from_minor",
    "minor_units",
    "parse_price",
    "plain",
]

MAX_TEXT: Final = 200
_PLAIN: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", re.ASCII)
_SPACES: Final = "\u00a0\u202f\u2009\u2007"
# Digits in groups of three, or digits with marks between them; each digit is looked at once.
_NUMBER: Final = re.compile(
    r"[0-9]{1,3}(?:[ '][0-9]{3})+(?![0-9])(?:[.,][0-9]{1,4}(?![0-9]))?|[0-9]+(?:[.,'][0-9]+)*",
    re.ASCII,
)
_LOOSE_CENTS: Final = re.compile(r"(?<=[0-9])([.,]) (?=[0-9]{2}(?![0-9.,]))")  # "118, 99"
_MEASURE: Final = re.compile(
    r" ?(?:[%+]|(?:ft|cm|mm|kg|ml|oz|lbs?|[gt]b|mah|hz)(?![^\W\d_]))", re.ASCII
)
RANGE_GAP: Final = 12  # characters between the ends of "841,00 zł – 995,00 zł"
_NO_CENTS: Final = re.compile(r"[.,:][-–—]+")  # "206,-" is 206
_BRACKETS: Final = re.compile(r"\([^()]*[0-9][^()]*\)")
_NEGATIVE: Final = re.compile(r"(?:^|[\s(])-[^\w\s]{0,2}[0-9]")
_NOW: Final = re.compile(
    r"\b(?:now|sale|your price|jetzt|nur|heute|maintenant|ahora|ora|agora|nu)\b[^0-9]{0,12}",
    re.IGNORECASE,
)


class Money(msgspec.Struct, frozen=True):
    """An amount in major units, and its ISO 4217 currency if it is known."""

    amount: Decimal
    currency: str | None


def from_minor(value: str | int, digits: int) -> Decimal:
    """Return the amount of `value` minor units ("1299" with 2 digits is 12.99).

    Raises:
        PriceUnreadableError: `value` is no whole number, or `digits` no sensible count.
    """
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise PriceUnreadableError(f"not a number of minor units: {text[:40]!r}")
    if not 0 <= digits <= 4:
        raise PriceUnreadableError(f"{digits} digits of minor units")
    return Decimal(text).scaleb(-digits)


def amount_of(value: object) -> Decimal:
    """Return a machine-readable amount: a JSON number, or a text with a decimal point.

    Raises:
        PriceUnreadableError: it is anything else; nothing is guessed.
    """
    if isinstance(value, str):
        text = value.strip()
        if _PLAIN.fullmatch(text):
            return Decimal(text)
    elif isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value < 10**12:
            return Decimal(value)
    elif isinstance(value, float) and 0 <= value < 1e12:
        return Decimal(repr(value))
    elif isinstance(value, Decimal) and value.is_finite() and 0 <= value < 10**12:
        return value
    raise PriceUnreadableError(f"not a price: {str(value)[:40]!r}")


def parse_price(text: str, *, currency: str | None = None, locale: str | None = None) -> Money:
    """Return the one price that `text` states, as people write it.

    `currency` (ISO 4217) decides how many decimals there may be, and stands in where the
    text names none. `locale` (`de`, `en-GB`) tells what a sign such as "$" stands for. Of
    "was 20, now 15" it is what it costs now, of a range what it costs at least; a part in
    brackets beside it says nothing.

    Raises:
        PriceUnreadableError: no price in it, or one of zero.
        PriceAmbiguousError: it could be read as different prices.
    """
    found = currency_in(text, locale) or currency
    amounts = amounts_in(text, currency=found)
    if not amounts:
        raise PriceUnreadableError(f"no price in {text[:40]!r}")
    if len(set(amounts)) > 1:
        raise PriceAmbiguousError(f"more than one price in {text[:40]!r}")
    if not amounts[0]:
        raise PriceUnreadableError("a price of zero")
    return Money(amounts[0], found)


def amounts_in(text: str, *, currency: str | None = None) -> list[Decimal]:
    """Return all amounts in `text` in their order, also where they are glued together.

    Raises:
        PriceUnreadableError: too long, negative, or written in no known way.
    """
    clean = _normalized(text)
    without = _BRACKETS.sub(" ", clean)
    clean = without if _NUMBER.search(without) else clean
    numbers = [found for found in _NUMBER.finditer(clean) if not _is_no_price(found)]
    beside_sign = [found for found in numbers if _stands_by_sign(found)]
    chosen = beside_sign or numbers
    if len(chosen) > 1:
        chosen = [found for found in chosen if _follows_now(found)][:1] or chosen
    if cents := _cents_behind_sign(chosen, numbers):
        return [cents]
    amounts = [_number(found, currency) for found in chosen]
    if len(chosen) == 2 and amounts[0] < amounts[1] and _is_range(*chosen):
        return amounts[:1]
    return amounts


def _normalized(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise PriceUnreadableError("too long for a price")
    digits = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in unicodedata.normalize("NFKC", text)
    )
    for space in _SPACES:
        digits = digits.replace(space, " ")
    plain = digits.replace("’", "'").replace("٫", ".").replace("٬", ",").replace("−", "-")
    if _NEGATIVE.search(plain) and "%" not in plain:
        raise PriceUnreadableError(f"a negative price: {text[:40]!r}")
    return _LOOSE_CENTS.sub(r"\1", _NO_CENTS.sub("", plain))


def _is_no_price(found: re.Match[str]) -> bool:
    """Say whether a number is a share, a measure ("16 ft"), a threshold ("49+") or a name."""
    text, start, end = found.string, found.start(), found.end()
    if _MEASURE.match(text, end):
        return True
    before = text[max(0, start - 1) : start]
    return before.isascii() and before.isalpha() and not _ends_in_sign(text[:start])


def _stands_by_sign(found: re.Match[str]) -> bool:
    """Say whether a currency stands directly before or behind a number."""
    text = found.string
    behind = text[found.end() : found.end() + 8].lstrip(" -")
    if SIGN.match(behind) or currency_in(behind[:3]):
        return True
    return _ends_in_sign(text[: found.start()].rstrip(" .:-"))


def _ends_in_sign(text: str) -> bool:
    end = text[-8:]
    return any(sign.end() == len(end) for sign in SIGN.finditer(end)) or bool(currency_in(end[-3:]))


def _is_range(low: re.Match[str], high: re.Match[str]) -> bool:
    between = low.string[low.end() : high.start()]
    dashes = [char for char in between if char in "-–—~"]
    return len(dashes) == 1 and len(between) <= RANGE_GAP


def _follows_now(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - 30) : found.start()]
    return any(word.end() == len(before) for word in _NOW.finditer(before))


def _cents_behind_sign(chosen: list[re.Match[str]], numbers: list[re.Match[str]]) -> Decimal | None:
    """Return what "12€90" says: the cents behind the sign."""
    if len(numbers) != 2 or len(chosen) > 2:
        return None
    whole, cents = numbers
    between = whole.string[whole.end() : cents.start()].strip()
    if not (SIGN.fullmatch(between) and whole[0].isdigit() and cents[0].isdigit()):
        return None
    return Decimal(f"{whole[0]}.{cents[0]}") if len(cents[0]) == 2 else None


def _number(found: re.Match[str], currency: str | None) -> Decimal:
    """Read digits with separators. The last separator is the decimal one when it can be."""
    text = found[0].replace(" ", "").replace("'", "")
    marks = [char for char in text if char in ".,"]
    if not marks:
        return Decimal(_leading_point(found) + text)
    whole, last, rest = text.rpartition(marks[-1])
    if len(set(marks)) == 2:
        if marks.count(last) > 1:
            raise PriceAmbiguousError(f"separators of {text[:40]!r}")
        return Decimal(f"{_digits(whole)}.{rest}")
    if len(marks) > 1:
        return _repeated_mark(text, last)
    # Three digits behind a single mark are thousands: prices have two decimals, or none.
    if len(rest) != 3 or minor_units(currency) == 3 or len(whole) > 3 or whole == "0":
        return Decimal(f"{whole}.{rest}")
    return Decimal(whole + rest)


def _repeated_mark(text: str, mark: str) -> Decimal:
    groups = text.split(mark)
    if len(groups[-1]) != 3 or any(len(group) not in {2, 3} for group in groups[1:]):
        raise PriceAmbiguousError(f"separators of {text[:40]!r}")
    return Decimal("".join(groups))


def _leading_point(found: re.Match[str]) -> str:
    """Return the point of "$.75": nothing but cents."""
    before = found.string[max(0, found.start() - 2) : found.start()]
    is_point = before.endswith(".") and not before[:-1].isalpha()
    return "0." if is_point and len(found[0]) <= 2 else ""


def _digits(text: str) -> str:
    return text.replace(".", "").replace(",", "")


def plain(amount: Decimal | None, currency: str | None) -> str | None:
    """Return an amount as APIs and exports write it: "12.90", with a point and no grouping.

    At least as many decimals as the currency has, more only where the amount has them.
    """
    if amount is None:
        return None
    digits = minor_units(currency)
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    decimals = max(digits, -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{decimals}f}"
