from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.charts.steps import Lane, Segment, aligned, line_of, seconds

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + 10 * DAY


def at(day: float) -> str:
    return (START + day * DAY).isoformat().replace("+00:00", "Z")


def history(
    *points: tuple[float, str, str], gaps: tuple[tuple[float, float, str], ...] = (), **more: Any
) -> dict[str, Any]:
    return {
        "points": [
            {"at": at(day), "amount": amount, "currency": "EUR", "availability": stock}
            for day, amount, stock in points
        ],
        "gaps": [{"start": at(a), "end": at(b), "reason": reason} for a, b, reason in gaps],
        "offer": {"checked_at": more.get("checked_at", at(10))},
    }


def segment(start: float, end: float, amount: float, *, buyable: bool = True) -> Segment:
    return Segment(START + start * DAY, START + end * DAY, amount, buyable)


def lane(start: float, end: float, kind: str) -> Lane:
    return Lane(START + start * DAY, START + end * DAY, kind)


def test_a_price_holds_until_the_next_one_and_the_last_to_the_end() -> None:
    told = history((0, "10.00", "in_stock"), (4, "8.50", "in_stock"))

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.segments == (segment(0, 4, 10.0), segment(4, 10, 8.5))
    assert line.lanes == (lane(0, 10, "in"),)


def test_lanes_tell_in_stock_from_out_of_stock() -> None:
    told = history((0, "10", "in_stock"), (2, "10", "out_of_stock"), (5, "10", "preorder"))

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.lanes == (lane(0, 2, "in"), lane(2, 5, "out"), lane(5, 10, "in"))


def test_a_gap_cuts_the_line_and_only_an_unchecked_one_has_a_lane() -> None:
    gaps = ((2.0, 3.0, "not_checked"), (6.0, 7.0, "missing"))
    told = history((0, "10", "in_stock"), gaps=gaps)

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.segments == (segment(0, 2, 10.0), segment(3, 6, 10.0), segment(7, 10, 10.0))
    assert [one.kind for one in line.lanes] == ["in", "unchecked", "in", "in"]


def test_the_last_known_price_is_drawn_on_but_its_lane_says_that_nobody_looked() -> None:
    told = history((0, "10", "in_stock"), checked_at=at(8))

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.segments == (segment(0, 10, 10.0),)
    assert line.lanes == (lane(0, 8, "in"), lane(8, 10, "unchecked"))


def test_a_check_of_the_last_day_is_fresh_enough() -> None:
    told = history((0, "10", "in_stock"), checked_at=at(9.5))

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.lanes == (lane(0, 10, "in"),)


def test_amounts_of_another_currency_are_left_out() -> None:
    told = history((0, "10", "in_stock"), (4, "1500", "in_stock"))
    told["points"][1]["currency"] = "JPY"

    line = line_of(told, name="Shop", currency="EUR", end=END)

    assert line.segments == (segment(0, 4, 10.0),)


def test_lines_share_one_time_axis() -> None:
    first = line_of(
        history((0, "10", "in_stock"), (4, "8", "in_stock")), name="A", currency="EUR", end=END
    )
    second = line_of(history((2, "9", "in_stock")), name="B", currency="EUR", end=END)

    instants, values = aligned([first, second])

    assert instants == [seconds(START + day * DAY) for day in (0, 2, 4, 10)]
    assert values == [[10.0, 10.0, 8.0, 8.0], [None, 9.0, 9.0, 9.0]]


def test_a_gap_is_nothing_from_its_begin_on_and_the_last_end_repeats_its_amount() -> None:
    gaps = ((2.0, 3.0, "not_checked"), (8.0, 10.0, "missing"))
    line = line_of(history((0, "10", "in_stock"), gaps=gaps), name="A", currency="EUR", end=END)

    instants, values = aligned([line])

    assert instants == [seconds(START + day * DAY) for day in (0, 2, 3, 8)]
    assert values == [[10.0, None, 10.0, 10.0]]


def test_an_offer_without_points_is_an_empty_line() -> None:
    line = line_of(history(), name="A", currency="EUR", end=END)

    assert aligned([line]) == ([], [[]])
    assert line.lanes == ()
