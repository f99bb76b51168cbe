"""Stopping a service in the middle of a run."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Start, start_in_the_middle_of_a_run
from tests.e2e.service import Service, is_free
from tests.e2e.shops import Shops


def terminate(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)


def interrupt(service: Service) -> None:
    service.process.send_signal(signal.SIGINT)


def press_ctrl_c_twice(service: Service) -> None:
    os.killpg(service.process.pid, signal.SIGINT)
    service.until_said("Stopping")
    os.killpg(service.process.pid, signal.SIGINT)


def close_terminal(service: Service) -> None:
    os.killpg(service.process.pid, signal.SIGHUP)


@pytest.mark.parametrize(
    "stop",
    [terminate, interrupt, press_ctrl_c_twice, close_terminal],
    ids=lambda stop: stop.__name__,
)
def test_ends_in_time_with_nothing_running_and_nothing_left(
    start: Start, shops: Shops, stop: Callable[[Service], None]
) -> None:
    service = start_in_the_middle_of_a_run(start, shops)
    stored = service.database.value("SELECT count(*) FROM prices_offer")

    stop(service)

    assert service.end(within_s=30) == 0
    assert is_free(service.port)
    assert service.run_states() == {"Failed": 1}
    assert service.ended_with() == {"shutdown"}
    assert "Stopping ..." in service.lines
    assert service.lines[-1] == "Stopped."
    assert "Traceback" not in service.output
    assert service.database.value("SELECT count(*) FROM prices_offer") >= stored


def test_every_process_told_to_stop_at_once_leaves_nothing_running(
    start: Start, shops: Shops
) -> None:
    """As systemd does with `KillMode=control-group`."""
    service = start_in_the_middle_of_a_run(start, shops)

    for pid in [service.process.pid, *service.processes()]:
        os.kill(pid, signal.SIGTERM)

    assert service.end(within_s=30) in (0, 3)
    assert "Running" not in service.run_states()
    assert service.ended_with() <= {"shutdown", "process_died"}
