"""A service over a database that was prepared once: six shops, one user, no prices yet."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.databases import Postgres, Sqlite, engine
from tests.e2e.service import Service, environment, manage, until
from tests.e2e.shops import NAMES, Shops

Start = Callable[..., Service]

ADD_PROVIDERS = """
from ingestion.models import Provider
for name, url in {urls}.items():
    Provider.objects.create(slug=name, name=name, kind="shopify", url=url, currency="EUR")
"""


@pytest.fixture(scope="session")
def all_shops() -> Iterator[Shops]:
    shops = Shops()
    yield shops
    shops.close()


@pytest.fixture
def shops(all_shops: Shops) -> Iterator[Shops]:
    yield all_shops
    all_shops.open.set()


@pytest.fixture(scope="session")
def prepared(
    all_shops: Shops, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Sqlite | Postgres]]:
    directory = tmp_path_factory.mktemp("prepared")
    database = engine().make(directory)
    env = environment(directory, database)
    code = ADD_PROVIDERS.format(urls=all_shops.urls)
    for command in (["setup"], ["shell", "--no-imports", "-c", code]):
        done = manage(command, env)
        assert done.returncode == 0, done.stderr
    yield directory, database
    database.drop()


@pytest.fixture
def directory(prepared: tuple[Path, Sqlite | Postgres], tmp_path: Path) -> Path:
    source, _ = prepared
    shutil.copytree(source, tmp_path / "var", ignore=shutil.ignore_patterns("*.sqlite3*"))
    return tmp_path / "var"


@pytest.fixture
def database(
    prepared: tuple[Path, Sqlite | Postgres], directory: Path
) -> Iterator[Sqlite | Postgres]:
    copied = prepared[1].copy(directory)
    yield copied
    copied.drop()


@pytest.fixture
def start(directory: Path, database: Sqlite | Postgres) -> Iterator[Start]:
    """Start `manage.py` with arguments; everything is gone after the test."""
    started: list[Service] = []

    def start(*arguments: str, **changes: str) -> Service:
        service = Service(
            list(arguments or ["serve"]), directory=directory, database=database, **changes
        )
        started.append(service)
        return service

    yield start
    for service in started:
        service.kill()


def start_in_the_middle_of_a_run(start: Start, shops: Shops, **changes: str) -> Service:
    """Return a service whose six providers have read a page and wait for the next."""
    shops.shut()
    service = start(**changes).until_ready()
    until(lambda: len(shops.waiting) == len(NAMES), what="a run to be under way")
    return service
