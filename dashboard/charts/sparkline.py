"""The small step line beside a product. Pure: points in, SVG geometry out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

WIDTH: Final = 120
HEIGHT: Final = 28
PAD: Final = 3  # room for the stroke and the dot at the end


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`line` is a path, `x` and `y` where it ends, `area` the path closed to the ground."""

    line: str
    area: str
    x: str
    y: str
    low: float
    high: float


def sparkline(
    points: Sequence[tuple[datetime, float]], *, start: datetime, end: datetime
) -> Sparkline | None:
    """Return the steps of `points` between two instants; `None` without a point.

    What held before `start` begins there. A price that never moved is a line in the middle.
    """
    if not points or end <= start:
        return None
    shown = [(max(at, start), value) for at, value in points if at <= end] or [points[0]]
    values = [value for _, value in shown]
    low, high = min(values), max(values)

    def x(at: datetime) -> float:
        return PAD + (WIDTH - 2 * PAD) * ((at - start) / (end - start))

    def y(value: float) -> float:
        if high == low:
            return HEIGHT / 2
        return HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - low) / (high - low)

    first_at, first = shown[0]
    steps = [f"M{px(x(first_at))} {px(y(first))}"]
    steps += [f"H{px(x(at))}V{px(y(value))}" for at, value in shown[1:]]
    line = "".join(steps) + f"H{px(x(end))}"
    area = f"{line}V{HEIGHT}H{px(x(first_at))}Z"
    return Sparkline(line, area, px(x(end)), px(y(values[-1])), low, high)


def px(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, always with a point."""
    return f"{value:.1f}".removesuffix(".0")
