"""Reading whether something can be bought, in the spellings of shops and feeds. Pure."""

import re
from typing import Final

from prices.types import Availability

_WORD: Final = re.compile(r"[^a-z]+")

# By the letters alone: "https://schema.org/InStock", "in stock", "in_stock", "IN-STOCK".
_BY_LETTERS: Final = {
    **dict.fromkeys(
        """instock available instoreonly onlineonly limitedavailability limitedstock lowstock
        availablefororder availablenow yes true new""".split(),
        Availability.IN_STOCK,
    ),
    **dict.fromkeys(
        """outofstock soldout oos unavailable notavailable notinstock nostock temporarilyoutofstock
        currentlyunavailable reserved no false""".split(),
        Availability.OUT_OF_STOCK,
    ),
    **dict.fromkeys("preorder presale comingsoon".split(), Availability.PREORDER),
    **dict.fromkeys(
        "backorder backordered onbackorder madetoorder".split(), Availability.BACKORDER
    ),
    **dict.fromkeys("discontinued nolongeravailable".split(), Availability.DISCONTINUED),
}
_SCHEMA: Final = re.compile(r"^.*?schema\.org/+", re.IGNORECASE)


def availability_of(text: object) -> Availability:
    """Return what a field named availability (or stock) says; unknown for anything else.

    A whole number counts pieces: 0 is out of stock. Words are told by their letters alone.
    """
    if isinstance(text, bool):
        return Availability.IN_STOCK if text else Availability.OUT_OF_STOCK
    stated = str(text if text is not None else "").strip()[:200]
    if stated.isascii() and stated.isdigit():
        return Availability.IN_STOCK if int(stated) else Availability.OUT_OF_STOCK
    letters = _WORD.sub("", _SCHEMA.sub("", stated).lower())
    return _BY_LETTERS.get(letters, Availability.UNKNOWN)
