"""Where a paged list stands. Pure."""

from dataclasses import dataclass
from math import ceil
from typing import Any


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that is shown: items `first` to `last` of `total`."""

    number: int
    total: int
    size: int
    shown: int

    @property
    def first(self) -> int:
        """Return the place of the first item shown, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Return the place of the last item shown."""
        return self.first + self.shown - 1

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, ceil(self.total / self.size))

    @property
    def previous(self) -> int | None:
        """Return the number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Return the number of the page after."""
        return self.number + 1 if self.number < self.pages else None


def page_number(text: str) -> int:
    """Return the page that a query string asks for; the first one for anything unusable."""
    return max(1, int(text[:7])) if text.isascii() and text.isdigit() else 1


def paging_of(answer: dict[str, Any], *, number: int, size: int) -> Paging:
    """Return where a page of the API stands in its list."""
    return Paging(number, answer["count"], size, len(answer["results"]))
