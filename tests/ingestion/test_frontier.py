"""Which request is next."""

import threading

from ingestion.adapters.base import Adapter, Answer, Page, Request, Source
from ingestion.frontier import Frontier, Job


class NoAdapter:
    kind = "none"
    label = "None"
    whole_catalogue = True

    def __init__(self, source: Source) -> None:
        self.source = source

    def start(self) -> list[Request]:
        return []

    def read(self, request: Request, answer: Answer) -> Page:
        return Page()


ADAPTER: Adapter = NoAdapter(Source(url="http://a.example/"))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def job(url: str, provider_run_id: int = 1) -> Job:
    return Job(provider_run_id, ADAPTER, Request(url=url))


def urls(frontier: Frontier, count: int) -> list[str]:
    taken = [frontier.take() for _ in range(count)]
    return [one.request.url for one in taken if one is not None]


def nothing_is_ready(frontier: Frontier) -> bool:
    return frontier._next()[0] is None


def test_serves_hosts_in_turn_so_that_a_long_queue_delays_no_other() -> None:
    frontier = Frontier(per_host=9)
    frontier.add(job(f"http://a.example/{number}") for number in range(3))
    frontier.add([job("http://b.example/0")])

    assert urls(frontier, 3) == [
        "http://a.example/0",
        "http://b.example/0",
        "http://a.example/1",
    ]


def test_asks_one_host_for_so_many_at_a_time_and_no_more() -> None:
    frontier = Frontier(per_host=2)
    jobs = [job(f"http://a.example/{number}") for number in range(3)]
    frontier.add(jobs)

    assert urls(frontier, 2) == ["http://a.example/0", "http://a.example/1"]
    assert nothing_is_ready(frontier)
    frontier.done(jobs[0])

    assert urls(frontier, 1) == ["http://a.example/2"]


def test_takes_the_port_for_part_of_the_host() -> None:
    frontier = Frontier(per_host=1)
    frontier.add([job("http://a.example:81/"), job("http://a.example:82/")])

    assert urls(frontier, 2) == ["http://a.example:81/", "http://a.example:82/"]


def test_keeps_a_job_until_its_time_has_come() -> None:
    clock = Clock()
    frontier = Frontier(clock=clock)
    frontier.add([job("http://a.example/later")], not_before=105.0)

    assert frontier._next() == (None, 5.0)
    clock.now = 105.0

    assert urls(frontier, 1) == ["http://a.example/later"]


def test_holds_a_host_that_asked_to_wait_and_lets_others_pass() -> None:
    clock = Clock()
    frontier = Frontier(clock=clock)
    frontier.add([job("http://a.example/"), job("http://b.example/")])
    frontier.hold("http://a.example", until=160.0)

    assert urls(frontier, 1) == ["http://b.example/"]
    assert frontier._next() == (None, 60.0)


def test_forgets_what_waits_for_a_provider_run_that_ended() -> None:
    frontier = Frontier()
    frontier.add([job("http://a.example/1", 1), job("http://a.example/2", 2)])

    frontier.drop(1)

    assert urls(frontier, 1) == ["http://a.example/2"]
    assert nothing_is_ready(frontier)


def test_sends_a_waiting_thread_home_when_it_closes() -> None:
    frontier = Frontier()
    taken: list[Job | None] = []
    thread = threading.Thread(target=lambda: taken.append(frontier.take()))
    thread.start()

    frontier.close()
    thread.join(5)

    assert taken == [None]
    assert frontier.idle == 0
