"""Whether the page's own product can be bought, as stated and as shown. Pure."""

import re
from typing import Final

from ingestion.extraction.document import Document
from ingestion.extraction.surroundings import is_aside
from ingestion.extraction.visible import BUY, UNSEEN
from prices.types import Availability

_SOLD_OUT: Final = re.compile(
    r"^\W*(?:this (?:item|product) is )?(?:currently |temporarily )?(?:sold ?out|out of stock"
    r"|unavailable|no longer available|not available|ausverkauft|nicht (?:auf lager|verfügbar"
    r"|lieferbar)|vergriffen|épuisé|rupture de stock|indisponible|agotado|sin stock|esgotado"
    r"|non disponibile|esaurito|uitverkocht|niet op voorraad|slutsåld|wyprzedan\w|vyprodáno"
    r"|нет в наличии|распродан\w|売り切れ|在庫切れ|缺貨|已售完|אזל)\W*(?:online)?\W*$",
    re.IGNORECASE,
)


# Without one of them in its source a page says nothing of the kind: searching is cheap.
_HINTS: Final = (
    *("sold out", "soldout", "out of stock", "longer available", "not available", "unavailable"),
    *("ausverkauft", "vergriffen", "lieferbar", "épuisé", "rupture de", "indisponible", "agotado"),
    *("sin stock", "esgotado", "esaurito", "disponibile", "uitverkocht", "voorraad", "slutsåld"),
    *("wyprzedan", "vyprodáno", "нет в наличии", "распродан", "売り切れ", "在庫切れ", "缺貨"),
    *("已售完", "אזל"),
)
NEAR_HEADING: Final = 150  # texts behind the heading; further down other products are told of


def stock_shown(document: Document, stated: Availability | None) -> tuple[Availability, str]:
    """Return whether the product can be bought, and where that was seen.

    Where the page says "sold out" beside the product and has no button to buy it, a stated
    "in stock" was left behind.
    """
    if stated not in {None, Availability.IN_STOCK} or (stated and not _hints(document)):
        return stated or Availability.UNKNOWN, "availability"
    if _has_buy_button(document):
        return Availability.IN_STOCK, "availability" if stated else "page: a button to buy it"
    if text := _sold_out_text(document):
        return Availability.OUT_OF_STOCK, f"page: {text!r}"
    return (stated, "availability") if stated else (Availability.UNKNOWN, "")


def _hints(document: Document) -> bool:
    source = document.text.lower()
    return any(hint in source for hint in _HINTS)


def _sold_out_text(document: Document) -> str:
    """Return the words by which the page says that its product is sold out."""
    body = document.tree.body
    behind = -1
    for node in body.traverse(include_text=True) if body else ():
        if node.tag == "h1" and behind < 0:
            behind = 0
        if node.tag != "-text" or behind < 0:
            continue
        text = (node.text_content or "").strip()
        behind += bool(text)
        if behind > NEAR_HEADING:
            break
        parent = node.parent
        if not text or len(text) > 60 or parent is None or parent.tag in UNSEEN:
            continue
        if _SOLD_OUT.match(text) and not is_aside(parent):
            return text
    return ""


def _has_buy_button(document: Document) -> bool:
    for node in document.tree.css(
        "button, input[type=submit], input[type=button], input[type=image], a"
    ):
        attributes = node.attributes
        if "disabled" in attributes:
            continue
        text = node.text(deep=True).strip() if node.tag != "input" else ""
        label = " ".join(
            str(attributes.get(name) or "") for name in ("value", "title", "aria-label", "alt")
        )
        if len(text) < 60 and BUY.search(f"{text} {label}") and not is_aside(node):
            return True
    return False
