"""The rules a quote must keep before it is stored. Pure.

Every quote passes here, whichever way it came in, because the engines do not agree: one
refuses a NUL or a text that is too long and loses the whole batch, the other stores both.
"""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from prices.errors import InvalidQuoteError
from prices.money import CODES
from prices.types import Quote

MAX_AMOUNT: Final = Decimal(10) ** 11  # 15 digits, 4 of them decimals
STEP: Final = Decimal("0.0001")
NOTHING: Final = Decimal(0)
EXTERNAL_ID_LENGTH: Final = 255

TEXT_LENGTHS: Final = {
    "name": 500,
    "variant": 200,
    "group_id": 255,
    "brand": 200,
    "gtin": 14,
    "mpn": 100,
    "sku": 100,
}
URL_LENGTH: Final = 2048
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_INVISIBLE: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}
_TEXTS: Final = tuple(TEXT_LENGTHS.items())


def checked_quote(quote: Quote) -> Quote:
    """Return `quote` as it may be stored: texts cleaned and cut, amounts to 4 decimals.

    A list amount that is not above the amount says nothing and is dropped, as is a URL that
    is not http(s). An empty name becomes the external id.

    Raises:
        InvalidQuoteError: the amount, currency or external id cannot be stored.
    """
    changes: dict[str, object] = {}
    external_id = quote.external_id
    if not _is_clean(external_id, EXTERNAL_ID_LENGTH):
        external_id = changes["external_id"] = _checked_external_id(external_id)
    elif not external_id:
        raise InvalidQuoteError("external_id", "bad_external_id", "has no identifier")
    amount = quote.amount
    if not _is_storable(amount):
        amount = changes["amount"] = checked_amount(amount)
    if quote.list_amount is not None:
        list_amount = _list_amount(quote.list_amount, amount)
        if list_amount is not quote.list_amount:
            changes["list_amount"] = list_amount
    if quote.currency is not None and not CURRENCY.fullmatch(quote.currency):
        raise InvalidQuoteError(
            "currency", "bad_currency", f"{quote.currency[:10]!r} is not an ISO 4217 code"
        )
    for field, length in _TEXTS:
        text = getattr(quote, field)
        if text and not _is_clean(text, length):
            changes[field] = clean_text(text, length)
    for field in ("url", "image_url"):
        url = getattr(quote, field)
        if url and not _is_web_address(url):
            changes[field] = ""
    if not changes.get("name", quote.name):
        changes["name"] = external_id
    return msgspec.structs.replace(quote, **changes) if changes else quote


def checked_amount(amount: Decimal) -> Decimal:
    """Return a positive amount with at most 4 decimals.

    Raises:
        InvalidQuoteError: `bad_price` or `zero_price`.
    """
    if not amount.is_finite() or amount < NOTHING or amount >= MAX_AMOUNT:
        raise InvalidQuoteError("price", "bad_price", f"{str(amount)[:40]} is not a price")
    rounded = amount.quantize(STEP, rounding=ROUND_HALF_EVEN)
    if rounded == NOTHING:
        raise InvalidQuoteError("price", "zero_price", "a price of zero is not stored")
    return rounded


def checked_currency(text: str) -> str:
    """Return the code of a currency that a person or program states, in any case.

    Raises:
        InvalidQuoteError: ISO 4217 has no such code.
    """
    code = text.upper()
    if code not in CODES:
        raise InvalidQuoteError("currency", "bad_currency", "An ISO 4217 code, for example EUR.")
    return code


def clean_text(text: str, length: int) -> str:
    """Return `text` in one line, normalized, without invisible characters, cut to `length`.

    Control characters, lone surrogates and bidirectional overrides are dropped, every kind
    of blank becomes one space. A cut text ends in an ellipsis.
    """
    visible = "".join(_visible(char) for char in text[: length * 4])
    line = unicodedata.normalize("NFC", " ".join(visible.split()))
    return line if len(line) <= length else line[: length - 1] + "…"


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _INVISIBLE else char


def _checked_external_id(text: str) -> str:
    cleaned = clean_text(text, len(text) + 1)
    if not cleaned or len(cleaned) > EXTERNAL_ID_LENGTH:
        raise InvalidQuoteError(
            "external_id",
            "bad_external_id",
            f"an identifier has 1 to {EXTERNAL_ID_LENGTH} visible characters",
        )
    return cleaned


def _is_clean(text: str, length: int) -> bool:
    return (
        len(text) <= length
        and text.isprintable()
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
        and not (text[:1] == " " or text[-1:] == " ")
    )


def _is_storable(amount: Decimal) -> bool:
    if not amount.is_finite() or not NOTHING < amount < MAX_AMOUNT:
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -4


def _is_web_address(url: str) -> bool:
    return (
        len(url) <= URL_LENGTH
        and url.startswith(("https://", "http://"))
        and url.isprintable()
        and " " not in url
    )


def _list_amount(list_amount: Decimal, amount: Decimal) -> Decimal | None:
    if _is_storable(list_amount):
        return list_amount if list_amount > amount else None
    try:
        rounded = checked_amount(list_amount)
    except InvalidQuoteError:
        return None
    return rounded if rounded > amount else None
