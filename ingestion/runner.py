"""One run from claim to end: threads fetch and parse, this thread writes."""

import contextlib
import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Final, Protocol

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ingestion import runs
from ingestion.adapters.base import Adapter
from ingestion.client import default_client
from ingestion.crawl import Crawl, Result
from ingestion.errors import (
    ContentError,
    DeadlineError,
    HttpStatusError,
    IngestionError,
    LeaseLostError,
    NothingFoundError,
    RateLimitedError,
    StoppedError,
    SuspiciousDropError,
)
from ingestion.holders import this_process
from ingestion.liveness import beat
from ingestion.models import ProviderRun, Run
from ingestion.providers import adapter_of
from prices.services.plan import Checked
from prices.services.recording import BATCH_SIZE, Recording
from prices.types import Recorded, Rejection, span_gap

logger = logging.getLogger(__name__)

POLL_S: Final = 0.25
FLUSH_AFTER_S: Final = 2.0  # a slow provider's prices are stored while it is being read
CLOSE_AFTER_S: Final = 1.0  # the run's own counts need not follow each of many small shops
REJECTIONS_KEPT: Final = 20
MAX_OFFERS: Final = 500_000
MAX_PAGES: Final = 20_000
DROP_SHARE: Final = 0.5
DROP_FROM: Final = 10  # below so many offers, losing half of them is no sign of anything


class Stop(Protocol):
    """What is asked whether to stop: an event of threading, or of a process tree."""

    def is_set(self) -> bool:
        """Say whether to stop."""


class Progress(msgspec.Struct, frozen=True):
    """How far one provider is; `seen` counts its offers so far."""

    provider: str
    seen: int
    finished: bool


def execute(
    run_id: uuid.UUID,
    *,
    stop: Stop | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    accept_drop: bool = False,
) -> Run:
    """Work on a run until nothing of it is left to do, and return it.

    Several processes may work on one run: each claims provider runs as its threads have
    room. `stop` ends what is under way as Failed (`shutdown`). `accept_drop` believes a
    catalogue that shrank suddenly.
    """
    holder = this_process()
    token = uuid.uuid4()
    runs.adopt(run_id, holder=holder)
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(default_client())
        stack.enter_context(_heartbeat(run_id, token=token, holder=holder))
        crawl = stack.enter_context(Crawl(client, threads=settings.FETCH_CONCURRENCY))
        worker = _Worker(
            run_id,
            crawl,
            token=token,
            holder=holder,
            stop=stop or threading.Event(),
            on_progress=on_progress or _nobody,
            accept_drop=accept_drop,
        )
        worker.work()
    runs.close_run(run_id)
    return Run.objects.get(pk=run_id)


class _Reading:
    """One provider run under way: what was read and is not stored yet, and its counts."""

    def __init__(self, provider_run: ProviderRun) -> None:
        self.provider_run = provider_run
        self.provider = provider_run.provider
        self.recording = Recording(
            provider_id=provider_run.provider_id, provider_run_id=provider_run.pk
        )
        self.adapter: Adapter | None = None
        self.open = 0
        self.buffer: list[Checked] = []
        self.flushed_at = time.monotonic()
        self.counts = dict.fromkeys(runs.COUNTS, 0)
        self.rejections: list[dict[str, str]] = []
        self.first_error: IngestionError | None = None
        self.unread = False

    @property
    def all_counts(self) -> dict[str, object]:
        return {**self.counts, "rejections": self.rejections}

    def add(self, result: Result) -> None:
        self.open += result.open
        self.counts["requests"] += result.requests
        self.counts["retries"] += result.retries
        self.counts["bytes_received"] += result.bytes_received
        self.counts["pages"] += result.bytes_received > 0
        sifted = self.recording.sift(result.page.quotes)
        self.buffer.extend(sifted.differing)
        self.counts["offers_seen"] += sifted.unchanged
        self.counts["offers_unchanged"] += sifted.unchanged
        self._reject(result.page.rejected)
        self._reject(sifted.rejected)
        if result.tolerated is not None:
            self.first_error = self.first_error or result.tolerated
            self.unread = self.unread or not _says_gone(result.tolerated)

    def count(self, recorded: Recorded) -> None:
        self.counts["offers_seen"] += recorded.seen
        self.counts["offers_new"] += recorded.new
        self.counts["offers_changed"] += recorded.changed
        self.counts["offers_unchanged"] += recorded.unchanged

    def _reject(self, rejected: Iterable[Rejection]) -> None:
        for rejection in rejected:
            self.counts["offers_rejected"] += 1
            if len(self.rejections) < REJECTIONS_KEPT:
                self.rejections.append(msgspec.to_builtins(rejection))


