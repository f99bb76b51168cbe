"""One run, several job queues: on PostgreSQL they share it by claims."""

import pytest
from django.db import connection

from tests.e2e.conftest import Start
from tests.e2e.service import until
from tests.e2e.shops import Shops


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one process writes")
def test_several_processes_work_on_one_run_and_end_each_provider_once(
    start: Start, shops: Shops
) -> None:
    shops.shut()
    threads = {"PRICESTREAM_CONCURRENCY": "2"}  # so that one process cannot take them all
    others = [start("worker", **threads) for _ in range(2)]
    for other in others:
        until(
            lambda other=other: (
                other.database.value(  # type: ignore[misc]
                    "SELECT count(*) FROM ingestion_signoflife WHERE name <> 'scheduler'"
                )
                >= len(others)
            ),
            what="the job queues to be there",
        )
    service = start(**threads).until_ready()

    until(lambda: len(shops.waiting) > 2, what="more providers to be read than one process can")
    holders = "SELECT count(DISTINCT holder) FROM ingestion_providerrun WHERE status = 'Running'"
    assert service.database.value(holders) >= 2
    shops.open.set()

    until(lambda: service.run_states() == {"Completed": 1}, what="the run to complete")
    assert service.database.rows(
        "SELECT status, count(*), count(DISTINCT provider_id), sum(offers_seen)"
        " FROM ingestion_providerrun GROUP BY 1"
    ) == [("Completed", 6, 6, 1800)]
    assert service.database.rows(
        "SELECT providers_completed, providers_failed, offers_seen, offers_new FROM ingestion_run"
    ) == [(6, 0, 1800, 1800)]
    assert service.database.value("SELECT count(*) FROM prices_price") == 1800
    for one in (service, *others):
        one.process.terminate()
    assert [one.end() for one in (service, *others)] == [0, 0, 0]
