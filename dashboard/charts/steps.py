"""The histories of several offers as steps over one time axis. Pure: the API's JSON in.

A price holds until the next one, so a line is made of level segments. Where the offer was not
listed, or nobody looked, there is no segment: unchanged and unknown are not the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

BUYABLE: Final = frozenset({"in_stock", "preorder", "backorder", "unknown"})
STALE_AFTER: Final = timedelta(days=1)  # without a look since, what is drawn is the last known
NOT_CHECKED: Final = "not_checked"


class Segment(NamedTuple):
    """A stretch in which one price held."""

    start: datetime
    end: datetime
    amount: float
    buyable: bool


class Lane(NamedTuple):
    """A stretch below the chart: "in" stock, "out" of stock, or "unchecked"."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One offer in the chart."""

    name: str
    segments: tuple[Segment, ...]
    lanes: tuple[Lane, ...]


class Gap(NamedTuple):
    """A stretch of which nothing is known, and why."""

    start: datetime
    end: datetime
    reason: str


def line_of(history: Mapping[str, Any], *, name: str, currency: str | None, end: datetime) -> Line:
    """Return the line of one offer's history, as far as its prices are in `currency`.

    The last known price is drawn on to `end`; the lane says when nobody has looked since.
    """
    gaps = [
        Gap(_instant(gap["start"]), _instant(gap["end"]), gap["reason"]) for gap in history["gaps"]
    ]
    segments = tuple(
        piece
        for segment in _segments(history["points"], currency, end)
        for piece in _without(segment, gaps)
    )
    unseen = [gap for gap in gaps if gap.reason == NOT_CHECKED]
    unseen += _since_last_check(history["offer"]["checked_at"], end)
    seen = [piece for segment in segments for piece in _without(segment, unseen)]
    stock = [Lane(part.start, part.end, "in" if part.buyable else "out") for part in _merged(seen)]
    unchecked = [Lane(gap.start, gap.end, "unchecked") for gap in unseen]
    return Line(name, segments, tuple(sorted([*stock, *unchecked])))


def aligned(lines: Sequence[Line]) -> tuple[list[int], list[list[float | None]]]:
    """Return the instants at which any line changes (seconds since 1970), and each line there.

    `None` is where a line has nothing to show, from the instant on at which a gap begins. Only
    the very last segment repeats its amount at its end: no later point would draw it so far.
    """
    instants = sorted({at for line in lines for part in line.segments for at in part[:2]})
    return [seconds(at) for at in instants], [_values(line.segments, instants) for line in lines]


def seconds(at: datetime) -> int:
    """Return an instant as whole seconds since 1970."""
    return int(at.timestamp())


def _segments(
    points: Sequence[Mapping[str, Any]], currency: str | None, end: datetime
) -> Iterator[Segment]:
    starts = [_instant(point["at"]) for point in points]
    for point, (start, stop) in zip(points, pairwise([*starts, end]), strict=True):
        if point["currency"] == currency and start < stop:
            yield Segment(start, stop, float(point["amount"]), point["availability"] in BUYABLE)


def _since_last_check(checked_at: str | None, end: datetime) -> list[Gap]:
    last = _instant(checked_at) if checked_at else end
    return [Gap(last, end, NOT_CHECKED)] if end - last > STALE_AFTER else []


def _without(segment: Segment, gaps: Sequence[Gap]) -> Iterator[Segment]:
    """Cut the gaps out of a segment."""
    start = segment.start
    for gap in sorted(gaps):
        if gap.end <= start or gap.start >= segment.end:
            continue
        if gap.start > start:
            yield segment._replace(start=start, end=gap.start)
        start = max(start, gap.end)
    if start < segment.end:
        yield segment._replace(start=start)


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """Join neighbours that differ in the amount only: what the lanes are made of."""
    found: list[Segment] = []
    for part in segments:
        if found and found[-1].end == part.start and found[-1].buyable == part.buyable:
            found[-1] = found[-1]._replace(end=part.end)
        else:
            found.append(part)
    return found


def _values(segments: Sequence[Segment], instants: Sequence[datetime]) -> list[float | None]:
    values: list[float | None] = []
    last = segments[-1] if segments else None
    index = 0
    for at in instants:
        while index < len(segments) and segments[index].end <= at:
            index += 1
        part = segments[index] if index < len(segments) else None
        if last is not None and at == last.end:
            part = last
        values.append(part.amount if part is not None and part.start <= at else None)
    return values


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
