"""Threads that fetch and parse. They never touch the database: the caller writes."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

from ingestion.adapters.base import Adapter, Answer, Page, Request, refusal
from ingestion.errors import ContentError, FetchError, IngestionError, RateLimitedError
from ingestion.frontier import Frontier, Job
from ingestion.retry import retry_delay_s

logger = logging.getLogger(__name__)

RESULTS_WAITING: Final = 32  # pages; beyond that the threads wait for the writer
EMPTY: Final = Page()


class Fetcher(Protocol):
    """What the threads need of the HTTP client."""

    def get(self, request: Request) -> Answer:
        """Return the answer, or raise a FetchError."""

    def stop(self) -> None:
        """End everything that is under way."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request, for the writer.

    `open` says by how many the requests still to be answered changed: follow-ups less this
    one. An `error` ends the provider run; a retry is not an end. A `tolerated` error is
    counted among the page's rejections already.
    """

    provider_run_id: int
    page: Page = EMPTY
    open: int = -1
    requests: int = 1
    retries: int = 0
    bytes_received: int = 0
    error: BaseException | None = None
    tolerated: IngestionError | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a request came to: a result for the writer, and the jobs that follow from it."""

    result: Result
    jobs: Sequence[Job] = ()
    not_before: float = 0.0


class Crawl:
    """A bounded pool of threads between a frontier and a bounded queue of results."""

    def __init__(self, client: Fetcher, *, threads: int, frontier: Frontier | None = None) -> None:
        """Start nothing yet: use it as a context."""
        self._client = client
        self._frontier = frontier or Frontier()
        self._results: queue.Queue[Result] = queue.Queue(RESULTS_WAITING)
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"fetch-{number}", daemon=True)
            for number in range(threads)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._frontier.close()
        self._client.stop()
        for thread in self._threads:
            thread.join()

    @property
    def has_room(self) -> bool:
        """Say whether a thread waits for something to do."""
        return self._frontier.idle > 0

    def begin(self, provider_run_id: int, adapter: Adapter) -> int:
        """Let the first requests of `adapter` go; return how many there are."""
        jobs = [Job(provider_run_id, adapter, request) for request in adapter.start()]
        self._frontier.add(jobs)
        return len(jobs)

    def drop(self, provider_run_id: int) -> None:
        """Ask nothing more for a provider run; answers under way may still come."""
        self._frontier.drop(provider_run_id)

    def next_result(self, timeout_s: float) -> Result | None:
        """Wait for what a thread has done; `None` when nothing came in time."""
        with contextlib.suppress(queue.Empty):
            return self._results.get(timeout=timeout_s)
        return None

    def _work(self) -> None:
        while (job := self._frontier.take()) is not None:
            try:
                outcome = self._outcome(job)
            except Exception as error:
                logger.exception("adapter failed on %s", job.request.url)
                outcome = _Outcome(Result(job.provider_run_id, error=error))
            finally:
                self._frontier.done(job)
            self._hand_over(outcome.result)
            # Not before: an answer to a follow-up that overtakes this one in the queue
            # would look like the last.
            self._frontier.add(outcome.jobs, not_before=outcome.not_before)

    def _hand_over(self, result: Result) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._results.put(result, timeout=0.2)
                return

    def _outcome(self, job: Job) -> _Outcome:
        try:
            answer = self._client.get(job.request)
        except FetchError as error:
            return self._after_failure(job, error)
        return _read(job, answer)

    def _after_failure(self, job: Job, error: FetchError) -> _Outcome:
        delay_s = None if self._stopped.is_set() else retry_delay_s(error, attempt=job.attempt)
        if delay_s is not None:
            again = Job(job.provider_run_id, job.adapter, job.request, job.attempt + 1)
            not_before = time.monotonic() + delay_s
            if isinstance(error, RateLimitedError):
                self._frontier.hold(job.host, until=not_before)
            return _Outcome(Result(job.provider_run_id, open=0, retries=1), [again], not_before)
        if job.request.optional:
            return _read(job, Answer(url=job.request.url, status=0, error=error))
        return _failed(job, error)


def _read(job: Job, answer: Answer) -> _Outcome:
    try:
        page = job.adapter.read(job.request, answer)
    except IngestionError as error:
        return _failed(job, error, bytes_received=len(answer.body))
    return _followed(job, page, bytes_received=len(answer.body))


def _followed(job: Job, page: Page, *, bytes_received: int) -> _Outcome:
    jobs = [Job(job.provider_run_id, job.adapter, request) for request in page.follow]
    result = Result(
        job.provider_run_id, page=page, open=len(jobs) - 1, bytes_received=bytes_received
    )
    return _Outcome(result, jobs)


def _failed(job: Job, error: IngestionError, *, bytes_received: int = 0) -> _Outcome:
    """Return a failure that ends the provider run, or the page alone where it is tolerated."""
    if not job.request.tolerated:
        error = _located(error, job)
        return _Outcome(Result(job.provider_run_id, bytes_received=bytes_received, error=error))
    page = Page(rejected=[refusal(job.request, error)])
    result = Result(
        job.provider_run_id,
        page=page,
        bytes_received=bytes_received,
        tolerated=_located(error, job),
    )
    return _Outcome(result)


def _located(error: IngestionError, job: Job) -> IngestionError:
    """Say in the error's text which address it was, without its query (it may hold keys)."""
    address = job.request.url.partition("?")[0]
    if not isinstance(error, ContentError) or address not in str(error):
        error.args = (f"{address}: {error}", *error.args[1:])
    return error
