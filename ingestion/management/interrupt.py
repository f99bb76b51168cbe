"""Being asked to stop, by SIGINT or SIGTERM, while a command is at work."""

import contextlib
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Set by the first signal; the second one ends the process at once."""

    def __init__(self) -> None:
        """Start unset."""
        self.signum: int | None = None

    def is_set(self) -> bool:
        """Say whether the process was asked to stop."""
        return self.signum is not None

    def wait(self) -> None:
        """Wait until asked to stop."""
        # An event of threading could be held by the very code that the signal interrupts.
        while not self.is_set():
            time.sleep(0.1)

    @property
    def exit_code(self) -> int:
        """Return what a shell shows for the signal: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.signum or 0)

    def note(self, signum: int, frame: FrameType | None) -> None:
        """Be the handler of a signal."""
        self.signum = signum
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Note the signals instead of dying of them; give them back at the end."""
    interrupt = Interrupt()
    before = {signum: signal.signal(signum, interrupt.note) for signum in SIGNALS}
    try:
        yield interrupt
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
