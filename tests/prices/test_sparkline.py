"""The course of a price as a small picture."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from prices.selectors.statistics import Point
from prices.sparkline import as_steps, as_text

START = datetime(2026, 3, 1, tzinfo=UTC)


def points(*told: tuple[int, str], currency: str = "EUR") -> list[Point]:
    return [
        Point(START + timedelta(days=day), Decimal(amount), None, currency, "in_stock")
        for day, amount in told
    ]


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def test_text_is_low_where_the_price_is_low() -> None:
    told = points((0, "10"), (2, "17"), (4, "13"))

    assert as_text(told, until=day(8), columns=8) == "▁██▄▄▄▄▄"


def test_text_of_a_price_that_never_moved_is_level() -> None:
    assert as_text(points((0, "10")), until=day(5), columns=5) == "▁▁▁▁▁"


def test_text_leaves_other_currencies_blank() -> None:
    told = [*points((0, "10")), *points((2, "900"), currency="JPY")]

    assert as_text(told, until=day(4), columns=4) == " ▁▁▁"


def test_there_is_nothing_to_draw_without_a_point() -> None:
    assert as_text([], until=day(1), columns=5) == ""
    assert as_steps([], until=day(1), width=100, height=20) == []


def test_steps_hold_each_amount_until_the_next() -> None:
    told = points((0, "10"), (5, "20"))

    assert as_steps(told, until=day(10), width=100, height=20) == [
        (0.0, 20.0),
        (50.0, 20.0),
        (50.0, 0.0),
        (100.0, 0.0),
    ]


def test_steps_of_a_price_that_never_moved_run_through_the_middle() -> None:
    assert as_steps(points((0, "10")), until=day(10), width=100, height=20) == [
        (0.0, 10.0),
        (100.0, 10.0),
    ]


def test_steps_leave_other_currencies_out() -> None:
    told = [*points((0, "10")), *points((5, "900"), currency="JPY")]

    assert as_steps(told, until=day(10), width=100, height=20) == [(0.0, 10.0), (100.0, 10.0)]


def test_a_point_that_has_just_been_stored_draws_a_line() -> None:
    assert as_steps(points((0, "10")), until=day(0), width=100, height=20) == [
        (0.0, 10.0),
        (100.0, 10.0),
    ]
