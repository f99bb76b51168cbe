"""Currencies: their codes, their decimals, and what people write for them. Pure."""

import re
from collections.abc import Iterable
from typing import Final

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
# Codes that shops still write for what has another code today.
OLD_CODES: Final = {"RUR": "RUB", "BYR": "BYN", "CNH": "CNY", "NTD": "TWD", "RMB": "CNY"}
# Codes that are words as well: they count in capitals and beside a number only.
_WORDS: Final = frozenset("ALL AMD BAM COP CUP GEL LAK LEK MAD MOP PEN RON SOS TOP TRY".split())


def _pairs(table: str) -> dict[str, str]:
    """Return sign → code of a table of pairs; a blank in a sign is written as "_"."""
    words = table.split()
    return {
        sign.replace("_", " "): code for sign, code in zip(words[::2], words[1::2], strict=True)
    }


# What stands for one currency wherever it is written.
SIGNS: Final = _pairs(
    """€ EUR  £ GBP  ₹ INR  ₺ TRY  ₽ RUB  ₴ UAH  ₪ ILS  ₩ KRW  ₫ VND  ₦ NGN  ₱ PHP  ₸ KZT  ₾ GEL
    ₼ AZN  ฿ THB  ₡ CRC  ₲ PYG  ₵ GHS  ₭ LAK  ₮ MNT  ৳ BDT  ៛ KHR  ֏ AMD  ﷼ IRR  円 JPY  원 KRW
    元 CNY  zł PLN  zl PLN  Kč CZK  Kc CZK  Ft HUF  lei RON  лв BGN  руб RUB  рублей RUB  рубля RUB
    р RUB  тг KZT  тенге KZT  грн UAH  сум UZS  so'm UZS  сом KGS  ден MKD  дин RSD  din RSD
    KM BAM  TL TRY  Rp IDR  RM MYR  Rs INR  Re INR  Ksh KES  KSh KES  KShs KES  TSh TZS  USh UGX
    GH₵ GHS  R$ BRL  US$ USD  US_$ USD  U$S USD  A$ AUD  AU$ AUD  AU_$ AUD  C$ CAD  CA$ CAD
    CDN$ CAD  NZ$ NZD  HK$ HKD  S$ SGD  SG$ SGD  NT$ TWD  MX$ MXN  MEX$ MXN  AR$ ARS  COL$ COP
    CLP$ CLP  RD$ DOP  J$ JMD  TT$ TTD  GY$ GYD  N$ NAD  Z$ ZWG  EC$ XCD  Bds$ BBD  CN¥ CNY
    JP¥ JPY  yen JPY  yuan CNY  won KRW  euro EUR  euros EUR  Euro EUR  S/ PEN  B/. PAB  Bs BOB
    Gs PYG  KD KWD  BD BHD  JD JOD  QR QAR  SR SAR  AED AED  Dhs AED  Dh AED  DH MAD  د.إ AED
    ر.س SAR  د.ك KWD  د.ب BHD  د.ت TND  د.م MAD  د.ل LYD  ر.ق QAR  ر.ع OMR  ج.م EGP  ر.ي YER
    ش.ص ILS  ש"ח ILS  ש״ח ILS  ل.ل LBP  R ZAR  Q GTQ  Nu BTN  CHF CHF  SFr CHF  Fr CHF  FCFA XOF
    CFA XOF  đ VND  ₨ INR  T$ TOP  Lek ALL"""
)

