from dashboard.charts.bars import Part, stacked


def test_stacks_from_the_ground_and_fills_the_height_with_the_highest_bar() -> None:
    bars = stacked([[("good", 4), ("bad", 1)], [("good", 2), ("bad", 0)]], width=80, height=50)

    assert [(bar.x, bar.width) for bar in bars] == [(0, 30), (40, 30)]
    assert bars[0].parts == (Part("good", 10, 40), Part("bad", 0, 10))
    assert bars[1].parts == (Part("good", 30, 20),)


def test_shows_one_failure_among_thousands_as_a_pixel_taken_from_the_rest() -> None:
    (bar,) = stacked([[("good", 5000), ("bad", 1)]], width=10, height=50)

    assert bar.parts == (Part("good", 1, 49), Part("bad", 0, 1))


def test_is_empty_without_columns_and_flat_without_values() -> None:
    assert stacked([], width=10, height=10) == []
    assert stacked([[("good", 0)]], width=10, height=10)[0].parts == ()
