"""System checks: settings that look harmless and lose work or leak, found before anything starts.

Each is a pitfall of django-q2, psycopg or SQLite that was met and measured; the hint says what
happens otherwise.
"""

import difflib
import ipaddress
import os
import pydoc
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from ingestion import schedule
from pricestream.config import BASE_DIR, SETTINGS, read_dotenv
from pricestream.processes import PARENT

SQLITE_WORKERS: Final = 2
HTTPS_SETTINGS: Final = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
)


@register
def check_job_queue(**_: object) -> list[CheckMessage]:
    """Check the settings of django-q2."""
    return list(job_queue_errors(settings.Q_CLUSTER, run_deadline_s=settings.RUN_DEADLINE_S))


def job_queue_errors(cluster: Mapping[str, Any], *, run_deadline_s: int) -> Iterable[CheckMessage]:
    """Return what is wrong with the settings of django-q2."""
    timeout = cluster.get("timeout")
    if not isinstance(timeout, int) or timeout <= run_deadline_s:
        yield Error(
            "Q_CLUSTER['timeout'] must be a whole number of seconds above RUN_DEADLINE_S.",
            hint="django-q2 kills a run at its timeout; a run has to end by itself before.",
            id="pricestream.E001",
        )
    elif cluster.get("retry", 60) < 3 * timeout:
        yield Error(
            "Q_CLUSTER['retry'] must be at least three times the timeout.",
            hint="The clock of a redelivery starts in the queue: a run would be started twice.",
            id="pricestream.E002",
        )
    wanted = {"queue_limit": 1, "ack_failures": True, "max_attempts": 1, "catch_up": False}
    for name, value in wanted.items():
        if cluster.get(name) != value:
            yield Error(
                f"Q_CLUSTER[{name!r}] must be {value!r}.",
                hint="Otherwise jobs are run more than once, or again and again.",
                id="pricestream.E003",
            )
    if cluster.get("guard_cycle") not in (0.25, 0.5, 1):
        yield Error(
            "Q_CLUSTER['guard_cycle'] must be 0.25, 0.5 or 1.",
            hint="The guard counts down in such steps and acts at exactly zero.",
            id="pricestream.E004",
        )
    if not (cluster.get("orm") or cluster.get("redis")):
        yield Error(
            "Q_CLUSTER names no queue.",
            hint="Give it 'orm': 'default', or 'redis': the address of a Redis server.",
            id="pricestream.E008",
        )


@register
def check_scheduled_functions(**_: object) -> list[CheckMessage]:
    """Check that what django-q2 is to call is there: its workers would die of it."""
    return [
        Error(
            f"The scheduled function {name} cannot be imported.",
            hint="Correct ingestion.schedule.FUNCTIONS.",
            id="pricestream.E005",
        )
        for name in schedule.FUNCTIONS
        if not callable(pydoc.locate(name))
    ]


@register
def check_databases(**_: object) -> list[CheckMessage]:
    """Check the options of the database."""
    return list(database_errors(settings.DATABASES["default"], settings.Q_CLUSTER["workers"]))


def database_errors(database: Mapping[str, Any], workers: int) -> Iterable[CheckMessage]:
    """Return what is wrong with the options of a database, for that many workers."""
    options = database.get("OPTIONS", {})
    if "pool" in options:
        yield Error(
            "The database must have no connection pool.",
            hint="Forked workers would share its connections and read each other's answers.",
            id="pricestream.E006",
        )
    if not database["ENGINE"].endswith("sqlite3"):
        return
    if options.get("transaction_mode") != "IMMEDIATE" or "WAL" not in options["init_command"]:
        yield Error(
            "SQLite needs WAL and immediate transactions.",
            hint="Otherwise two writers meet 'database is locked'.",
            id="pricestream.E007",
        )
    if workers > SQLITE_WORKERS:
        yield Warning(
            f"PRICESTREAM_WORKERS is {workers}; on SQLite more than {SQLITE_WORKERS} only wait"
            " for each other.",
            hint="Use PostgreSQL for more workers (DATABASE_URL).",
            id="pricestream.W001",
        )


@register
def check_https(**_: object) -> list[CheckMessage]:
    """Check that nothing leaks when browsers come by https."""
    if not settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Error(
            f"PRICESTREAM_PUBLIC_URL is https, and {name} is off.",
            hint="Leave it to pricestream/settings.py, which derives it from the address.",
            id="pricestream.E009",
        )
        for name in HTTPS_SETTINGS
        if not getattr(settings, name)
    ]


@register
def check_debug(**_: object) -> list[CheckMessage]:
    """Check that debug pages are for this machine only."""
    bind = settings.ENV["BIND"]
    if not settings.DEBUG or bind == "localhost" or ipaddress.ip_address(bind).is_loopback:
        return []
    return [
        Warning(
            f"DEBUG is on while BIND is {bind}: error pages show settings and code to everyone"
            " who can reach it.",
            hint="Set DEBUG=0, or BIND=127.0.0.1.",
            id="pricestream.W004",
        )
    ]


@register
def check_environment(**_: object) -> list[CheckMessage]:
    """Check for settings that do not exist, and for one that has no effect yet."""
    found = list(unknown_settings([*os.environ, *read_dotenv(BASE_DIR / ".env")]))
    if settings.BROKER_URL:
        found.append(
            Warning(
                "PRICESTREAM_BROKER_URL is set, but this version does not publish events yet.",
                id="pricestream.W003",
            )
        )
    return found


def unknown_settings(names: Iterable[str]) -> Iterable[CheckMessage]:
    """Return a warning for each name that looks like a setting and is none."""
    known = {setting.name for setting in SETTINGS}
    known |= {f"{name}_FILE" for name in known} | {PARENT}
    for name in sorted(set(names)):
        if name.startswith("PRICESTREAM_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            yield Warning(
                f"{name} is no setting of PriceStream and has no effect.",
                hint=f"Did you mean {close[0]}?" if close else "See docs/configuration.md.",
                id="pricestream.W002",
            )
