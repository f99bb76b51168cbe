"""Processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import Final

PARENT: Final = "PRICESTREAM_PARENT_PID"
PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def die_with_parent(signum: signal.Signals, *, parent: int | None = None) -> None:
    """Ask the kernel to send `signum` to this process when its parent dies (Linux).

    `parent` is who it should be: if it died before the call, nobody would tell any more.
    Elsewhere than on Linux this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signum))
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signum)


def die_with_service(signum: signal.Signals) -> None:
    """Do so towards `serve`, if it started this process."""
    parent = os.environ.get(PARENT, "")
    if parent.isdigit():
        die_with_parent(signum, parent=int(parent))


def kill_group(pid: int) -> None:
    """Kill a process that leads its own group, with everything in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
