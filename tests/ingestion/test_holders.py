"""Who holds a lease."""

import os
import subprocess
import sys

import pytest

from ingestion.holders import is_dead, this_process


def other_process(code: str = "") -> "subprocess.Popen[str]":
    """Return a process that has said its name and waits for its input to end."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from ingestion.holders import this_process;"
            f"print(this_process(), flush=True); {code or 'input()'}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_name_fits_its_column_and_is_the_same_each_time() -> None:
    assert this_process() == this_process()
    assert len(this_process()) <= 32


def test_a_process_is_alive_until_it_is_gone() -> None:
    process = other_process()
    assert process.stdout
    name = process.stdout.readline().strip()
    assert name != this_process()
    assert not is_dead(name)

    process.communicate("\n")

    assert is_dead(name)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others do not tell")
def test_a_process_that_ended_and_nobody_waited_for_is_dead() -> None:
    process = other_process("pass")
    assert process.stdout
    name = process.stdout.readline().strip()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert is_dead(name)

    process.communicate()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others do not tell")
def test_a_process_with_a_number_used_again_is_another() -> None:
    machine, pid, started = this_process().split(":")

    assert is_dead(f"{machine}:{pid}:{int(started) - 1}")


@pytest.mark.parametrize("name", ["", "elsewhere:1:1", "x", "a:b:c:d", "a:b:c"])
def test_what_cannot_be_known_is_alive(name: str) -> None:
    assert not is_dead(name)
