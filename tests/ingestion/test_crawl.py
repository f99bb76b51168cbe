"""Threads between the frontier and the writer."""

from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.crawl import Crawl, Result
from ingestion.frontier import Frontier
from prices.types import Rejection

PAGES = 40
PROVIDERS = 12


class Chain:
    """Each page asks for the next; it names itself in a rejection."""

    kind = "chain"
    label = "Chain"
    whole_catalogue = True

    def __init__(self, source: Source) -> None:
        self.source = source

    def start(self) -> list[Request]:
        return [Request(url=self.source.url, state=0)]

    def read(self, request: Request, answer: Answer) -> Page:
        number = request.state
        follow = [Request(url=self.source.url, state=number + 1)] if number + 1 < PAGES else []
        named = Rejection(external_id=str(number), code="page", message="")
        return Page(rejected=[named], follow=follow)


class Instant:
    """A server that answers at once."""

    def get(self, request: Request) -> Answer:
        return Answer(url=request.url)

    def stop(self) -> None:
        """Nothing is ever under way."""


def numbers(results: list[Result]) -> list[int]:
    return [int(result.page.rejected[0].external_id) for result in results]


def test_no_page_overtakes_the_one_it_follows_from() -> None:
    with Crawl(Instant(), threads=16) as crawl:
        for key in range(PROVIDERS):
            crawl.begin(key, Chain(Source(url=f"http://shop-{key}.example/")))
        results: dict[int, list[Result]] = {key: [] for key in range(PROVIDERS)}
        for _ in range(PROVIDERS * PAGES):
            result = crawl.next_result(5)
            assert result is not None
            results[result.provider_run_id].append(result)

    for one in results.values():
        assert numbers(one) == list(range(PAGES))
        open_after = [1 + sum(r.open for r in one[: number + 1]) for number in range(PAGES)]
        assert open_after == [1] * (PAGES - 1) + [0]


def test_asks_nothing_more_for_a_provider_run_that_was_dropped() -> None:
    frontier = Frontier()
    asked: list[str] = []

    class Dropping(Instant):
        def get(self, request: Request) -> Answer:
            asked.append(request.url)
            frontier.drop(1)
            return super().get(request)

    with Crawl(Dropping(), threads=1, frontier=frontier) as crawl:
        crawl.begin(1, Chain(Source(url="http://shop.example/")))
        assert crawl.next_result(5) is not None
        crawl.begin(2, Chain(Source(url="http://other.example/")))
        assert crawl.next_result(5) is not None

    assert asked[:2] == ["http://shop.example/", "http://other.example/"]
