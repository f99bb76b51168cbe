"""What surrounds an element: does it belong to the page's own product, is it crossed out?"""

import functools
import re
from typing import Final

from selectolax.lexbor import LexborNode

MAX_CLIMB: Final = 40
_ASIDE: Final = re.compile(
    r"related|recommend|similar|upsell|up-sell|cross-?sell|crosssell|sponsor|also-?(?:bought|viewed|like)"
    r"|alsobought|alsoviewed|customers-?who|you-?may|youmay|recently|last-?viewed|bestsell|best-sell|accessor(?:y|ies)"
    r"|carousel-?prod|other-?products|more-?products|product-?(?:list|grid|carousel|slider)|suggest"
    r"|mini-?cart|minicart|cart-?(?:drawer|items|preview)|mega-?menu|complement|bundle|frequently"
    r"|popular|trending|wishlist|compare-?products|prodotti-?correlati|aehnlich|ähnlich|zubehoer|"
    r"empfehlung|gesehen|correlat|relacionad|associes|similaires",
    re.IGNORECASE,
)
_ASIDE_TAGS: Final = frozenset({"nav", "footer", "aside", "header"})


@functools.lru_cache(maxsize=1024)
def _names_others(label: str) -> bool:
    return bool(_ASIDE.search(label))


def is_aside(node: LexborNode) -> bool:
    """Say whether an element stands among related, sponsored or recently viewed things."""
    above: LexborNode | None = node
    for _ in range(MAX_CLIMB):
        if above is None or above.tag in {"body", "html"}:
            return False
        if above.tag in _ASIDE_TAGS:
            return True
        attributes = above.attributes
        label = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if _names_others(label[:300]):
            return True
        above = above.parent
    return False
