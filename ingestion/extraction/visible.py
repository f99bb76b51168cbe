"""The prices that a visitor sees, each with what speaks for it being the product's own."""

import functools
import re
from decimal import Decimal
from typing import Final

import msgspec
from selectolax.lexbor import LexborNode

from ingestion.extraction.document import Document, likeness, line_of
from ingestion.extraction.surroundings import is_aside
from prices.currencies import SIGN, currency_in
from prices.errors import PriceUnreadableError
from prices.money import amounts_in

MAX_TEXTS: Final = 20_000
MAX_NUMBERS: Final = 3_000
MAX_PRICES: Final = 300
LONGEST: Final = 60  # characters of a text that is a price, not a sentence with one
CLIMB: Final = 5
HOPS: Final = 4
SIBLINGS: Final = 8
_DIGIT: Final = re.compile(r"[0-9]")
_ONLY_CENTS: Final = re.compile(r"[.,]?[0-9]{2}")
_PRICE_LABEL: Final = re.compile(
    r"price|preis|prix|precio|prezzo|preco|preço|cena|ceny|hinta|pris(?![a-z])|prijs|harga|fiyat"
    r"|cost|amount|betrag|цена|tsena",
    re.IGNORECASE,
)
_STRONG_LABEL: Final = re.compile(
    r"current|sale|special|final|now|our-?price|offer|actual|selling|buybox|priceblock|main"
    r"|product-?price|price-?value|highlight|promo|aktion|angebot|itemprop-price|big|large",
    re.IGNORECASE,
)
_STRUCK_LABEL: Final = re.compile(
    r"(?<![a-z])old|was(?![a-z])|list-?price|listprice|strike|struck|msrp|rrp|uvp|compare|before|crossed"
    r"|original|retail|previous|reg(?:ular)?-?price|standard|normal-?price|line-?through|statt"
    r"|barr[eé]|antes|prima|ancien|streich",
    re.IGNORECASE,
)
_SALE_LABEL: Final = re.compile(r"sale|special|now|current|final", re.IGNORECASE)
_OTHER_LABEL: Final = re.compile(
    r"shipping|delivery|versand|livraison|saving|save|you-?save|discount|rabatt|installment"
    r"|instalment|monthly|finance|credit|klarna|affirm|afterpay|paypal|deposit|tax|vat|points"
    r"|reward|subtotal|total|cart|basket|unit-?price|base-?price|per-?unit|grundpreis|warranty"
    r"|protection|gift|coupon|voucher|shipping|filter|facet|range-?slider|min-?price|max-?price"
    r"|parcel|rate|bonus|cashback|hidden|tier|qty|quantity|badge|swatch|option",
    re.IGNORECASE,
)
_OTHER_WORDS: Final = re.compile(
    r"(?:ship|deliver|versand|livraison|spediz|env[ií]o|free|gratis|save|you save|spar|off|over"
    r"|orders?|month|mo\.|monat|mois|mese|mes(?![a-z])|from cart|rate|x\s*$|tax|vat|mwst|per "
    r"|credit|deposit|points|coupon|up to|minimum|rental|weekly|/\s?(?:kg|l|m|100|mo|month|wk))",
    re.IGNORECASE,
)
_STRUCK_WORDS: Final = re.compile(
    r"(?:was|list(?: price)?|msrp|rrp|uvp|reg(?:\.|ular)?(?: price)?|retail(?: price)?|orig(?:inal"
    r"|\.)?(?: price)?|statt|compare at|before|old price|instead of|antes|invece di|au lieu de"
    r"|prezzo di listino|de:|value)\s*:?\s*$",
    re.IGNORECASE,
)
# The last class of a rule of the page's own style sheet that strikes through.
_STRUCK_CLASS: Final = re.compile(
    r"\.([a-zA-Z][\w-]{2,60})(?:\[[\w=\"'-]{1,60}\])?\s{0,3}\{[^{}<>]{0,300}line-through"
)
_STRUCK_TAGS: Final = frozenset({"del", "s", "strike"})
UNSEEN: Final = frozenset(
    {"script", "style", "noscript", "template", "option", "select", "textarea", "title"}
)
BUY: Final = re.compile(
    r"add to (?:cart|bag|basket|trolley)|buy (?:it )?now|in den (?:warenkorb|einkaufswagen)"
    r"|ajouter au panier|aggiungi al carrello|añadir al carrito|comprar|do koszyka|do košíka"
    r"|купить|в корзину|in winkelwagen|adicionar|加入購物車|カートに入れる|立即購買",
    re.IGNORECASE,
)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One price that can be seen. `struck` ones are crossed out or called the old price."""

    amount: Decimal
    currency: str | None
    sign: str = ""
    struck: bool = False
    score: float = 0.0
    position: int = 0
    """Its place among the texts of the page."""
    where: str = ""


def prices_shown(document: Document, *, locale: str = "") -> list[Shown]:
    """Return the prices on the page, the likeliest to be the product's own first."""
    body = document.tree.body
    if body is None:
        return []
    texts, heading_at, buy_at = _texts(body, document.title)
    struck_classes = frozenset(_STRUCK_CLASS.findall(document.text))
    found: list[Shown] = []
    seen: set[int] = set()
    for position, node in texts[:MAX_NUMBERS]:
        holder, text = _holder(node)
        if holder.mem_id in seen:
            continue
        seen.add(holder.mem_id)
        nearness = _nearness(position, heading_at, buy_at)
        found += [
            msgspec.structs.replace(one, position=position)
            for one in _read(holder, text, nearness, struck_classes, locale)
        ]
        if len(found) >= MAX_PRICES:
            break
    return sorted(_with_repeats(found), key=lambda one: -one.score)


