"""`manage.py demo_shops`."""

import signal
import socket
import urllib.request

import pytest

from ingestion.models import Provider, Run
from prices.models import Offer, Product
from tests.commands import Installation, call

pytestmark = pytest.mark.django_db


def test_serves_the_shops_alone_until_it_is_told_to_stop(installation: Installation) -> None:
    process = installation.start("demo_shops", "--port", "0")
    assert process.stdout is not None
    lines = []
    while "Ctrl-C" not in (line := process.stdout.readline()):
        assert line, process.communicate()
        lines.append(line)

    (url,) = [word for line in lines for word in line.split() if word.endswith("/nordlicht")]
    with urllib.request.urlopen(f"{url}/products.json", timeout=10) as answer:
        assert answer.status == 200
        assert b'"products"' in answer.read()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (0, "")
    assert any(line.startswith("Shopify storefront ") for line in lines)
    assert any(line.startswith("WooCommerce shop ") for line in lines)


def test_refuses_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        done = call("demo_shops", "--port", port)

    assert (done.code, done.out) == (2, "")
    assert done.err == f"--port {port} cannot be used (Address already in use); 0 takes a free one."


def test_refuses_what_is_no_port() -> None:
    assert call("demo_shops", "--port", "99999").err == "--port 99999: a port is 0 to 65535."


def test_puts_the_demo_in_and_takes_all_of_it_out() -> None:
    mine = Provider.objects.create(
        slug="mine", name="Mine", kind="shopify", url="https://a.example"
    )

    assert call("demo_shops", "--seed").code == 0
    assert Provider.objects.filter(is_demo=True).count() >= 5
    assert Offer.objects.exists()
    assert call("demo_shops", "--seed").lines == ["The demo shops are in the database already."]

    offers = Offer.objects.count()
    done = call("demo_shops", "--remove")

    assert done.lines == [f"The demo shops are removed: {offers} offers with their history."]
    assert list(Provider.objects.all()) == [mine]
    for kind in (Offer, Product, Run):
        assert not kind.objects.exists()
    assert call("demo_shops", "--remove").lines == [
        "There is nothing of the demo shops in the database."
    ]


def test_can_do_one_thing_at_a_time() -> None:
    assert "not allowed with" in call("demo_shops", "--seed", "--remove").err
