import pytest

from dashboard.paging import page_number, paging_of


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("", 1), ("0", 1), ("-2", 1), ("x", 1), ("²", 1), ("9" * 5000, 9_999_999)],
    ids=["a number", "nothing", "zero", "negative", "a word", "superscript", "enormous"],
)
def test_a_page_that_cannot_be_is_the_first(text: str, number: int) -> None:
    assert page_number(text) == number


def test_says_which_items_are_shown_and_what_is_beside_them() -> None:
    paging = paging_of({"count": 60, "results": [1] * 25}, number=2, size=25)

    assert (paging.first, paging.last, paging.pages) == (26, 50, 3)
    assert (paging.previous, paging.next) == (1, 3)


def test_an_empty_list_is_one_page() -> None:
    paging = paging_of({"count": 0, "results": []}, number=1, size=25)

    assert (paging.pages, paging.previous, paging.next) == (1, None, None)