def _texts(
    body: LexborNode, title: str
) -> tuple[list[tuple[int, LexborNode]], int | None, int | None]:
    """Return the texts with digits and their place, and where the heading and buy button are.

    Of several headings it is the one that is most like the page's title.
    """
    found: list[tuple[int, LexborNode]] = []
    heading_at = buy_at = None
    best = -1.0
    position = 0
    for node in body.traverse(include_text=True):
        if node.tag == "h1" and (like := likeness(line_of(node), title)) > best:
            heading_at, best = position, like
        if node.tag != "-text":
            if buy_at is None and node.tag in {"button", "input"} and BUY.search(_label(node)):
                buy_at = position
            continue
        text = node.text_content or ""
        if not text.strip():
            continue
        position += 1
        if position > MAX_TEXTS:
            break
        parent = node.parent
        if parent is None or parent.tag in UNSEEN:
            continue
        if buy_at is None and len(text) < 80 and BUY.match(text.strip()):
            buy_at = position
        if _DIGIT.search(text) and len(text.strip()) <= LONGEST:
            found.append((position, parent))
    return found, heading_at, buy_at


def _holder(node: LexborNode) -> tuple[LexborNode, str]:
    """Return the smallest element around a text that holds a whole price with its currency."""
    text = _text(node)
    for _ in range(3):
        above = node.parent
        if above is None or above.tag in {"body", "li", "tr", "ul", "table"}:
            break
        is_whole = bool(SIGN.search(text) or currency_in(text))
        if is_whole and not _ONLY_CENTS.fullmatch(text.strip()):
            break
        wider = _text(above)
        if len(wider) > LONGEST // 2 or len(_amounts(wider, None)) > 1:
            break
        node, text = above, wider
    return node, text


def _text(node: LexborNode) -> str:
    """Return an element's text; small digits behind whole ones are cents."""
    parts: list[str] = []
    size = 0
    for one in node.traverse(include_text=True):
        if one.tag != "-text":
            continue
        parent = one.parent
        if parent is not None and parent.tag in UNSEEN:
            continue
        text = " ".join((one.text_content or "").split())
        if not text:
            continue
        small = parent is not None and parent.tag in {"sup", "sub", "small"}
        if small and _ONLY_CENTS.fullmatch(text) and parts and parts[-1][-1:].isdigit():
            if text.isdigit() and not re.search(r"[.,][0-9]{1,2}$", parts[-1]):
                text = f".{text}"
            parts[-1] += text
        else:
            parts.append(text)
        size += len(text)
        if size > 4 * LONGEST:
            break
    return " ".join(parts)


def _amounts(text: str, currency: str | None) -> list[Decimal]:
    try:
        return [amount for amount in amounts_in(text, currency=currency) if amount]
    except PriceUnreadableError:
        return []


def _read(
    node: LexborNode,
    text: str,
    nearness: float,
    struck_classes: frozenset[str],
    locale: str,
) -> list[Shown]:
    if len(text) > 2 * LONGEST:
        return []
    currency = currency_in(text, locale)
    sign = SIGN.search(text)
    has_label, for_labels = _judged(_labels(node))
    if not (sign or currency or has_label):
        return []
    amounts = _amounts(text, currency)
    if not amounts or len(amounts) > 2 or len(text) > LONGEST:
        return []
    score = 0.0
    score += for_labels
    score += 1 if sign or currency else 0
    score -= 4 if is_aside(node) else 0
    before = _text_before(node)
    context = f"{before} {text}"
    score -= 3 if _OTHER_WORDS.search(context) else 0
    score += nearness
    score -= len(text) / 60
    struck = (
        _is_struck(node, struck_classes)
        or _is_labelled_struck(_labels(node, 2))
        or bool(
            _STRUCK_WORDS.search(before)
            or _STRUCK_WORDS.search(text[: text.find(str(int(amounts[0])))][-30:])
        )
    )
    one = Shown(
        amount=amounts[0],
        currency=currency,
        sign=sign[0] if sign else "",
        struck=struck,
        score=score,
        where=f"page: {_path(node)}",
    )
    if len(amounts) == 2 and amounts[0] > amounts[1]:
        # Two prices in one text, the higher first: crossed out and asked.
        replaced = msgspec.structs.replace
        return [replaced(one, struck=True), replaced(one, amount=amounts[1])]
    return [one]


