"""What docs/deployment.md, the container files and .ci/run say is what there is."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from pricestream import worker
from pricestream.config import SETTINGS

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs/deployment.md").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
NAMES = {setting.name for setting in SETTINGS}
OURS = ["app", "worker"]


def test_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", TEXT + DOCKERFILE))

    assert named <= set(get_commands())
    assert {"serve", "setup", "worker", "healthcheck"} <= named


def test_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"\b(?:PRICESTREAM_[A-Z_]+|DATABASE_URL|SECRET_KEY)\b", TEXT))

    assert named <= NAMES


def test_lists_the_exit_codes_of_the_commands() -> None:
    section = TEXT.partition("## Exit codes\n")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| (\d) \| ([^|]+) \|", section, re.MULTILINE))

    assert rows == {
        (str(worker.STOPPED), "all"),
        ("1", "`healthcheck`"),
        ("2", "`serve`, `setup`, `worker`"),
        (str(worker.DIED), "`worker`"),
        ("3", "`serve`"),
        (str(worker.TOO_LATE), "`worker`"),
    }


def test_the_service_file_lets_serve_stop_everything_in_order() -> None:
    assert "\nKillMode=mixed\n" in TEXT
    assert int(re.findall(r"\nTimeoutStopSec=(\d+)\n", TEXT)[0]) > 30


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_has_no_rights_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert int(service["stop_grace_period"].rstrip("s")) > 30


def test_nothing_is_published_beyond_this_machine() -> None:
    published = {
        name: service["ports"]
        for name, service in COMPOSE["services"].items()
        if "ports" in service
    }

    assert published == {"app": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_there_is_no_default_password() -> None:
    text = (ROOT / "compose.yaml").read_text()

    assert re.findall(r"\$\{POSTGRES_PASSWORD[^?}]*\}", text) == []
    assert text.count("${POSTGRES_PASSWORD:?") == 2


@pytest.mark.parametrize("name", OURS)
def test_compose_sets_only_settings_that_exist(name: str) -> None:
    assert set(COMPOSE["services"][name]["environment"]) <= NAMES


def test_the_image_is_of_a_patch_release_and_runs_as_a_user_without_rights() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.1[123]\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["pricestream"]
    assert set(re.findall(r"^\s+([A-Z_]+)=", DOCKERFILE, re.MULTILINE)) - NAMES == {
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
    }


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert {".env", "var", ".git", ".venv"} <= set(ignored)


def test_the_backup_of_sqlite_is_a_whole_database(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    source = sqlite3.connect(tmp_path / "var/db.sqlite3", isolation_level=None)
    source.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7);")
    (command,) = re.findall(r"^\.venv/bin/python (-c .*VACUUM.*)$", TEXT, re.MULTILINE)

    subprocess.run(f"{sys.executable} {command}", shell=True, cwd=tmp_path, check=True)  # noqa: S602 ours

    source.close()
    backup = sqlite3.connect(tmp_path / "backup.sqlite3")
    assert backup.execute("SELECT x FROM t").fetchall() == [(7,)]
    backup.close()


def test_the_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=False).returncode == 0


def test_every_decision_has_a_number_and_says_what_was_rejected_and_what_it_costs() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        text = file.read_text()
        assert text.startswith(f"# {int(file.name[:4])}. ")
        for part in ("**Decided.**", "**Why", "**Rejected.**", "**Costs.**"):
            assert part in text, (file.name, part)
