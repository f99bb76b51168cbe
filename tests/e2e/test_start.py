"""The first start on an empty database, and the second, as a newcomer meets them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.databases import Postgres, Sqlite, engine
from tests.e2e.service import Service, until

BOX = re.compile(r"Sign in as   admin\n  Password     (\S{16})\n")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Sqlite | Postgres]:
    database = engine().make(tmp_path)
    yield database
    database.drop()


def test_an_empty_database_has_prices_runs_and_a_sign_in_within_a_minute(
    tmp_path: Path, empty: Sqlite | Postgres
) -> None:
    def start() -> Service:
        return Service(
            ["serve", "--setup"],
            directory=tmp_path / "var",
            database=empty,
            PRICESTREAM_ADMIN_PASSWORD="",
            PRICESTREAM_DEMO="1",
        )

    service = start()
    try:
        service.until_said("PriceStream is ready", within_s=100)
        service.until_said("changepassword admin")
        (password,) = BOX.findall(service.output)
        token = service.sign_in(password=password)
        until(
            lambda: (
                service.api("runs?trigger=startup", token=token)[1]["results"][0]["status"]
                == "Completed"
            ),
            what="the first run to complete",
        )
        check_prices(service, token)
        assert service.api("runs")[0] == 401
        assert service.stop() == 0

        again = start()
        again.until_ready()
        assert "Password     " not in again.output
        assert "Preparing" not in again.output
        assert "Collecting" not in again.output
        again.sign_in(password=password)
        assert again.stop() == 0
    finally:
        service.kill()


def check_prices(service: Service, token: str) -> None:
    """Products in several currencies, each with a history that is not empty."""
    _, products = service.api("products", token=token)
    assert products["count"] >= 20
    currencies = {
        currency
        for (currency,) in service.database.rows("SELECT DISTINCT currency FROM prices_offer")
    }
    assert len(currencies) >= 3
    for product in products["results"][:3]:
        status, history = service.api(f"products/{product['id']}/history", token=token)
        assert status == 200
        assert history["histories"]
        assert all(offer["points"] for offer in history["histories"])
