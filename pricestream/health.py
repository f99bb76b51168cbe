"""`/healthz` (the process answers) and `/readyz` (it can do its work)."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from ingestion.liveness import STALE_AFTER, last_beat


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process is alive."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything works, else 503 and what does not."""
    checks = {"database": "ok", "migrations": "ok", "scheduler": "ok"}
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            checks["migrations"] = "not applied; run manage.py setup"
        beat = last_beat()
        if beat is None or timezone.now() - beat > STALE_AFTER:
            checks["scheduler"] = "no sign of life; is the job queue running?"
    except DatabaseError:
        checks = {"database": "does not answer"}
    ready = set(checks.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )
