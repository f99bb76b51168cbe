"""How a run learns that its process is to stop."""

import threading
from typing import Final

_stop: Final = threading.Event()


def stop_requested() -> threading.Event:
    """Return the event that is set once this process is to stop."""
    return _stop
