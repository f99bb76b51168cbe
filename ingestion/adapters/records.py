"""Reading files of records (XML items, TSV, CSV, JSON Lines) as plain names and texts, and
what a price in them says. Pure.

What a file is shows in its first bytes, not in its name. Whatever declares a document type
or entities is refused: no feed needs them, and bombs are made of them.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Final
from xml.parsers import expat

from ingestion.adapters.items import BOM
from ingestion.errors import ContentError
from prices.errors import PriceUnreadableError
from prices.money import CODES, Money, parse_price

Record = Mapping[str, str]
MAX_BYTES: Final = 256 * 1024 * 1024  # of a whole file; the usual limit is for pages
PRICE: Final = re.compile(
    r"(?:([A-Z]{3}) ?)?([0-9]{1,12}(?:\.[0-9]{1,4})?)(?: ?([A-Z]{3}))?", re.ASCII
)
ITEMS: Final = frozenset({"item", "entry", "product", "offer"})
GOOGLE: Final = "http://base.google.com/ns/1.0"
DELIMITERS: Final = "\t,;|"
CHUNK_BYTES: Final = 64 * 1024
MAX_FIELD: Final = 1_000_000
SNIFFED: Final = 4096
EMPTY: Final = frozenset({"", "null", "none", "nan", "n/a", "-"})


def records_of(body: bytes) -> Iterator[Record]:
    """Return the records of a file, each as lower-case name → stripped text, one at a time.

    Raises:
        ContentError: it is no such file, or is damaged; the text says where.
    """
    start = body[:SNIFFED].removeprefix(BOM).lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise ContentError("expected a feed, the server sent an HTML page")
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _xml(body)
    text = _text(body)
    first = text.lstrip()[:1]
    if first == "{":
        return _json_lines(text)
    if first == "[":
        raise ContentError("expected a feed or a table, the server sent a JSON list")
    return _table(text)


def _text(body: bytes) -> str:
    utf16 = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = body.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(
            f"the text is not UTF-8 (byte {error.start}); save the file as UTF-8"
        ) from error
    if not text.strip():
        raise ContentError("the file is empty")
    return text


def clean(value: str | None) -> str:
    """Return a text without blanks and stray quotes around it; empty when it says nothing."""
    text = (value or "").strip()
    while len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return "" if text.lower() in EMPTY else text


def _table(text: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_FIELD)
    line = 0
    try:
        rows = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text))
        names = [clean(name).lower() for name in next((row for row in rows if any(row)), [])]
        if len(names) < 2:
            raise ContentError("expected a feed or a table, the text has no columns")
        for row in rows:
            line = rows.line_num
            if any(row) and [cell.lower() for cell in row] != names:
                yield {name: clean(cell) for name, cell in zip(names, row, strict=False) if cell}
    except csv.Error as error:
        raise ContentError(f"after line {line}: {error}") from error


def _delimiter(text: str) -> str:
    """Return the mark that gives the first line the most columns."""
    head = text.lstrip("\r\n").partition("\n")[0]
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([head], delimiter=mark), [])))


def _json_lines(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError) as error:
            raise ContentError(f"line {number} is no JSON object") from error
        if not isinstance(value, dict):
            raise ContentError(f"line {number} is no JSON object")
        yield {
            name.lower(): clean(str(part).lower() if isinstance(part, bool) else str(part))
            for name, part in value.items()
            if part is not None and not isinstance(part, dict | list)
        }


def _xml(body: bytes) -> Iterator[Record]:
    reader = _ItemReader()
    try:
        for start in range(0, len(body), CHUNK_BYTES):
            reader.parser.Parse(body[start : start + CHUNK_BYTES], False)
            yield from reader.taken()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ContentError(
            f"the XML is damaged at line {error.lineno}: {expat.ErrorString(error.code)}"
        ) from error
    yield from reader.taken()


class _ItemReader:
    """Collects the direct children of items; what lies deeper (shipping prices) is not theirs."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._items: list[Record] = []
        self._item: dict[str, str] | None = None
        self._depth = 0
        self._text: list[str] = []

    def taken(self) -> list[Record]:
        items, self._items = self._items, []
        return items

    def _refuse(self, *_: object) -> None:
        raise ContentError("the XML declares a document type or entities, which is refused")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        if self._item is None:
            if local in ITEMS:
                self._item = {name.lower(): value for name, value in attributes.items()}
                self._depth = 0
            return
        self._depth += 1
        if self._depth == 1:
            self._text = []
            if local == "link" and "href" in attributes:  # Atom
                self._item.setdefault("link", clean(attributes["href"]))

    def _characters(self, text: str) -> None:
        if self._depth == 1:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if self._item is None:
            return
        if self._depth == 0:
            self._items.append(self._item)
            self._item = None
            return
        if self._depth == 1:
            namespace, _, local = name.rpartition(" ")
            text = clean("".join(self._text))
            # Google's own field beats one of the same name of RSS or Atom, wherever it stands.
            if text and (namespace == GOOGLE or local.lower() not in self._item):
                self._item[local.lower()] = text
        self._depth -= 1


def sample_of(body: bytes, count: int) -> list[Record]:
    """Return the first records of a file."""
    return list(islice(records_of(body), count))


def money_of(text: str, currency: str | None) -> Money:
    """Return a price of a feed: "15.99 EUR", "EUR 15.99", or as people write it.

    Raises:
        PriceUnreadableError: it is none.
    """
    found = PRICE.fullmatch(text.strip().upper())
    if found is None:
        return parse_price(text, currency=currency)
    stated = found[1] or found[3]
    if stated and stated not in CODES:
        raise PriceUnreadableError(f"{stated} is not an ISO 4217 code")
    return Money(Decimal(found[2]), stated or currency)
