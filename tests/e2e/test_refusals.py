"""What stops the start: one line that says what to do, and code 2."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.e2e.conftest import Start
from tests.e2e.databases import Postgres, Sqlite, engine
from tests.e2e.service import environment, free_port, manage, until

Manage: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(directory: Path, database: Sqlite | Postgres) -> Manage:
    def run(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        changes.setdefault("PORT", str(free_port()))
        return manage(list(arguments), environment(directory, database, **changes))

    return run


def assert_refused(done: "subprocess.CompletedProcess[str]", *texts: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for text in texts:
        assert text in done.stderr


def test_a_port_that_is_taken(run: Manage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        done = run("serve", PORT=port)

    assert_refused(done, f"PORT: 127.0.0.1, port {port} cannot be used", "Set PORT to another one")


def test_an_address_of_another_machine(run: Manage) -> None:
    assert_refused(run("serve", BIND="192.0.2.1"), "BIND: 192.0.2.1", "Set BIND to another one")


@pytest.mark.parametrize("command", ["setup", "worker"])
def test_a_database_that_does_not_answer(run: Manage, command: str) -> None:
    secret = "not-to-be-shown"
    done = run(command, DATABASE_URL=f"postgres://u:{secret}@127.0.0.1:{free_port()}/x")

    assert_refused(done, "DATABASE_URL: the database does not answer: ", "refused")
    assert secret not in done.stderr


def test_a_file_that_is_no_database(run: Manage, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear database, " * 500)

    done = run("serve", DATABASE_URL=f"sqlite:///{tmp_path}/letter.txt")

    assert_refused(done, "DATABASE_URL: the database does not answer: ")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_is_not_up_to_date(run: Manage, command: str, tmp_path: Path) -> None:
    empty = engine().make(tmp_path)
    try:
        assert_refused(run(command, DATABASE_URL=empty.url), "Run `manage.py setup` first")
    finally:
        empty.drop()


def test_static_files_that_were_not_collected(run: Manage, directory: Path) -> None:
    (directory / "static/.collected").unlink()

    assert_refused(run("serve"), "static files are not up to date. Run `manage.py setup` first")


def test_a_data_directory_that_cannot_be_made(run: Manage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = run("serve", PRICESTREAM_DATA_DIR=f"{tmp_path}/file/var")

    assert_refused(done, "PRICESTREAM_DATA_DIR: ", "a directory that can be made")


def test_a_wrong_setting(run: Manage) -> None:
    assert_refused(run("serve", PRICESTREAM_WORKERS="two"), "PRICESTREAM_WORKERS: read 'two'")


def test_a_second_start_in_the_same_data_directory(run: Manage, start: Start) -> None:
    service = start().until_ready()

    done = run("serve")

    assert_refused(
        done,
        f"PRICESTREAM_DATA_DIR: PriceStream is running in {service.directory} already",
        f"(process {service.process.pid})",
    )
    assert service.api("runs")[0] == 401  # the first one goes on
    until(
        lambda: run("healthcheck", PORT=str(service.port)).returncode == 0,
        what="the service to be healthy",
    )
    assert run("healthcheck", PORT=str(free_port())).returncode == 1


def test_ctrl_c_before_anything_was_started_is_calm(start: Start) -> None:
    service = start()
    os.kill(service.process.pid, signal.SIGINT)

    assert service.end() in (0, 130, -signal.SIGINT)
    assert "Traceback" not in service.output.replace("KeyboardInterrupt", "")
