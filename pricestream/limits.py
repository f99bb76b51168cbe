"""What is refused before anything reads it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpRequest

from pricestream.problems import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

PIECE: Final = 64 * 1024
PATIENCE: Final = 64 * 1024 * 1024


class LimitsMiddleware:
    """Refuses bodies above `DATA_UPLOAD_MAX_MEMORY_SIZE`, and encodings that are none of text.

    Django holds the limit only where it reads a body itself; REST framework reads the stream.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 413 or 415, or let the request pass."""
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            _discard(request)
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024
            return answer(request, 413, f"A body has at most {limit} MB.")
        if not _is_text_encoding(request.content_params or {}):
            return answer(request, 415, "The charset is not one of text; use UTF-8.")
        return self.get_response(request)


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _discard(request: HttpRequest) -> None:
    """Read the body and keep none of it: who is still sending would not see the answer."""
    left = PATIENCE
    while left > 0 and (piece := request.read(PIECE)):
        left -= len(piece)


def _is_text_encoding(params: dict[str, str]) -> bool:
    try:
        return bool(codecs.lookup(params.get("charset", "utf-8"))._is_text_encoding)
    except LookupError:
        return True  # Django does not use it
