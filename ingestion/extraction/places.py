"""Which country a page is of, and so which currency its signs stand for. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ingestion.extraction.document import Document
from ingestion.extraction.visible import Shown
from prices.currencies import code_of, country_of, currency_of_sign

_GENERIC: Final = frozenset("com net org shop store online biz info us".split())
_COUNTRY_OF_DOMAIN: Final = {"uk": "GB", "us": "US"}


def locale_of(document: Document) -> str:
    """Return the locale of a page, such as `en-AU`: its domain's country before its own word."""
    language, _, stated = document.language.partition("-")
    domain = document.host.rpartition(".")[2]
    country = "" if domain in _GENERIC or len(domain) != 2 else domain.upper()
    country = _COUNTRY_OF_DOMAIN.get(domain, country)
    return f"{language or 'en'}-{country or stated}".rstrip("-")


def currency_here(
    document: Document, shown: Sequence[Shown], amount: Decimal
) -> tuple[str | None, str]:
    """Return the currency that the page shows `amount` in, and how that is known."""
    stated = document.meta("product:price:currency", "og:price:currency", "currency")
    if code := code_of(stated):
        return code, "meta: currency"
    locale = locale_of(document)
    same = [one for one in shown if one.amount == amount] or list(shown)
    for one in same:
        if one.currency:
            return one.currency, f"{one.where}, read for {locale}"
    signs = {one.sign for one in same if one.sign}
    if "$" in signs and _speaks_american(document):
        return currency_of_sign("$", "en-US"), "$ on an English page of no other country"
    return None, ""


def _speaks_american(document: Document) -> bool:
    """Say whether nothing speaks against a "$" being the one of the United States."""
    domain = document.host.rpartition(".")[2]
    language = document.language.lower()
    return (
        (domain in _GENERIC or not domain)
        and country_of(language) in {"", "US"}
        and language[:2] in {"", "en"}
    )
