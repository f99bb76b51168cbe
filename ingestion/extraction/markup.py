"""Microdata and RDFa as the same nodes as JSON-LD: `{"@type": […], property: [values]}`."""

from typing import Any, Final, NamedTuple

from selectolax.lexbor import LexborNode

from ingestion.extraction.document import Document, line_of
from ingestion.extraction.surroundings import is_aside

MAX_ITEMS: Final = 2000
MAX_PROPERTIES: Final = 4000
MAX_CLIMB: Final = 100  # elements between a property and the item that it belongs to
MAX_REFERENCES: Final = 50
ASIDE: Final = "@aside"  # marks an item that stands among related or sponsored ones


class Syntax(NamedTuple):
    """The attributes that one syntax uses."""

    source: str
    scope: str
    kind: str
    name: str


MICRODATA: Final = Syntax("microdata", "itemscope", "itemtype", "itemprop")
RDFA: Final = Syntax("RDFa", "typeof", "typeof", "property")


def items_of(document: Document, syntax: Syntax) -> list[dict[str, Any]]:
    """Return the items that stand by themselves, each with those it holds, in page order."""
    scopes = document.tree.css(f"[{syntax.scope}]")[:MAX_ITEMS]
    if not scopes:
        return []
    items = {node.mem_id: _item(node, syntax) for node in scopes}
    held: set[int] = set()
    for node in document.tree.css(f"[{syntax.name}]")[:MAX_PROPERTIES]:
        owner = _owner(node, items)
        names = (node.attributes.get(syntax.name) or "").split()
        if owner is None or not names:
            continue
        own = items.get(node.mem_id)
        if own is not None:
            held.add(node.mem_id)
        values = [own] if own is not None else _texts(node)
        for name in names:
            items[owner].setdefault(_plain(name), []).extend(values)
    _follow_references(document, scopes, items)
    top = [node for node in scopes if node.mem_id not in held]
    for node in top:
        if is_aside(node):
            items[node.mem_id][ASIDE] = True
    return [items[node.mem_id] for node in top]


def _item(node: LexborNode, syntax: Syntax) -> dict[str, Any]:
    kinds = (node.attributes.get(syntax.kind) or "").split()
    item: dict[str, Any] = {"@type": kinds}
    if address := node.attributes.get("itemid") or node.attributes.get("resource"):
        item["@id"] = address
    return item


def _owner(node: LexborNode, items: dict[int, dict[str, Any]]) -> int | None:
    above = node.parent
    for _ in range(MAX_CLIMB):
        if above is None:
            return None
        if above.mem_id in items:
            return above.mem_id
        above = above.parent
    return None


def _texts(node: LexborNode) -> list[Any]:
    """Return the value of a property, and the text shown for it where that differs."""
    attributes = node.attributes
    tag = node.tag
    stated = attributes.get("content")
    if stated is None and tag in {"a", "link", "area"}:
        stated = attributes.get("href")
    elif stated is None and tag in {"img", "source", "embed"}:
        stated = attributes.get("src") or attributes.get("data-src")
    elif stated is None and tag in {"data", "meter", "time"}:
        stated = attributes.get("value") or attributes.get("datetime")
    shown = line_of(node)
    values = [text for text in ((stated or "").strip(), shown) if text]
    return values[:1] if len(values) == 2 and values[0] == values[1] else values


def _follow_references(
    document: Document, scopes: list[LexborNode], items: dict[int, dict[str, Any]]
) -> None:
    """Add what microdata's itemref names: properties that stand elsewhere on the page."""
    named = [
        (node, name)
        for node in scopes
        for name in (node.attributes.get("itemref") or "").split()[:20]
    ]
    for node, name in named[:MAX_REFERENCES]:
        if not name.replace("-", "").replace("_", "").isalnum():
            continue
        there = document.tree.css_first(f'[id="{name}"]')
        if there is None:
            continue
        for one in [there, *there.css("[itemprop]")][:50]:
            prop = one.attributes.get("itemprop")
            if prop and one.mem_id not in items:
                items[node.mem_id].setdefault(_plain(prop.split()[0]), []).extend(_texts(one))
            elif prop and one.mem_id != node.mem_id:
                items[node.mem_id].setdefault(_plain(prop.split()[0]), []).append(items[one.mem_id])


def _plain(name: str) -> str:
    return name.rpartition("/")[2].rpartition("#")[2].rpartition(":")[2]
