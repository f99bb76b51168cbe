"""`/healthz` (the process answers) and `/readyz` (it can do its work)."""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from ingestion.liveness import STALE_AFTER, last_beat

OK = "ok"
MAX_WAITING = 100  # a tick a minute: nobody has worked for over an hour, or far too few do


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process is alive."""
    return JsonResponse({"status": OK})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything works, else 503 and what does not."""
    checks = _checks()
    ready = set(checks.values()) == {OK}
    return JsonResponse(
        {"status": OK if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )


def _checks() -> dict[str, str]:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return {"database": OK, "migrations": "not applied; run manage.py setup"}
        return {
            "database": OK,
            "migrations": OK,
            "scheduler": _scheduler(),
            "queue": _queue(),
        }
    except Error:
        return {"database": "does not answer"}


def _scheduler() -> str:
    beat = last_beat()
    stale = beat is None or timezone.now() - beat > STALE_AFTER
    return "no sign of life; is the job queue running?" if stale else OK


def _queue() -> str:
    try:
        waiting = get_broker().queue_size()
    except Error:
        raise
    except Exception:  # noqa: BLE001 each broker has errors of its own
        return "does not answer"
    return f"{waiting} jobs wait; do the workers keep up?" if waiting > MAX_WAITING else OK
