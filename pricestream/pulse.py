"""Whether signs of life still come, by this process's own clock. Pure but for the clock."""

import time
from collections.abc import Callable
from datetime import datetime


class Pulse:
    """Tells that signs stopped coming.

    By a clock that a sleeping laptop stops, and that differences between the clocks of
    machines cannot fool: only that a sign is another one than before counts.
    """

    def __init__(self, gone_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now; it is gone when no new sign comes for `gone_after_s`."""
        self._gone_after_s = gone_after_s
        self._clock = clock
        self._last: datetime | None = None
        self._changed_at = clock()

    def feel(self, sign: datetime | None) -> None:
        """Take note of the newest sign."""
        if sign != self._last:
            self._last = sign
            self.restart()

    def restart(self) -> None:
        """Begin anew: no sign was to be expected up to now."""
        self._changed_at = self._clock()

    @property
    def is_gone(self) -> bool:
        """Say whether no new sign came for too long."""
        return self._clock() - self._changed_at > self._gone_after_s
