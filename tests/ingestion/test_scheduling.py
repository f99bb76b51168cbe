"""When a provider is read next."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.scheduling import next_slot

TEN = timedelta(minutes=10)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{clock}:00").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        pytest.param("12:00", "12:00", "12:10", id="on-time"),
        pytest.param("12:00", "12:03", "12:10", id="a-late-run-does-not-shift-the-next"),
        pytest.param("12:00", "13:04", "13:10", id="missed-slots-are-not-made-up-for"),
        pytest.param("12:05", "12:00", "12:05", id="asked-for-before-its-time"),
        pytest.param("18:00", "12:00", "12:10", id="the-interval-was-shortened"),
    ],
)
def test_stays_on_the_grid(due: str, now: str, expected: str) -> None:
    assert next_slot(at(due), TEN, now=at(now)) == at(expected)


def test_begins_a_grid_with_the_first_run() -> None:
    assert next_slot(None, TEN, now=at("12:03")) == at("12:13")
