"""`/healthz` (the process answers) and `/readyz` (it can do its work)."""

import http.client

from django.conf import settings
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
    checks = readiness()
    ready = set(checks.values()) == {OK}
    return JsonResponse(
        {"status": OK if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )


def readiness() -> dict[str, str]:
    """Return what is needed to work, and for each `ok` or what is wrong with it."""
    try:
        if migrations_pending():
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


def migrations_pending() -> bool:
    """Say whether the database is older than the code.

    Raises:
        Error: it does not answer.
    """
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def web_answers(host: str, port: int, *, timeout_s: float = 5.0) -> bool:
    """Say whether the web server at `host` answers `/healthz`."""
    web = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        # A name that it answers under, whatever address it listens on.
        name = settings.ALLOWED_HOSTS[0].lstrip(".")
        web.request("GET", "/healthz", headers={"Host": f"{name}:{port}"})
        return web.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()
