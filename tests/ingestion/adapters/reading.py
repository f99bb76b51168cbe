"""What an adapter reads from answers that are given by hand."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingestion.adapters.base import Adapter, Answer, Request
from ingestion.dryrun import quotes_of
from ingestion.errors import FetchError, HttpStatusError
from prices.types import Quote, Rejection

Given = Answer | FetchError | bytes | str | list[Any] | dict[str, Any]


class Served:
    """Answers by address; everything else is 404. `asked` remembers the addresses in order."""

    def __init__(self, answers: Mapping[str, Given] | Callable[[str], Given | None]) -> None:
        self._answers = answers if callable(answers) else answers.get
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request.url)
        given = self._answers(request.url)
        if given is None:
            raise HttpStatusError(404)
        if isinstance(given, FetchError):
            raise given
        return given if isinstance(given, Answer) else answer(given, url=request.url)


def answer(given: bytes | str | list[Any] | dict[str, Any], url: str = "") -> Answer:
    if isinstance(given, list | dict):
        return Answer(url=url, body=json.dumps(given).encode())
    return Answer(url=url, body=given.encode() if isinstance(given, str) else given)


def read(adapter: Adapter, served: Served) -> tuple[list[Quote], list[Rejection]]:
    found = list(quotes_of(adapter, served, max_requests=100))
    return (
        [one for one in found if isinstance(one, Quote)],
        [one for one in found if isinstance(one, Rejection)],
    )
