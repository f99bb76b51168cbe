from datetime import UTC, datetime, timedelta

from dashboard.charts.sparkline import sparkline

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=30)


def test_steps_from_the_lowest_to_the_highest_price() -> None:
    points = [(START, 10.0), (START + timedelta(days=15), 20.0)]

    drawn = sparkline(points, start=START, end=END)

    assert drawn is not None
    assert drawn.line == "M3 25H60V3H117"
    assert drawn.area == "M3 25H60V3H117V28H3Z"
    assert (drawn.x, drawn.y, drawn.low, drawn.high) == ("117", "3", 10.0, 20.0)


def test_begins_at_the_left_edge_with_what_held_before() -> None:
    points = [(START - timedelta(days=400), 10.0), (START + timedelta(days=30), 5.0)]

    drawn = sparkline(points, start=START, end=END)

    assert drawn is not None
    assert drawn.line == "M3 3H117V25H117"


def test_begins_inside_where_the_first_price_is_younger() -> None:
    drawn = sparkline([(START + timedelta(days=15), 7.0)], start=START, end=END)

    assert drawn is not None
    assert drawn.line == "M60 14H117"


def test_is_a_line_in_the_middle_when_nothing_moved() -> None:
    drawn = sparkline([(START, 7.0)], start=START, end=END)

    assert drawn is not None
    assert drawn.line == "M3 14H117"


def test_leaves_out_what_comes_after_the_end() -> None:
    points = [(START, 7.0), (END + timedelta(hours=1), 70.0)]

    drawn = sparkline(points, start=START, end=END)

    assert drawn is not None
    assert drawn.high == 7.0


def test_is_nothing_without_a_point_or_without_a_length() -> None:
    assert sparkline([], start=START, end=END) is None
    assert sparkline([(START, 1.0)], start=END, end=END) is None
