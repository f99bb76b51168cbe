"""Whether the page's own product can be bought, as stated and as shown. Pure."""

import re
from typing import Final

from ingestion.extraction.document import Document
from ingestion.extraction.visible import BUY
from prices.types import Availability

_SOLD_OUT: Final = re.compile(
    r"^\W*(?:this (?:item|product) is )?(?:currently |temporarily )?(?:sold ?out|out of stock"
    r"|unavailable|no longer available|not available|ausverkauft|nicht (?:auf lager|verfügbar"
    r"|lieferbar)|vergriffen|épuisé|rupture de stock|indisponible|agotado|sin stock|esgotado"
    r"|non disponibile|esaurito|uitverkocht|niet op voorraad|slutsåld|wyprzedan\w|vyprodáno"
    r"|нет в наличии|распродан\w|売り切れ|在庫切れ|缺貨|已售完|אזל)\W*(?:online)?\W*$",
    re.IGNORECASE,
)


def stock_shown(document: Document, stated: Availability | None) -> tuple[Availability, str]:
    """Return whether the product can be bought, and where that was seen."""
    if stated is not None:
        return stated, "availability"
    if _has_buy_button(document):
        return Availability.IN_STOCK, "page: a button to buy it"
    return Availability.UNKNOWN, ""


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
        if len(text) < 60 and BUY.search(f"{text} {label}"):
            return True
    return False
