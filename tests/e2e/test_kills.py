"""kill -9 of each process: the service heals itself, or ends and the next start goes on."""

import os
import signal

import pytest

from tests.e2e.conftest import Start, start_in_the_middle_of_a_run
from tests.e2e.service import Service, until
from tests.e2e.shops import Shops

CAUSES = {"process_died", "shutdown"}


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def wait_for_completed_runs(service: Service, count: int) -> None:
    until(
        lambda: service.run_states() == {"Completed": count},
        what=f"{count} completed runs in {service.run_states()}\n{service.output}",
    )


def run_now(service: Service, token: str) -> None:
    """Ask for a run until nothing stands in its way."""
    until(
        lambda: service.api("runs", {}, token=token)[0] == 202,
        what="a run to be accepted",
    )


def test_an_idle_service_heals_itself_whichever_process_is_killed(start: Start) -> None:
    service = start().until_ready()
    wait_for_completed_runs(service, 1)
    token = service.sign_in()

    def first_worker() -> int:
        return service.children(of=service.sentinel)[0]

    def monitor() -> int:
        return service.children(of=service.sentinel)[-2]

    def pusher() -> int:
        return service.children(of=service.sentinel)[-1]

    def sentinel() -> int:
        return service.sentinel

    victims = [first_worker, monitor, pusher, sentinel]
    for number, victim in enumerate(victims, start=1):
        kill(victim())
        service.until_said("the job queue died, it is started again", times=number)
        run_now(service, token)
        wait_for_completed_runs(service, number + 1)

    (web_worker,) = service.children(of=service.web)
    kill(web_worker)
    until(
        lambda: service.children(of=service.web) not in ([], [web_worker]),
        what="another worker of the web server",
    )
    assert service.api("runs", token=token)[1]["count"] == 5
    assert service.stop() == 0


def test_a_worker_killed_at_work_fails_its_providers_and_no_other_run(
    start: Start, shops: Shops
) -> None:
    service = start_in_the_middle_of_a_run(start, shops)
    (holder,) = service.database.rows("SELECT DISTINCT holder FROM ingestion_providerrun")
    kill(int(holder[0].split(":")[1]))
    shops.open.set()

    run_now(service, service.sign_in())

    until(
        lambda: service.run_states() == {"Failed": 1, "Completed": 1},
        what="the next run to complete",
    )
    assert service.ended_with() == {"process_died"}
    assert service.database.value("SELECT count(*) FROM prices_offer") == 6 * 300
    assert service.stop() == 0


@pytest.mark.parametrize("part", ["queue", "web"])
def test_a_part_that_is_killed_ends_the_service_with_code_3(
    start: Start, shops: Shops, part: str
) -> None:
    service = start_in_the_middle_of_a_run(start, shops)

    kill(getattr(service, part))

    assert service.end() == 3
    assert "ended with code -9; everything else was stopped." in service.output
    assert service.run_states() == {"Failed": 1}
    assert service.ended_with() <= CAUSES


def test_after_the_service_itself_was_killed_the_next_start_goes_on(
    start: Start, shops: Shops
) -> None:
    service = start_in_the_middle_of_a_run(start, shops)
    kill(service.process.pid)
    assert service.end() == -signal.SIGKILL
    shops.open.set()

    again = start(PORT=str(service.port)).until_ready()

    until(
        lambda: again.run_states() == {"Failed": 1, "Completed": 1},
        what="the run at start to complete",
    )
    assert again.ended_with() <= CAUSES
    causes = again.database.rows("SELECT error FROM ingestion_providerrun WHERE error_code <> ''")
    assert all("Nothing that was stored is lost" in text or "stopped" in text for (text,) in causes)
    assert again.stop() == 0


def test_after_every_process_was_killed_at_once_the_next_start_goes_on(
    start: Start, shops: Shops
) -> None:
    """As a power cut or the end of a container does."""
    service = start_in_the_middle_of_a_run(start, shops)
    for pid in [service.process.pid, *service.processes()]:
        kill(pid)
    service.end()
    assert service.run_states() == {"Running": 1}
    shops.open.set()

    again = start().until_ready()

    until(
        lambda: again.run_states() == {"Failed": 1, "Completed": 1},
        what="the run at start to complete",
    )
    assert again.ended_with() == {"process_died"}
    assert again.stop() == 0


def test_a_job_queue_that_dies_again_and_again_is_given_up(start: Start) -> None:
    service = start("worker")
    for number in range(1, 5):
        kill(service.sentinel_of(service.process.pid))
        service.until_said("it is started again", times=number)

    kill(service.sentinel_of(service.process.pid))

    assert service.end() == 2
    assert "the job queue died 5 times in a row, it is given up" in service.output


def test_a_job_queue_that_hangs_is_started_again(start: Start) -> None:
    """What a process killed inside a lock would do to it, without a process that is missing."""
    service = start("worker", "--stuck-after", "2")
    pusher = service.children(of=service.sentinel_of(service.process.pid))[-1]
    os.kill(pusher, signal.SIGSTOP)

    service.until_said("the job queue gives no sign of life")

    service.until_said("it is started again")
    assert pusher not in service.processes()
    assert service.stop() == 0
