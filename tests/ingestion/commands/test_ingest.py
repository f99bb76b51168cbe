"""`manage.py ingest`, over real HTTP."""

import contextlib
import os
import pty
import re
import signal
import sqlite3
import threading
from collections.abc import Callable

import pytest
from django.utils import timezone

from ingestion import runs
from ingestion.demo import seeding
from ingestion.models import Provider, Run, RunStatus, Trigger
from prices.models import Offer
from tests.commands import Installation, call
from tests.ingestion.conftest import Reply, Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]


def row(out: str, slug: str) -> list[str]:
    return next(line.split() for line in out.splitlines() if line.startswith(f"{slug} "))


def test_reads_every_enabled_provider_and_shows_their_figures(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider("one", url=f"{shop.url}/one")
    make_provider("two", url=f"{shop.url}/two")
    make_provider("off", url=f"{shop.url}/off", enabled=False)
    one, two = pages(items(3)), pages(items(2), items(2, prefix="j"))
    shop.reply = lambda path: one(path) if path.startswith("/one") else two(path)

    done = call("ingest")

    assert done.code == 0
    assert row(done.out, "one")[:4] == ["one", "Completed", "3", "3"]
    assert row(done.out, "two")[:4] == ["two", "Completed", "4", "4"]
    assert not any(path.startswith("/off") for path in shop.asked)
    run = Run.objects.get()
    assert (run.trigger, run.status) == (Trigger.COMMAND, RunStatus.COMPLETED)
    assert f"Run {run.pk} Completed: 2 of 2 providers, 7 offers, 7 new" in done.out
    assert sorted(done.err.splitlines()) == ["one: 3 offers", "two: 4 offers"]


def test_reads_only_what_is_named(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("one", url=f"{shop.url}/one")
    make_provider("two", url=f"{shop.url}/two")
    shop.reply = pages(items(1))

    done = call("ingest", "two")

    assert done.code == 0
    assert {path.partition("?")[0] for path in shop.asked} == {"/two"}


def test_refuses_what_is_disabled(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("off", url=f"{shop.url}/off", enabled=False)

    done = call("ingest", "off")

    assert (done.code, shop.asked, Run.objects.count()) == (2, [], 0)
    assert done.err.startswith("disabled: off. Enable it first")


def test_exits_with_1_when_a_provider_failed_and_says_why(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider("good", url=f"{shop.url}/good")
    make_provider("gone", url=f"{shop.url}/gone")
    good = pages(items(1))
    shop.reply = lambda path: good(path) if path.startswith("/good") else (404, {}, b"")

    done = call("ingest")

    assert done.code == 1
    assert done.err.endswith("1 of 2 providers failed: gone")
    assert "http_status" in done.out
    assert "Open the address in a browser" in done.out
    assert Offer.objects.count() == 1


def test_believes_a_smaller_catalogue_only_when_told(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(20))
    call("ingest")
    shop.reply = pages(items(5))

    assert call("ingest").code == 1
    assert not Offer.objects.filter(missing_since__isnull=False).exists()

    assert call("ingest", "shop", "--accept-drop").code == 0
    assert Offer.objects.filter(missing_since__isnull=False).count() == 15


def test_refuses_an_unknown_provider_and_suggests_close_ones(make_provider: MakeProvider) -> None:
    make_provider("nordlicht")

    done = call("ingest", "nordlich")

    assert done.code == 2
    assert done.err.startswith("there is no provider nordlich (did you mean nordlicht?).")
    assert not Run.objects.exists()


def test_refuses_a_provider_whose_prices_are_pushed(make_provider: MakeProvider) -> None:
    make_provider("pushed", kind="push")

    done = call("ingest", "pushed")

    assert (done.code, Run.objects.count()) == (2, 0)
    assert done.err.startswith("prices are pushed, not read: pushed")


def test_says_what_to_do_when_there_is_nothing_to_read(make_provider: MakeProvider) -> None:
    make_provider("off", enabled=False)

    done = call("ingest")

    assert done.code == 2
    assert "provider add URL" in done.err


def test_refuses_what_is_being_read_already(shop: Shop, make_provider: MakeProvider) -> None:
    provider = make_provider(url=shop.url)
    runs.create_run(trigger=Trigger.API, providers=[provider], now=timezone.now())

    done = call("ingest", "shop")

    assert done.code == 2
    assert done.err.startswith("already being read: shop")
    assert shop.asked == []


def test_serves_the_demo_shops_while_it_reads_them(settings: object) -> None:
    now = timezone.now()
    seeding.seed(now, "http://127.0.0.1:9")  # a port that nobody answers on
    assert Offer.objects.exists()
    threads = threading.active_count()

    done = call("ingest", "demo-prairie")

    assert done.code == 0, done.err
    assert row(done.out, "demo-prairie")[1] == "Completed"
    assert threading.active_count() <= threads


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_leaves_nothing_running(
    signum: signal.Signals, shop: Shop, installation: Installation
) -> None:
    shop.reply = lambda path: (200, {}, b'{"products": [{"id": 1, "title": "a", "price": 5}]}')
    added = installation.run("provider", "add", f"{shop.url}/products", "--name", "shop")
    assert added.code == 0, added.err
    asked, release = threading.Event(), threading.Event()

    def hang(path: str) -> Reply:
        asked.set()
        release.wait(30)
        return 200, {}, b"{}"

    shop.reply = hang

    process = installation.start("ingest", "shop")
    assert asked.wait(30)
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    release.set()

    assert process.returncode == 128 + signum, err
    assert "shutdown" in out
    assert "Traceback" not in err
    with sqlite3.connect(installation.database) as database:
        rows = database.execute("SELECT status, error_code FROM ingestion_providerrun").fetchall()
        assert rows == [("Failed", "shutdown")]
        assert database.execute("SELECT status FROM ingestion_run").fetchall() == [("Failed",)]
    database.close()


def test_says_in_one_line_that_the_database_is_not_migrated(
    installation: Installation,
) -> None:
    installation.database.unlink()

    done = installation.run("ingest")

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "Run `manage.py setup` first." in done.err


def test_says_in_one_line_that_the_database_does_not_answer(installation: Installation) -> None:
    installation.environment["DATABASE_URL"] = "postgres://nobody:secret@127.0.0.1:9/nothing"

    done = installation.run("ingest")

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "DATABASE_URL: the database does not answer" in done.err
    assert "secret" not in done.err


def test_on_a_terminal_it_shows_a_bar_for_each_provider(
    shop: Shop, installation: Installation
) -> None:
    shop.reply = lambda path: (
        200,
        {},
        b'{"products": [{"id": 1, "title": "a", "price": 5}], "total": 1}',
    )
    added = installation.run("provider", "add", f"{shop.url}/products", "--name", "shop")
    assert added.code == 0, added.err
    ours, theirs = pty.openpty()

    process = installation.start("ingest", stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    out, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert row(out, "shop")[:3] == ["shop", "Completed", "1"]
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"✓ shop ━+ +1 offers", plain)
