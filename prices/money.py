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

from prices.errors import PriceAmbiguousError, PriceUnreadableError

MAX_TEXT: Final = 200
_PLAIN: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", re.ASCII)

# Digits behind the decimal point, where ISO 4217 does not say 2.
MINOR_UNITS: Final = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}

CODES: Final = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
    GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD
    TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split()
)

# What people write for a currency. A bare "$", "kr" or "¥" belongs to several countries and
# says nothing without a locale.
SIGNS: Final = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₩": "KRW",
    "₫": "VND",
    "₦": "NGN",
    "₱": "PHP",
    "₸": "KZT",
    "₾": "GEL",
    "₼": "AZN",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "lei": "RON",
    "лв": "BGN",
    "руб": "RUB",
    "тг": "KZT",
    "грн": "UAH",
    "R$": "BRL",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "NT$": "TWD",
    "MX$": "MXN",
    "Rs": "INR",
    "Rp": "IDR",
    "RM": "MYR",
    "CN¥": "CNY",
    "JP¥": "JPY",
    "RUR": "RUB",
}
_SPACES: Final = "\u00a0\u202f\u2009\u2007"
_GROUPED: Final = re.compile(r"[0-9][0-9.,' ]*", re.ASCII)
_SIGNS: Final = sorted(SIGNS, key=len, reverse=True)


class Money(msgspec.Struct, frozen=True):
    """An amount in major units, and its ISO 4217 currency if it is known."""

    amount: Decimal
    currency: str | None


def minor_units(currency: str | None) -> int:
    """Return how many digits stand behind the decimal point; 2 when unknown."""
    return MINOR_UNITS.get(currency or "", 2)


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
    text names none. `locale` (`de`, `en-GB`) decides between comma and point where the text
    alone does not.

    Raises:
        PriceUnreadableError: no price in it, or one of zero.
        PriceAmbiguousError: it could be read as different prices.
    """
    clean = _normalized(text)
    found = _currency_in(clean) or currency
    numbers = {
        _number(match.group().strip(" .,'"), found, locale)
        for match in _GROUPED.finditer(_without_signs(clean))
    }
    if not numbers:
        raise PriceUnreadableError(f"no price in {text[:40]!r}")
    if len(numbers) > 1:
        raise PriceAmbiguousError(f"more than one price in {text[:40]!r}")
    amount = numbers.pop()
    if not amount:
        raise PriceUnreadableError("a price of zero")
    return Money(amount, found)


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
    if re.search(r"(?:^|[^\w.,])-\s*[^\w\s]?\s*[0-9]", plain):
        raise PriceUnreadableError(f"a negative price: {text[:40]!r}")
    return re.sub(r"[.,][-–—]+", "", plain)  # "206,-" is 206


def _currency_in(text: str) -> str | None:
    codes: set[str] = {word.upper() for word in re.findall(r"[A-Za-z]{3}", text)} & CODES
    if len(codes) == 1:
        return codes.pop()
    return next((SIGNS[sign] for sign in _SIGNS if sign in text), None)


def _without_signs(text: str) -> str:
    for sign in _SIGNS:
        text = text.replace(f"{sign}.", " ").replace(sign, " ")
    return text


def _number(text: str, currency: str | None, locale: str | None) -> Decimal:
    """Read digits with separators. The last separator is the decimal one when it can be."""
    marks = [char for char in text if char in ".,"]
    compact = text.replace(" ", "").replace("'", "")
    if not marks:
        return Decimal(_digits(compact))
    whole, last, rest = compact.rpartition(marks[-1])
    if len(set(marks)) == 2:
        if marks.count(last) > 1:
            raise PriceAmbiguousError(f"separators of {text!r}")
        return Decimal(f"{_digits(whole)}.{_digits(rest)}")
    if len(marks) > 1:
        return Decimal(_digits(compact))
    if len(rest) != 3 or minor_units(currency) == 3:
        return Decimal(f"{_digits(whole) or '0'}.{_digits(rest)}")
    if locale is not None and last == _decimal_mark(locale) and minor_units(currency) == 3:
        return Decimal(f"{_digits(whole)}.{_digits(rest)}")
    # Three digits behind a single mark are thousands: prices have two decimals, or none.
    return Decimal(_digits(whole) + _digits(rest))


def _decimal_mark(locale: str) -> str:
    return "." if locale[:2].lower() in {"en", "ja", "zh", "ko", "th", "he"} else ","


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
