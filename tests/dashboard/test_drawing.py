from datetime import UTC, datetime, timedelta

from dashboard.charts.drawing import Box, Mark, draw
from dashboard.charts.steps import Lane, Line, Segment

START = datetime(2026, 3, 2, tzinfo=UTC)
MIDDLE = START + timedelta(days=5)
END = START + timedelta(days=10)


def test_draws_level_segments_joined_by_steps() -> None:
    line = Line("A", (Segment(START, MIDDLE, 10, True), Segment(MIDDLE, END, 20, True)), ())

    drawing = draw([line], start=START, end=END, decimals=2)

    assert drawing is not None
    assert drawing.tracks[0].path == "M64 312H506V12H948"
    assert [mark.label for mark in drawing.amounts] == ["10", "12", "14", "16", "18", "20"]
    assert drawing.times[0] == Mark("64", "2 Mar")


def test_begins_anew_after_a_gap() -> None:
    gone = timedelta(days=1)
    line = Line("A", (Segment(START, MIDDLE, 10, True), Segment(MIDDLE + gone, END, 10, True)), ())

    drawing = draw([line], start=START, end=END, decimals=2)

    assert drawing is not None
    assert drawing.tracks[0].path.count("M") == 2
    assert "V" not in drawing.tracks[0].path


def test_puts_the_lane_of_each_offer_below_the_axis() -> None:
    segments = (Segment(START, END, 10, True),)
    lines = [
        Line("A", segments, (Lane(START, MIDDLE, "in"), Lane(MIDDLE, END, "out"))),
        Line("B", segments, (Lane(START, END, "unchecked"),)),
    ]

    drawing = draw(lines, start=START, end=END, decimals=2)

    assert drawing is not None
    assert drawing.height == 360
    assert drawing.tracks[0].boxes == (
        Box("64", 340, "442", 6, "in"),
        Box("506", 342, "442", 2, "out"),
    )
    assert drawing.tracks[1].boxes == (Box("64", 350, "884", 6, "unchecked"),)


def test_labels_have_the_decimals_of_the_currency_where_the_marks_need_some() -> None:
    line = Line("A", (Segment(START, MIDDLE, 1.0, True), Segment(MIDDLE, END, 1.5, True)), ())

    drawing = draw([line], start=START, end=END, decimals=2)

    assert drawing is not None
    assert [mark.label for mark in drawing.amounts] == [
        "1.00",
        "1.10",
        "1.20",
        "1.30",
        "1.40",
        "1.50",
    ]


def test_is_nothing_without_a_segment() -> None:
    assert draw([Line("A", (), ())], start=START, end=END, decimals=2) is None
