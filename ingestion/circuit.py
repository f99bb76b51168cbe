"""The circuit breaker of a provider: after failures in a row it is left alone for a while.

Pure: the state follows from two columns, so every process sees the same one.
"""

import enum
from datetime import datetime, timedelta
from typing import Final

OPENS_AFTER: Final = 5
LONGEST_PAUSE: Final = timedelta(hours=6)


class CircuitState(enum.StrEnum):
    """Closed: read as usual. Open: left alone. Half open: the next run is a probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


def circuit_state(
    failures_in_a_row: int, not_before: datetime | None, *, now: datetime
) -> CircuitState:
    """Return the state; a wait that the shop asked for (Retry-After) counts as open."""
    if not_before is not None and not_before > now:
        return CircuitState.OPEN
    return CircuitState.HALF_OPEN if failures_in_a_row >= OPENS_AFTER else CircuitState.CLOSED


def pause(failures_in_a_row: int, *, interval: timedelta) -> timedelta | None:
    """Return how long to leave a provider alone after so many failures; `None`: not at all.

    From the fifth failure on one interval, then twice as long each time, at most 6 hours.
    """
    if failures_in_a_row < OPENS_AFTER:
        return None
    doublings = min(failures_in_a_row - OPENS_AFTER, 16)
    return min(interval * (1 << doublings), LONGEST_PAUSE)
