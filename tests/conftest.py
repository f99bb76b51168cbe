"""For every test: static files as `collectstatic` leaves them, and a database as in real life.

For some: an installation of their own, whose commands run as processes.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from tests.commands import Installation


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep SQLite in a file: in memory, threads share one connection's locks and fail."""
    if connection.vendor == "sqlite":
        name = str(configured.DATA_DIR / "test.sqlite3")
        connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(autouse=True)
def _static_files(settings: Any) -> None:
    configured.STATIC_ROOT.mkdir(exist_ok=True)
    settings.STORAGES = {
        **configured.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("installation")
    done = Installation(directory).run("migrate", "-v0")
    assert done.code == 0, done.err
    return directory


@pytest.fixture
def installation(_migrated: Path, tmp_path: Path) -> Installation:
    directory = tmp_path / "data"
    shutil.copytree(_migrated, directory)
    return Installation(directory)
