"""The system checks."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks

from ingestion import schedule
from pricestream.checks import (
    HTTPS_SETTINGS,
    check_debug,
    check_environment,
    check_https,
    check_scheduled_functions,
    database_errors,
    job_queue_errors,
    unknown_settings,
)


def of_queue(**changes: Any) -> list[str | None]:
    cluster = {**settings.Q_CLUSTER, **changes}
    return [found.id for found in job_queue_errors(cluster, run_deadline_s=480)]


def test_our_own_settings_pass() -> None:
    assert [found for found in run_checks() if (found.id or "").startswith("pricestream.E")] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"timeout": 480}, ["pricestream.E001"]),
        ({"timeout": 540.5}, ["pricestream.E001"]),
        ({"timeout": None}, ["pricestream.E001"]),
        ({"retry": 600}, ["pricestream.E002"]),
        ({"queue_limit": 4}, ["pricestream.E003"]),
        ({"ack_failures": False}, ["pricestream.E003"]),
        ({"max_attempts": 0}, ["pricestream.E003"]),
        ({"catch_up": True}, ["pricestream.E003"]),
        ({"guard_cycle": 0.3}, ["pricestream.E004"]),
        ({"orm": None}, ["pricestream.E008"]),
        ({"orm": None, "redis": "redis://127.0.0.1"}, []),
    ],
)
def test_a_setting_of_the_job_queue_that_loses_or_repeats_work_is_an_error(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert of_queue(**changes) == expected


def test_a_scheduled_function_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check_scheduled_functions() == []
    monkeypatch.setattr(schedule, "FUNCTIONS", ("ingestion.tasks.tock",))

    (found,) = check_scheduled_functions()

    assert (found.id, "ingestion.tasks.tock" in found.msg) == ("pricestream.E005", True)


SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": settings.SQLITE_OPTIONS,
}
POSTGRES: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}


@pytest.mark.parametrize(
    ("database", "workers", "expected"),
    [
        (SQLITE, 2, []),
        (POSTGRES, 8, []),
        (SQLITE, 3, ["pricestream.W001"]),
        ({**POSTGRES, "OPTIONS": {"pool": True}}, 2, ["pricestream.E006"]),
        (
            {**SQLITE, "OPTIONS": {**settings.SQLITE_OPTIONS, "transaction_mode": "DEFERRED"}},
            2,
            ["pricestream.E007"],
        ),
        (
            {**SQLITE, "OPTIONS": {**settings.SQLITE_OPTIONS, "init_command": ""}},
            2,
            ["pricestream.E007"],
        ),
    ],
)
def test_options_of_a_database_that_lose_work_are_errors(
    database: dict[str, Any], workers: int, expected: list[str]
) -> None:
    assert [found.id for found in database_errors(database, workers)] == expected


def test_a_name_that_is_no_setting_is_a_warning_that_says_which_was_meant() -> None:
    (found,) = unknown_settings(["PRICESTREAM_INTERVAL", "PATH", "PORT", "SECRET_KEY_FILE"])

    assert found.id == "pricestream.W002"
    assert found.hint == "Did you mean PRICESTREAM_INTERVAL_MINUTES?"


def test_a_name_like_no_setting_leads_to_the_documentation() -> None:
    (found,) = unknown_settings(["PRICESTREAM_XYZZY"])

    assert found.hint == "See docs/configuration.md."


def test_a_broker_that_nothing_publishes_to_yet_is_a_warning(settings: Any) -> None:
    settings.BROKER_URL = "amqp://localhost"

    assert "pricestream.W003" in [found.id for found in check_environment()]


@pytest.mark.parametrize("name", HTTPS_SETTINGS)
def test_what_leaks_over_https_is_an_error(name: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://prices.example"
    for one in HTTPS_SETTINGS:
        setattr(settings, one, True)
    assert check_https() == []

    setattr(settings, name, False)

    (found,) = check_https()
    assert (found.id, name in found.msg) == ("pricestream.E009", True)


def test_without_https_nothing_has_to_be_secure(settings: Any) -> None:
    settings.PUBLIC_URL = "http://prices.example"
    settings.SESSION_COOKIE_SECURE = False

    assert check_https() == []


@pytest.mark.parametrize(
    ("debug", "bind", "expected"),
    [
        (True, "0.0.0.0", ["pricestream.W004"]),
        (True, "192.0.2.7", ["pricestream.W004"]),
        (True, "::", ["pricestream.W004"]),
        (True, "127.0.0.1", []),
        (True, "localhost", []),
        (True, "::1", []),
        (False, "0.0.0.0", []),
    ],
)
def test_debug_pages_that_others_can_see_are_a_warning(
    debug: bool, bind: str, expected: list[str], settings: Any
) -> None:
    settings.DEBUG = debug
    settings.ENV = {**settings.ENV, "BIND": bind}

    assert [found.id for found in check_debug()] == expected
