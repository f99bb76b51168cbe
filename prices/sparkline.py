"""The course of a price as a small picture: a line of text, or the points of an SVG. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from prices.selectors.statistics import Point

BARS: Final = "▁▂▃▄▅▆▇█"


def as_text(points: Sequence[Point], *, until: datetime, columns: int) -> str:
    """Return one character per stretch of time, each the amount at its end; empty without any.

    Low is low within these points. What is in another currency than the newest point is left
    blank.
    """
    amounts = _sampled(points, until=until, count=columns)
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join(
        " " if amount is None else BARS[int((amount - low) / span * 7) if span else 0]
        for amount in amounts
    )


def as_steps(
    points: Sequence[Point], *, until: datetime, width: int, height: int
) -> list[tuple[float, float]]:
    """Return the corners of a step line in a box of `width` × `height` pixels, y downwards.

    A line needs one currency: only points in that of the newest one are drawn. Empty without
    any.
    """
    drawn = [point for point in points if point.currency == points[-1].currency]
    if not drawn:
        return []
    start, amounts = drawn[0].at, [point.amount for point in drawn]
    length = (until - start).total_seconds() or 1.0
    low, span = min(amounts), max(amounts) - min(amounts)
    corners: list[tuple[float, float]] = []
    for point in drawn:
        x = round((point.at - start).total_seconds() / length * width, 1)
        share = float((point.amount - low) / span) if span else 0.5
        y = round(height - share * height, 1)
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return [*corners, (float(width), corners[-1][1])]


def _sampled(points: Sequence[Point], *, until: datetime, count: int) -> list[Decimal | None]:
    if not points:
        return []
    start, currency = points[0].at, points[-1].currency
    step = (until - start) / count
    found: list[Decimal | None] = []
    index = 0
    for number in range(1, count + 1):
        # The last instant is `until` itself: a division may end a microsecond before it.
        at = until if number == count else start + step * number
        while index + 1 < len(points) and points[index + 1].at <= at:
            index += 1
        point = points[index]
        found.append(point.amount if point.currency == currency else None)
    return found