# Shops repeat the same few labels for all their prices.
@functools.lru_cache(maxsize=1024)
def _judged(labels: str) -> tuple[bool, int]:
    """Say whether class names call something a price, and how much they speak for it."""
    is_price = bool(_PRICE_LABEL.search(labels))
    score = 2 if is_price else 0
    score += 1 if _STRONG_LABEL.search(labels) else 0
    score -= 3 if _OTHER_LABEL.search(labels) else 0
    return is_price, score


@functools.lru_cache(maxsize=1024)
def _is_labelled_struck(labels: str) -> bool:
    return bool(_STRUCK_LABEL.search(labels)) and not _SALE_LABEL.search(labels)


def _nearness(position: int, heading_at: int | None, buy_at: int | None) -> float:
    score = 0.0
    if heading_at is not None:
        distance = position - heading_at
        score += (
            2.5 - min(distance, 250) / 100 if distance >= 0 else -1.0 + max(distance, -100) / 100
        )
    if buy_at is not None:
        score += max(0.0, 1.5 - abs(position - buy_at) / 40)
    return score


def _with_repeats(found: list[Shown]) -> list[Shown]:
    """Prices that are shown again, without being struck, count a little more."""
    times: dict[Decimal, int] = {}
    for one in found:
        if not one.struck:
            times[one.amount] = times.get(one.amount, 0) + 1
    return [
        msgspec.structs.replace(one, score=one.score + 0.3 * min(times.get(one.amount, 0) - 1, 3))
        if not one.struck
        else one
        for one in found
    ]


def _labels(node: LexborNode, climb: int = CLIMB) -> str:
    parts = []
    above: LexborNode | None = node
    for _ in range(climb):
        if above is None or above.tag in {"body", "html"}:
            break
        attributes = above.attributes
        parts += [
            attributes.get(name) or ""
            for name in (
                "class",
                "id",
                "itemprop",
                "data-automation-id",
                "data-test",
                "data-testid",
            )
        ]
        above = above.parent
    return " ".join(part for part in parts if part)[:600]


def _label(node: LexborNode) -> str:
    attributes = node.attributes
    return " ".join(
        str(attributes.get(name) or "") for name in ("value", "title", "aria-label", "id", "name")
    )[:200]


def _is_struck(node: LexborNode, struck_classes: frozenset[str]) -> bool:
    above: LexborNode | None = node
    for _ in range(4):
        if above is None:
            return False
        attributes = above.attributes
        if above.tag in _STRUCK_TAGS or "line-through" in (attributes.get("style") or ""):
            return True
        if struck_classes and not struck_classes.isdisjoint(
            (attributes.get("class") or "").split()
        ):
            return True
        above = above.parent
    return False


def _text_before(node: LexborNode) -> str:
    """Return the few words in front of an element."""
    above, before = node, node.prev
    for _ in range(HOPS):
        for _ in range(SIBLINGS):
            if before is None:
                break
            if text := _words(before):
                return text[-40:]
            before = before.prev
        parent = above.parent
        if parent is None or parent.tag in {"body", "td", "li", "div"}:
            return ""
        above, before = parent, parent.prev
    return ""


def _words(node: LexborNode) -> str:
    if node.tag == "-text":
        return " ".join((node.text_content or "")[-400:].split())
    return "" if node.tag in UNSEEN or node.tag == "-comment" else _text(node)


def _path(node: LexborNode) -> str:
    """Return a short CSS path, as evidence for people."""
    attributes = node.attributes
    name = attributes.get("id")
    classes = ".".join((attributes.get("class") or "").split()[:2])
    own = f"{node.tag}{f'#{name}' if name else ''}{f'.{classes}' if classes else ''}"
    parent = node.parent
    if name or parent is None or parent.tag == "body":
        return own[:100]
    above = parent.attributes
    outer = above.get("id") or ".".join((above.get("class") or "").split()[:1])
    return f"{parent.tag}{('#' if above.get('id') else '.') + outer if outer else ''} > {own}"[:100]
