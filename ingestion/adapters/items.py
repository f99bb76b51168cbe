"""Reading lists of items out of JSON, for the adapters. Pure.

A page is decoded at once into typed values, skipping what nobody asked for. Only when that
fails is it taken apart, so that one malformed item is refused and the others are kept.
"""

from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from ingestion.adapters.base import Answer
from ingestion.errors import ContentError
from prices.types import Rejection

Item = TypeVar("Item")
SHOWN: Final = 80
BOM: Final = b"\xef\xbb\xbf"
UNREADABLE: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def decode_items(
    answer: Answer, field: str | None, kind: type[Item]
) -> tuple[list[Item], list[Rejection]]:
    """Return the items under `field` of the answer's JSON (the answer itself when `None`).

    Raises:
        ContentError: the answer is no JSON, or has no such list.
    """
    typed: Any = kind
    body = answer.body.removeprefix(BOM)
    try:
        if field is None:
            return _decoder(_list_of(typed)).decode(body), []
        return getattr(_decoder(_envelope(field, typed)).decode(body), field), []
    except msgspec.ValidationError:
        return _one_by_one(body, field, kind)
    except UNREADABLE as error:
        raise not_json(answer) from error


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the answer as a JSON object; empty when it is none."""
    try:
        value = msgspec.json.decode(answer.body.removeprefix(BOM))
    except UNREADABLE:
        return {}
    return value if isinstance(value, dict) else {}


def not_json(answer: Answer) -> ContentError:
    """Word what came instead of JSON."""
    start = answer.body[:400].decode("utf-8", "replace")
    if "<html" in start.lower() or "<!doctype" in start.lower():
        return ContentError("expected JSON, the server sent an HTML page")
    shown = "".join(char if char.isprintable() else " " for char in start)[:SHOWN]
    return ContentError(f"expected JSON, the answer begins with {shown!r}")


def _one_by_one(
    body: bytes, field: str | None, kind: type[Item]
) -> tuple[list[Item], list[Rejection]]:
    try:
        value = msgspec.json.decode(body)
    except UNREADABLE as error:
        raise ContentError("the JSON cannot be read") from error
    items = value if field is None else value.get(field) if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise ContentError(f"the JSON has no list {field!r}" if field else "the JSON is no list")
    good: list[Item] = []
    rejected: list[Rejection] = []
    for item in items:
        try:
            good.append(msgspec.convert(item, kind))
        except msgspec.ValidationError as error:
            identifier = item.get("id", "") if isinstance(item, dict) else ""
            rejected.append(
                Rejection(external_id=str(identifier)[:SHOWN], code="bad_item", message=str(error))
            )
    return good, rejected


@cache
def _envelope(field: str, kind: Any) -> Any:
    return msgspec.defstruct("Envelope", [(field, _list_of(kind))])


def _list_of(kind: Any) -> Any:
    return list[kind]


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
