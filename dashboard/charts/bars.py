"""Bars of runs over time. Pure: counts in, SVG geometry out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

GAP: Final = 0.25  # of a bar's place, between two of them


@dataclass(frozen=True, slots=True)
class Part:
    """One coloured part of a bar: its class, top and height in pixels."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; the parts are stacked from the ground up. `width` and places in pixels."""

    x: float
    width: float
    parts: tuple[Part, ...]


def stacked(
    columns: Sequence[Sequence[tuple[str, float]]], *, width: float, height: float
) -> list[Bar]:
    """Return a bar per column of (kind, value) pairs; the highest one fills the height.

    A value above zero is at least one pixel high, so that one failure among thousands shows.
    """
    if not columns:
        return []
    place = width / len(columns)
    top = max((sum(value for _, value in column) for column in columns), default=0) or 1
    return [
        Bar(round(index * place, 2), round(place * (1 - GAP), 2), _parts(column, top, height))
        for index, column in enumerate(columns)
    ]


def _parts(column: Sequence[tuple[str, float]], top: float, height: float) -> tuple[Part, ...]:
    """Stack from the ground; small values take their pixel from the largest one."""
    heights = [max(1.0, value / top * height) if value else 0.0 for _, value in column]
    over = sum(heights) - height
    if over > 0:
        largest = heights.index(max(heights))
        heights[largest] -= over
    parts, ground = [], height
    for (kind, value), tall in zip(column, heights, strict=True):
        if value:
            ground -= tall
            parts.append(Part(kind, round(ground, 2), round(tall, 2)))
    return tuple(parts)