# What several countries write, each for its own: by country, else nobody knows.
_SHARED: Final = {
    "$": _pairs(
        """US USD  CA CAD  AU AUD  NZ NZD  MX MXN  AR ARS  CL CLP  CO COP  UY UYU  SG SGD  HK HKD
        TW TWD  EC USD  SV USD  PA USD  PR USD  JM JMD  TT TTD  BR BRL  FJ FJD  BS BSD  BB BBD
        NA NAD  DO DOP"""
    ),
    "kr": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "FO": "DKK", "GL": "DKK"},
    "¥": {"JP": "JPY", "CN": "CNY"},
    "£": {"EG": "EGP", "LB": "LBP", "GI": "GIP", "FK": "FKP"},
    "元": {"TW": "TWD", "HK": "HKD"},
    "Rs": {"PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR", "SC": "SCR"},
    "DH": {"AE": "AED"},
    "L": {"HN": "HNL", "MD": "MDL"},
    "CFA": {"CM": "XAF", "GA": "XAF", "CG": "XAF", "TD": "XAF"},
    "р": {"BY": "BYN"},
    "руб": {"BY": "BYN"},
    "lei": {"MD": "MDL"},
    "din": {"RS": "RSD", "DZ": "DZD"},
}
_COUNTRY_OF_LANGUAGE: Final = _pairs(
    "sv SE  nb NO  nn NO  no NO  da DK  is IS  ja JP  be BY  ur PK  si LK  ne NP"
)


def _sign_pattern(signs: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of `signs`, the longest first; letters stand as words of their own.

    Each alternative begins with a plain character, so that the search skips all others.
    """
    alternatives: dict[str, list[str]] = {}
    for sign in sorted(signs, key=len, reverse=True):
        before = rf"(?<![^\W\d_]{re.escape(sign[0])})" if sign[0].isalpha() else ""
        after = r"(?![^\W\d_])" if sign[-1].isalpha() else ""
        alternatives.setdefault(sign[0], []).append(f"{before}{re.escape(sign[1:])}{after}")
    return re.compile(
        "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in alternatives.items())
    )


_ALL_SIGNS: Final = frozenset({*SIGNS, *_SHARED})
SIGN: Final = _sign_pattern(_ALL_SIGNS)
_FOLDED: Final = {sign.casefold(): sign for sign in sorted(_ALL_SIGNS)}
_FOLDED_SIGN: Final = _sign_pattern(sign for sign in _FOLDED if len(sign) > 1)
_CODE: Final = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])", re.ASCII)


def minor_units(currency: str | None) -> int:
    """Return how many digits stand behind the decimal point; 2 when unknown."""
    return MINOR_UNITS.get(currency or "", 2)


def code_of(text: str | None) -> str | None:
    """Return the ISO 4217 code that a field named currency states: "eur", "RUR", "€"."""
    stated = (text or "").strip()
    code = OLD_CODES.get(stated.upper(), stated.upper())
    return code if code in CODES else currency_in(stated) if len(stated) < 6 else None


def currency_in(text: str, locale: str | None = None) -> str | None:
    """Return the one currency that `text` names by code or sign; `None` if none, or several.

    `locale` (`sv`, `en-AU`) decides what a sign that several countries share stands for.
    """
    codes = {code for found in _CODE.finditer(text) if (code := _code(found))}
    if len(codes) == 1:
        return codes.pop()
    if len(codes) > 1:
        return None
    found = SIGN.search(text)
    if found is not None:
        return currency_of_sign(found[0], locale)
    found = _FOLDED_SIGN.search(text.casefold())
    return currency_of_sign(_FOLDED[found[0]], locale) if found else None


def currency_of_sign(sign: str, locale: str | None) -> str | None:
    """Return what `sign` stands for in the country of `locale`."""
    return _SHARED.get(sign, {}).get(country_of(locale)) or SIGNS.get(sign)


def country_of(locale: str | None) -> str:
    """Return the country of a locale: `AU` of `en-AU`, `SE` of `sv`; empty when unknown."""
    language, _, country = (locale or "").replace("_", "-").partition("-")
    country = country.rpartition("-")[2].upper()
    return country if len(country) == 2 else _COUNTRY_OF_LANGUAGE.get(language.lower(), "")


def _code(found: re.Match[str]) -> str | None:
    word = found[0].upper()
    code = OLD_CODES.get(word, word)
    if code not in CODES:
        return None
    if code in _WORDS and not (found[0].isupper() and _is_beside_digit(found)):
        return None
    return code


def _is_beside_digit(found: re.Match[str]) -> bool:
    before = found.string[: found.start()].rstrip()[-1:]
    behind = found.string[found.end() :].lstrip()[:1]
    return before.isdigit() or behind.isdigit() or len(found.string.strip()) == 3