class _Worker:
    """The loop of the run's own thread."""

    def __init__(
        self,
        run_id: uuid.UUID,
        crawl: Crawl,
        *,
        token: uuid.UUID,
        holder: str,
        stop: Stop,
        on_progress: Callable[[Progress], None],
        accept_drop: bool,
    ) -> None:
        self._run_id = run_id
        self._crawl = crawl
        self._token = token
        self._holder = holder
        self._stop = stop
        self._on_progress = on_progress
        self._accept_drop = accept_drop
        self._readings: dict[int, _Reading] = {}
        self._deadline = time.monotonic() + settings.RUN_DEADLINE_S
        self._closed_at = 0.0
        self._more = True

    def work(self) -> None:
        """Claim, write and end until nothing is left."""
        while True:
            self._claim()
            if not self._readings and not self._more:
                return
            if self._stop.is_set():
                self._abandon(StoppedError("stopped while this provider was being read"))
                return
            if time.monotonic() > self._deadline:
                self._abandon(
                    DeadlineError(f"not done within {settings.RUN_DEADLINE_S // 60} minutes")
                )
                return
            result = self._crawl.next_result(POLL_S)
            if result is not None:
                self._handle(result)

    def _claim(self) -> None:
        """Take up provider runs as long as a thread would have nothing to do."""
        while self._more and (self._crawl.has_room or not self._readings):
            provider_run = runs.claim(self._run_id, token=self._token, holder=self._holder)
            if provider_run is None:
                self._more = False
                return
            reading = _Reading(provider_run)
            self._readings[provider_run.pk] = reading
            with self._failing(reading):
                reading.adapter = adapter_of(provider_run.provider)
                reading.open = self._crawl.begin(provider_run.pk, reading.adapter)
            if self._stop.is_set():
                return

    def _handle(self, result: Result) -> None:
        reading = self._readings.get(result.provider_run_id)
        if reading is None:
            return  # an answer that was under way when its provider run ended
        with self._failing(reading):
            reading.add(result)
            if result.error is not None:
                raise result.error
            self._check_size(reading)
            if reading.open == 0:
                self._finish(reading)
            elif (
                len(reading.buffer) >= BATCH_SIZE
                or time.monotonic() - reading.flushed_at > FLUSH_AFTER_S
            ):
                self._flush(reading)

    def _check_size(self, reading: _Reading) -> None:
        if reading.recording.met > MAX_OFFERS:
            raise ContentError(f"more than {MAX_OFFERS} offers; split the provider")
        if reading.counts["requests"] > MAX_PAGES:
            raise ContentError(f"more than {MAX_PAGES} requests; split the provider")

    def _flush(self, reading: _Reading) -> None:
        """Store what was read so far: one transaction a batch, each behind the lease."""
        more = True
        while more:
            with transaction.atomic():
                self._store_batch(reading)
            more = bool(reading.buffer)
        reading.flushed_at = time.monotonic()
        self._on_progress(
            Progress(reading.provider.slug, reading.counts["offers_seen"], finished=False)
        )

    def _store_batch(self, reading: _Reading) -> None:
        runs.renew(reading.provider_run, reading.all_counts)
        batch, reading.buffer = reading.buffer[:BATCH_SIZE], reading.buffer[BATCH_SIZE:]
        reading.count(reading.recording.store(batch, at=timezone.now()))

    def _finish(self, reading: _Reading) -> None:
        """Store the rest and end: with less than a batch left, all in one transaction."""
        error = self._implausible(reading)
        if error is not None or len(reading.buffer) > BATCH_SIZE:
            self._flush(reading)
        if error is not None:
            raise error
        at = timezone.now()
        with transaction.atomic():
            self._store_batch(reading)
            missing = reading.recording.finish(
                at=at,
                whole_catalogue=bool(reading.adapter and reading.adapter.whole_catalogue)
                and not reading.unread,
                span_gap=span_gap(reading.provider.interval),
            )
            runs.complete(
                reading.provider_run,
                counts={**reading.all_counts, "offers_missing": missing},
                at=at,
            )
        self._end(reading)

    def _implausible(self, reading: _Reading) -> IngestionError | None:
        """Return why a thin answer is not taken for the truth: nothing is marked as gone."""
        met, before = reading.recording.met, reading.provider.offers_last_run
        if met == 0 and reading.first_error is not None:
            return reading.first_error
        if met == 0:
            rejected = reading.counts["offers_rejected"]
            return NothingFoundError(
                f"no offer with a usable price ({rejected} rejected)"
                if rejected
                else "the answer holds no offer"
            )
        if before >= DROP_FROM and met < before * DROP_SHARE and not self._accept_drop:
            return SuspiciousDropError(f"{met} offers, after {before} the last time")
        return None

    @contextlib.contextmanager
    def _failing(self, reading: _Reading) -> Iterator[None]:
        """End a provider run by what went wrong with it; the others go on."""
        try:
            yield
        except LeaseLostError as error:
            logger.warning("%s: %s", reading.provider.slug, error)
            self._end(reading)
        except DatabaseError:
            raise
        except IngestionError as error:
            self._fail(reading, error)
        except Exception as error:
            logger.exception("%s: unexpected error", reading.provider.slug)
            self._fail_internally(reading, error)

    def _fail(self, reading: _Reading, error: IngestionError) -> None:
        retry_after = None
        if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
            # A number beyond all reason would not fit a timedelta.
            retry_after = timedelta(seconds=min(error.retry_after_s, 31_536_000.0))
        message = f"{error}. {error.hint}" if error.hint else str(error)
        runs.fail(
            reading.provider_run,
            code=error.code,
            message=message,
            at=timezone.now(),
            counts=reading.all_counts,
            retry_after=retry_after,
            blame=not isinstance(error, StoppedError),
        )
        logger.warning("%s failed: %s: %s", reading.provider.slug, error.code, error)
        self._end(reading)

    def _fail_internally(self, reading: _Reading, error: Exception) -> None:
        where = traceback.extract_tb(error.__traceback__)[-1]
        runs.fail(
            reading.provider_run,
            code="internal",
            message=(
                f"A fault in PriceStream ({type(error).__name__} in {where.name})."
                " The log has the details; please report it."
            ),
            at=timezone.now(),
            counts=reading.all_counts,
        )
        self._end(reading)

    def _end(self, reading: _Reading) -> None:
        self._crawl.drop(reading.provider_run.pk)
        del self._readings[reading.provider_run.pk]
        if time.monotonic() - self._closed_at > CLOSE_AFTER_S:
            runs.close_run(self._run_id)
            self._closed_at = time.monotonic()
        self._on_progress(
            Progress(reading.provider.slug, reading.counts["offers_seen"], finished=True)
        )

    def _abandon(self, error: StoppedError) -> None:
        """End everything that this process works on or answers for."""
        for reading in list(self._readings.values()):
            self._fail(reading, error)
        while claimed := runs.claim(self._run_id, token=self._token, holder=self._holder):
            reading = _Reading(claimed)
            self._readings[claimed.pk] = reading
            self._fail(reading, error)


def _says_gone(error: IngestionError) -> bool:
    """Say whether a page that was not read tells by that that its offers are gone.

    A page that timed out or was refused says nothing of what is on it.
    """
    if isinstance(error, HttpStatusError):
        return error.status in {404, 410}
    return isinstance(error, NothingFoundError)


@contextlib.contextmanager
def _heartbeat(run_id: uuid.UUID, *, token: uuid.UUID, holder: str) -> Iterator[None]:
    """Renew the leases in a thread with a connection of its own, while the writer works."""
    ended = threading.Event()

    def renew() -> None:
        try:
            while not ended.wait(runs.HEARTBEAT_S):
                try:
                    runs.renew_all(run_id, token=token, holder=holder)
                    beat()
                except DatabaseError:
                    # The next beat tries again; a lease that passes meanwhile is lost, and
                    # the writer notices before it writes.
                    logger.warning("heartbeat failed", exc_info=True)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _nobody(_: Progress) -> None:
    """Nobody watches."""
