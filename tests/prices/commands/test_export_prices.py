"""`manage.py export_prices`."""

import csv
import io
import json
import os
import signal
import stat
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.models import Provider
from prices.services.recording import record
from prices.types import Origin, Quote
from tests.commands import Installation, call

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = "platform,external_id,name,url,amount,list_amount,currency,availability,started_at,origin"


def track(slug: str, external_id: str, *amounts: str, name: str = "Lamp") -> None:
    provider, _ = Provider.objects.get_or_create(slug=slug, defaults={"name": slug, "kind": "push"})
    for day, amount in enumerate(amounts):
        quote = Quote(external_id=external_id, name=name, amount=Decimal(amount), currency="EUR")
        at = START + timedelta(days=day)
        record([quote], provider_id=provider.pk, at=at, origin=Origin.PUSH)


def test_writes_every_price_as_csv() -> None:
    track("one", "a", "10", "9.5")
    track("two", "b", "7", name="=cmd()")

    done = call("export_prices")

    rows = list(csv.reader(io.StringIO(done.out)))
    assert rows[0] == COLUMNS.split(",")
    assert [(row[0], row[1], row[4], row[8]) for row in rows[1:]] == [
        ("one", "a", "10.00", "2026-03-01T00:00:00.000000Z"),
        ("one", "a", "9.50", "2026-03-02T00:00:00.000000Z"),
        ("two", "b", "7.00", "2026-03-01T00:00:00.000000Z"),
    ]
    assert rows[3][2] == "'=cmd()"


def test_writes_one_platform_as_json_lines() -> None:
    track("one", "a", "10")
    track("two", "b", "7")

    done = call("export_prices", "--format", "jsonl", "--platform", "two")

    (row,) = map(json.loads, done.lines)
    assert (row["platform"], row["amount"], row["list_amount"]) == ("two", "7.00", None)
    assert list(row) == COLUMNS.split(",")


def test_writes_a_file_as_readable_as_any_other(tmp_path: Path) -> None:
    track("one", "a", "10")
    target = tmp_path / "prices.csv"
    mask = os.umask(0o022)

    done = call("export_prices", "--output", str(target))

    os.umask(mask)
    assert (done.code, done.out, done.err) == (0, "", f"Written: {target}\n")
    assert target.read_bytes().count(b"\r\n") == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_keeps_the_file_that_is_there_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track("one", "a", "10")
    target = tmp_path / "prices.csv"
    target.write_text("yesterday's")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    done = call("export_prices", "--output", str(target))

    assert done.err == f"--output {target}: No space left on device"
    assert done.code == 2
    assert target.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--platform", "nowhere"], "There is no platform 'nowhere'."),
        (["--output", "/nowhere/prices.csv"], "/nowhere/prices.csv: No such file or directory"),
        (["--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_refuses_wrong_use(arguments: list[str], message: str) -> None:
    done = call("export_prices", *arguments)

    assert message in done.err
    assert done.code != 0
    assert done.out == ""


def test_stopped_by_a_signal_it_leaves_no_part_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track("one", "a", "10")
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.kill(os.getpid(), signal.SIGTERM))

    done = call("export_prices", "--output", str(tmp_path / "prices.csv"))

    assert (done.code, done.out, done.err) == (143, "", "")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_reader_that_has_seen_enough_is_no_error(installation: Installation) -> None:
    assert installation.run("demo_shops", "--seed").code == 0
    with installation.start("export_prices") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"{COLUMNS}\n"

        process.stdout.close()

        assert process.stderr.read() == ""
    assert process.returncode == 141
