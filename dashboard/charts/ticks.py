"""Where an axis has its marks, and what they say. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

_HOURS: Final = (1, 2, 3, 6, 12)
_DAYS: Final = (1, 2, 7, 14)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60)


class TimeTick(NamedTuple):
    """A mark of a time axis."""

    at: datetime
    label: str


def amount_ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Return round numbers that cover `low` to `high`, at most `most` + 1 of them.

    Steps are 1, 2 or 5 times a power of ten, so that people can read between the lines.
    """
    if high <= low:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    exact_low, exact_high = Decimal(str(low)), Decimal(str(high))
    candidates = (
        (
            step,
            int((exact_low / step).to_integral_value(ROUND_FLOOR)),
            int((exact_high / step).to_integral_value(ROUND_CEILING)),
        )
        for step in _round_steps((exact_high - exact_low) / most)
    )
    step, first, last = next(c for c in candidates if c[2] - c[1] <= most)
    return [float(number * step) for number in range(first, last + 1)]


def time_ticks(start: datetime, end: datetime, *, most: int = 8) -> list[TimeTick]:
    """Return the starts of hours, days or months (UTC) between two instants, at most `most`."""
    length = end - start
    for hours in _HOURS:
        if length / timedelta(hours=hours) <= most:
            return _labelled(_every(_midnight(start), timedelta(hours=hours)), start, end)
    for days in _DAYS:
        if length / timedelta(days=days) <= most:
            monday = _midnight(start) - timedelta(days=start.weekday() if days >= 7 else 0)
            return _labelled(_every(monday, timedelta(days=days)), start, end)
    for months in _MONTHS:
        if length / timedelta(days=30.4 * months) <= most:
            return _labelled(_month_starts(start, months), start, end)
    return [TimeTick(start, str(start.year)), TimeTick(end, str(end.year))]


def _round_steps(rough: Decimal) -> Iterator[Decimal]:
    """Return round steps from `rough` on, each larger than the one before."""
    power = Decimal(10) ** rough.adjusted()
    while True:
        for factor in (1, 2, 5):
            if factor * power >= rough:
                yield factor * power
        power *= 10


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _every(at: datetime, step: timedelta) -> Iterator[datetime]:
    while True:
        yield at
        at += step


def _month_starts(start: datetime, months: int) -> Iterator[datetime]:
    """Return the first of every so many months; the years begin with January."""
    at = _midnight(start).replace(month=1, day=1)
    while True:
        yield at
        month = at.month - 1 + months
        at = at.replace(year=at.year + month // 12, month=month % 12 + 1)


def _labelled(instants: Iterator[datetime], start: datetime, end: datetime) -> list[TimeTick]:
    found: list[TimeTick] = []
    for at in instants:
        if at > end:
            return found
        if at >= start:
            found.append(TimeTick(at, _label(at, end - start)))
    return found


def _label(at: datetime, length: timedelta) -> str:
    if length > timedelta(days=300):
        return f"{at:%b %Y}" if at.month > 1 else f"{at:%Y}"
    if at.hour:
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b}"
