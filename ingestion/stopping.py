"""How a run learns that its process is to stop.

One byte of memory that processes forked from this one share: no lock, so a process that is
killed can leave nothing locked behind.
"""

import mmap
import time
from typing import Final

POLL_S: Final = 0.05


class StopFlag:
    """Set once, seen by this process and by all that were forked from it."""

    def __init__(self) -> None:
        """Start unset."""
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Ask to stop."""
        self._byte[0] = 1

    def is_set(self) -> bool:
        """Say whether it was asked."""
        return self._byte[0] == 1

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set, at most `timeout_s`; say whether it is."""
        until = time.monotonic() + timeout_s
        while not self.is_set() and time.monotonic() < until:
            time.sleep(POLL_S)
        return self.is_set()


_stop: Final = StopFlag()


def stop_requested() -> StopFlag:
    """Return the flag of this process tree."""
    return _stop
