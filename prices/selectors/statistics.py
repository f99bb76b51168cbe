"""Statistics over an offer's history. Pure: segments in, figures out.

A point holds from its instant until the next one. Averages weigh each amount by how long it
held, so that a price of an hour does not count as much as one of a month.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from prices.services.plan import change_percent
from prices.types import Span

MAX_POINTS = 2000
SIZES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)  # hours, days and weeks of UTC all begin with it


class Point(NamedTuple):
    """One segment's begin."""

    at: datetime
    amount: Decimal
    list_amount: Decimal | None
    currency: str | None
    availability: str


class Bucket(NamedTuple):
    """What happened in one hour or day."""

    at: datetime
    low: Decimal
    high: Decimal
    average: Decimal
    last: Decimal
    currency: str | None
    availability: str


class Figures(NamedTuple):
    """Low, high and time-weighted average of a time range, in the newest point's currency."""

    low: Decimal
    high: Decimal
    average: Decimal
    currency: str | None


def clipped(points: Sequence[Point], span: Span) -> list[Point]:
    """Return the points within `span`; what held at its start begins there."""
    inside = [point for point in points if point.at > span.start]
    before = [point for point in points if point.at <= span.start]
    return ([before[-1]._replace(at=span.start)] if before else []) + inside


def figures(points: Sequence[Point], *, until: datetime) -> Figures | None:
    """Return the figures from the first point to `until`; `None` without a point.

    Only points in the currency of the newest one count.
    """
    if not points:
        return None
    currency = points[-1].currency
    weighed = [
        (point.amount, held) for point, held in _held(points, until) if point.currency == currency
    ]
    amounts = [amount for amount, _ in weighed]
    return Figures(min(amounts), max(amounts), _average(weighed), currency)


def amount_at(points: Sequence[Point], at: datetime) -> Decimal | None:
    """Return what the price was at an instant, in the newest point's currency, else `None`."""
    held = [point for point in points if point.at <= at]
    if not held or held[-1].currency != points[-1].currency:
        return None
    return held[-1].amount


def change_since(points: Sequence[Point], at: datetime) -> Decimal | None:
    """Return by how many percent the newest price differs from that of `at`."""
    old = amount_at(points, at)
    return None if old is None else change_percent(old, points[-1].amount)


def buckets(points: Sequence[Point], *, size: timedelta, until: datetime) -> list[Bucket]:
    """Return a bucket for every UTC hour, day or week since the first point."""
    found: list[Bucket] = []
    index = 0
    start = _floor(points[0].at, size) if points else until
    while start < until:
        end = min(start + size, until)
        while index + 1 < len(points) and points[index + 1].at <= start:
            index += 1
        stop = index
        while stop < len(points) and points[stop].at < end:
            stop += 1
        inside = clipped(points[index:stop], Span(start, end))
        if inside:
            summary = figures(inside, until=end)
            assert summary is not None  # noqa: S101 there is a point
            last = inside[-1]
            found.append(
                Bucket(
                    start,
                    summary.low,
                    summary.high,
                    summary.average,
                    last.amount,
                    last.currency,
                    last.availability,
                )
            )
        start += size
    return found


def thinned(points: Sequence[Point], *, most: int) -> list[Point]:
    """Return about `most` of `points`: the last one of each of so many equal stretches."""
    if len(points) <= most:
        return list(points)
    first = points[0].at
    width = (points[-1].at - first) / (most - 1)
    return list({(point.at - first) // width: point for point in points}.values())


def resolution_for(asked: str, points: Sequence[Point], *, until: datetime) -> str:
    """Return the finest resolution from `asked` on that gives at most 2,000 points.

    Beyond 2,000 days that is a week, also for who asked for days.
    """
    if not points:
        return "raw" if asked == "auto" else asked
    if asked in {"auto", "raw"} and len(points) <= MAX_POINTS:
        return "raw"
    first = points[0].at
    names = list(SIZES)
    for name in names[0 if asked in {"auto", "raw"} else names.index(asked) :]:
        if -((_floor(first, SIZES[name]) - until) // SIZES[name]) <= MAX_POINTS:
            return name
    return "week"


def _held(points: Sequence[Point], until: datetime) -> Iterator[tuple[Point, timedelta]]:
    ends = [*(point.at for point in points[1:]), until]
    for point, end in zip(points, ends, strict=True):
        yield point, max(end - point.at, timedelta(0))


def _average(weighed: Sequence[tuple[Decimal, timedelta]]) -> Decimal:
    seconds = sum((Decimal(held / timedelta(microseconds=1)) for _, held in weighed), Decimal(0))
    if not seconds:
        return weighed[-1][0]
    total = sum(
        (amount * Decimal(held / timedelta(microseconds=1)) for amount, held in weighed),
        Decimal(0),
    )
    return (total / seconds).quantize(Decimal("0.0001"))


def _floor(at: datetime, size: timedelta) -> datetime:
    return at - (at - MONDAY) % size
