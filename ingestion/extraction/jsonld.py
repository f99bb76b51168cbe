"""JSON-LD as shops write it: wrapped in comments, with trailing commas, broken off."""

import html
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ingestion.extraction.document import Document

MAX_SALVAGED: Final = 5
MAX_BLOCK: Final = 1_000_000  # characters of one script
_WRAPPING: Final = re.compile(
    r"<!--|-->|//\s{0,4}<!\[CDATA\[|//\s{0,4}\]\]>|/\*\s{0,4}<!\[CDATA\[\s{0,4}\*/|/\*\s{0,4}\]\]>\s{0,4}\*/|<!\[CDATA\[|\]\]>"
)
_OFFERS: Final = re.compile(r'"offers"\s{0,9}:\s{0,9}(?=[\[{])')
_NAME: Final = re.compile(r'"name"\s{0,9}:\s{0,9}"((?:[^"\\\n]|\\.){1,300})"')
# A text that is never closed ends with the block, or each quote in it would be looked at anew.
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|,\s*(?=[}\]])', re.DOTALL)
_DECODER: Final = json.JSONDecoder(strict=False)


def blocks_of(document: Document) -> Iterator[Any]:
    """Return the values of a page's JSON-LD scripts, in order, as far as they can be read."""
    for node in document.tree.css('script[type*="ld+json" i]'):
        yield from values_in(node.text()[:MAX_BLOCK])


def values_in(text: str) -> list[Any]:
    """Return the JSON values in one script. Never raises."""
    clean = text.strip().strip("\ufeff;").strip()
    try:
        return [msgspec.json.decode(clean)]
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    clean = _WRAPPING.sub("", clean).strip()
    if clean.startswith(("{&quot;", "[&quot;", "[{&quot;")):
        clean = html.unescape(clean)
    for attempt in (clean, _without_trailing_commas(clean)):
        try:
            return _all_values(attempt)
        except (ValueError, RecursionError):
            continue
    return _salvaged(clean)


def _all_values(text: str) -> list[Any]:
    """Return the values that follow each other in `text`; what trails the last is ignored."""
    values: list[Any] = []
    position = 0
    while position < len(text) and len(values) < 50:
        try:
            value, position = _DECODER.raw_decode(text, position)
        except ValueError:
            if values:
                break
            raise
        values.append(value)
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n;,"))
    return values


def _without_trailing_commas(text: str) -> str:
    return _TOKEN.sub(lambda found: "" if found[0].startswith(",") else found[0], text)


def _salvaged(text: str) -> list[Any]:
    """Return what can be had of a broken block: its offers, under its first name."""
    for found in itertools.islice(_OFFERS.finditer(text), MAX_SALVAGED):
        try:
            offers, _ = _DECODER.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            continue
        name = _NAME.search(text)
        shown = html.unescape(name[1]) if name else ""
        return [{"@type": "Product", "name": shown, "offers": offers}]
    return []
