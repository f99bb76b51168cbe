"""How the API reads bodies."""

import json
import math
import re
from typing import IO, Any, Final, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST: Final = 32  # far more than any body of ours, far less than Python's own limit
TOO_DEEP: Final = f"The body is nested deeper than {DEEPEST} levels."

SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class BoundedJSONParser(JSONParser):
    """JSON as RFC 8259 has it: UTF-8, numbers that are numbers, and nested only so deep."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Return the value in `stream`.

        Raises:
            ParseError: it is not JSON, or nested deeper than 32 levels.
        """
        try:
            text = stream.read().decode()
            value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
            if SURROGATE.search(text):
                json.dumps(value, ensure_ascii=False).encode()  # half a pair is no text
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from error
        if _is_deeper_than(value, DEEPEST):
            raise ParseError(TOO_DEEP)
        return value


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name[:20]} is not a number")


def _is_deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
