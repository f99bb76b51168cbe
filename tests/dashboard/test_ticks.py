from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.charts.ticks import amount_ticks, time_ticks

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (10.0, 20.0, [10, 12, 14, 16, 18, 20]),
        (9.99, 12.49, [9, 10, 11, 12, 13]),
        (0.12, 0.19, [0.12, 0.14, 0.16, 0.18, 0.2]),
        (1299.0, 54000.0, [0, 20000, 40000, 60000]),
        (50.0, 50.0, [45, 50, 55]),
    ],
    ids=["tens", "between", "cents", "thousands", "one price"],
)
def test_amounts_are_marked_at_round_numbers(
    low: float, high: float, expected: list[float]
) -> None:
    assert amount_ticks(low, high) == expected


AMOUNTS = some.integers(min_value=1, max_value=10**11).map(lambda units: units / 10_000)


@given(
    AMOUNTS,
    AMOUNTS,
    some.integers(min_value=2, max_value=9),
)
def test_amount_marks_cover_every_range_with_few_marks(low: float, extra: float, most: int) -> None:
    ticks = amount_ticks(low, low + extra, most=most)

    assert ticks[0] <= low <= low + extra <= ticks[-1] + 1e-6
    assert 2 <= len(ticks) <= most + 1
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(hours=8), ["1 Jan", "01:00", "02:00"]),
        (timedelta(days=2), ["1 Jan", "06:00", "12:00"]),
        (timedelta(days=7), ["1 Jan", "2 Jan", "3 Jan"]),
        (timedelta(days=90), ["12 Jan", "26 Jan", "9 Feb"]),
        (timedelta(days=365), ["2026", "Mar 2026", "May 2026"]),
        (timedelta(days=3650), ["2026", "2028", "2030"]),
    ],
    ids=["hours", "six hours", "days", "fortnights", "months", "years"],
)
def test_times_are_marked_at_starts_of_hours_days_and_months(
    length: timedelta, expected: list[str]
) -> None:
    ticks = time_ticks(NEW_YEAR, NEW_YEAR + length)

    assert [tick.label for tick in ticks][:3] == expected


@given(
    some.integers(min_value=0, max_value=20_000_000),
    some.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=12000)),
)
def test_time_marks_are_few_and_inside(minutes: int, length: timedelta) -> None:
    begin = NEW_YEAR + timedelta(minutes=minutes)

    ticks = time_ticks(begin, begin + length)

    assert len(ticks) <= 9
    assert all(begin <= tick.at <= begin + length for tick in ticks)


def test_falls_back_to_both_ends_for_centuries() -> None:
    ticks = time_ticks(datetime(1000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC))

    assert [tick.label for tick in ticks] == ["1000", "2000"]
