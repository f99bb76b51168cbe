"""The step chart as SVG geometry, for pages without JavaScript. Pure: lines in, paths out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from dashboard.charts.sparkline import px
from dashboard.charts.steps import Lane, Line, Segment
from dashboard.charts.ticks import amount_ticks, time_ticks

WIDTH: Final = 960
PLOT_HEIGHT: Final = 300
LEFT: Final = 64  # room for the amounts
RIGHT: Final = 12
TOP: Final = 12
AXIS_HEIGHT: Final = 28
LANE_HEIGHT: Final = 6
OUT_HEIGHT: Final = 2  # a thin lane: not to be had
LANE_PLACE: Final = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick: where it is and what it says."""

    place: str
    label: str


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of a lane."""

    x: str
    y: int
    width: str
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class Track:
    """One line of the drawing with its lane below the chart."""

    name: str
    path: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole chart; all places in pixels of a `width` × `height` image."""

    width: int
    height: int
    bottom: int
    amounts: tuple[Mark, ...]
    times: tuple[Mark, ...]
    tracks: tuple[Track, ...]
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP


def draw(lines: Sequence[Line], *, start: datetime, end: datetime, decimals: int) -> Drawing | None:
    """Return the drawing of `lines` between two instants; `None` when there is nothing."""
    amounts = [part.amount for line in lines for part in line.segments]
    if not amounts or end <= start:
        return None
    ticks = amount_ticks(min(amounts), max(amounts))
    bottom = TOP + PLOT_HEIGHT

    def x(at: datetime) -> float:
        share = (min(max(at, start), end) - start) / (end - start)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(amount: float) -> float:
        return bottom - (amount - ticks[0]) / (ticks[-1] - ticks[0]) * PLOT_HEIGHT

    def path(segments: Sequence[Segment]) -> str:
        return "".join(
            _move(before, part, px(x(part.start)), px(y(part.amount))) + f"H{px(x(part.end))}"
            for before, part in pairwise([None, *segments])
            if part is not None
        )

    def box(lane: Lane, top: int) -> Box:
        height = OUT_HEIGHT if lane.kind == "out" else LANE_HEIGHT
        width = max(1.0, x(lane.end) - x(lane.start))
        return Box(
            px(x(lane.start)), top + (LANE_HEIGHT - height) // 2, px(width), height, lane.kind
        )

    def boxes(line: Line, top: int) -> tuple[Box, ...]:
        shown = (lane for lane in line.lanes if lane.end > start and lane.start < end)
        return tuple(box(lane, top) for lane in shown)

    lane_top = bottom + AXIS_HEIGHT
    return Drawing(
        width=WIDTH,
        height=lane_top + LANE_PLACE * len(lines),
        bottom=bottom,
        amounts=tuple(Mark(px(y(tick)), f"{tick:.{_places(ticks, decimals)}f}") for tick in ticks),
        times=tuple(Mark(px(x(tick.at)), tick.label) for tick in time_ticks(start, end)),
        tracks=tuple(
            Track(line.name, path(line.segments), boxes(line, lane_top + LANE_PLACE * number))
            for number, line in enumerate(lines)
        ),
    )


def _move(before: Segment | None, part: Segment, x: str, y: str) -> str:
    """Go on from the segment before, or begin anew after a gap."""
    return f"V{y}" if before is not None and before.end == part.start else f"M{x} {y}"


def _places(ticks: Sequence[float], decimals: int) -> int:
    return 0 if all(tick == int(tick) for tick in ticks) else max(decimals, 1)
