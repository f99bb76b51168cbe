"""GET /healthz and /readyz: open to everybody, and true."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from ingestion.liveness import STALE_AFTER, beat
from ingestion.models import SignOfLife
from pricestream import health

pytestmark = pytest.mark.django_db


def ready(client: Client) -> tuple[int, Any]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_healthz_answers_without_looking_at_anything(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_change_nothing(client: Client, path: str) -> None:
    assert client.head(path).status_code in {200, 503}
    assert client.post(path).status_code == 405


def test_is_ready_when_all_is_well(client: Client) -> None:
    beat()

    checks = {"database": "ok", "migrations": "ok", "scheduler": "ok", "queue": "ok"}
    assert ready(client) == (200, {"status": "ok", "checks": checks})


def test_is_not_ready_before_the_scheduler_lived(client: Client) -> None:
    status, body = ready(client)

    assert (status, body["status"]) == (503, "not ready")
    assert body["checks"]["scheduler"] == "no sign of life; is the job queue running?"


def test_is_not_ready_when_the_scheduler_is_stale(client: Client) -> None:
    beat()
    fresh = timezone.now() - STALE_AFTER + timedelta(seconds=30)
    SignOfLife.objects.update(at=fresh)
    assert ready(client)[0] == 200
    SignOfLife.objects.update(at=fresh - timedelta(seconds=60))

    assert ready(client)[0] == 503


def test_is_not_ready_when_migrations_are_missing(client: Client) -> None:
    beat()
    MigrationRecorder(connection).record_unapplied("ingestion", "0001_initial")

    status, body = ready(client)

    assert status == 503
    assert body["checks"]["migrations"] == "not applied; run manage.py setup"


def test_is_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise OperationalError("could not connect to server at 10.1.2.3")

    monkeypatch.setattr(connection, "cursor", refuse)

    assert ready(client) == (
        503,
        {"status": "not ready", "checks": {"database": "does not answer"}},
    )


def test_is_not_ready_when_jobs_pile_up(client: Client) -> None:
    beat()
    past = timezone.now() - timedelta(days=1)
    OrmQ.objects.bulk_create(
        OrmQ(key="pricestream", payload="x", lock=past) for _ in range(health.MAX_WAITING + 1)
    )

    status, body = ready(client)

    assert (status, body["checks"]["queue"]) == (503, "101 jobs wait; do the workers keep up?")
