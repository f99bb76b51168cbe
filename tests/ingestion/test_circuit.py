"""The circuit breaker."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.circuit import CircuitState, circuit_state, pause

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, None), (4, None), (5, 10), (6, 20), (7, 40), (10, 320), (11, 360)]
)
def test_pauses_from_the_fifth_failure_on_and_doubles_to_six_hours(
    failures: int, minutes: int | None
) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert pause(failures, interval=TEN) == expected


def test_survives_any_number_of_failures() -> None:
    assert pause(10**9, interval=timedelta(days=7)) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("failures", "not_before", "state"),
    [
        (0, None, CircuitState.CLOSED),
        (4, None, CircuitState.CLOSED),
        (5, NOW + TEN, CircuitState.OPEN),
        (1, NOW + TEN, CircuitState.OPEN),
        (5, NOW, CircuitState.HALF_OPEN),
        (1, NOW - TEN, CircuitState.CLOSED),
    ],
)
def test_follows_from_two_columns(
    failures: int, not_before: datetime | None, state: CircuitState
) -> None:
    assert circuit_state(failures, not_before, now=NOW) is state
