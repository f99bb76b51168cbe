"""Who holds a lease: a process, told apart from every other, here and on other machines."""

import functools
import hashlib
import os
import socket
from contextlib import suppress
from pathlib import Path


def this_process() -> str:
    """Return the name of this process: machine, process id and when it started.

    At most 32 characters.
    """
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_started(pid)}"


def is_dead(holder: str) -> bool:
    """Say whether `holder` is a process of this machine that is gone; unknown is alive."""
    machine, pid, started = holder.split(":") if holder.count(":") == 2 else ("", "", "")
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return started != _started(int(pid))


@functools.cache
def _machine() -> str:
    # The boot id keeps a process of before a restart apart from one of now; the host name
    # keeps containers apart.
    boot = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return hashlib.sha256(f"{socket.gethostname()}/{boot}".encode()).hexdigest()[:8]


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty where it does not say.

    A process that ended and was not waited for has not started either.
    """
    with suppress(OSError, IndexError):
        # The name in parentheses may hold blanks; the rest does not.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state in "ZX" else fields[18]
    return ""
