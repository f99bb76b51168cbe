"""Which addresses may be reached."""

import ipaddress

import pytest

from ingestion.errors import AddressNotAllowedError
from ingestion.guard import Guard, checked_url, is_public

BAD = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1
2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002::1 2002:7f00:1:: 2620:4f:8000::1
3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 fe80::1%lo 2606:4700::1%lo
""".split()
GOOD = """
1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1
198.17.255.255 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888
""".split()


@pytest.mark.parametrize("address", BAD)
def test_refuses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", GOOD)
def test_lets_pass(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file:/x",
        "FILE://x",
        "ftp://a.example/",
        "gopher://a.example/",
        "data:text/html,x",
        "javascript:alert(1)",
        "//a.example/",
        "a.example",
        "",
        "http://",
        " http://a.example/",
        "http://a.example/ x",
        "http://a.example/\tx",
        "http://a.example/\nx",
        "http://169.254.169.254:80\\@a.example/",
        "http://user:password@a.example/",
        "http://user@a.example/",
        "http://a.example:99999/",
        "http://①②⑦.⓪.⓪.①/",
        "http://a.example/" + "x" * 2048,
    ],
)
def test_refuses_what_is_no_plain_web_address(url: str) -> None:
    with pytest.raises(AddressNotAllowedError):
        checked_url(url)


def test_reaches_public_ports_only() -> None:
    guard, address = Guard(), ipaddress.ip_address("1.1.1.1")

    assert guard.permits(address, host="a.example", port=443)
    assert not guard.permits(address, host="a.example", port=22)


def test_reaches_what_the_operator_named_on_any_port() -> None:
    guard = Guard.of(["192.168.1.0/24"])

    assert guard.permits(ipaddress.ip_address("192.168.1.7"), host="nas", port=9000)
    assert not guard.permits(ipaddress.ip_address("192.168.2.7"), host="nas", port=80)


def test_who_names_127_0_0_1_means_localhost() -> None:
    guard = Guard.of(["127.0.0.0/8"])

    assert guard.permits(ipaddress.ip_address("::1"), host="localhost", port=9000)
    assert not guard.permits(ipaddress.ip_address("::2"), host="localhost", port=9000)
    assert not Guard.of(["10.0.0.0/8"]).permits(
        ipaddress.ip_address("::1"), host="localhost", port=80
    )


def test_reaches_one_origin_on_loopback_and_nothing_beside_it() -> None:
    guard = Guard.of([], ["http://127.0.0.1:8001"])
    loopback = ipaddress.ip_address("127.0.0.1")

    assert guard.permits(loopback, host="127.0.0.1", port=8001)
    assert not guard.permits(loopback, host="127.0.0.1", port=5432)
    assert not guard.permits(loopback, host="a.example", port=8001)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost."]
)
def test_refuses_every_spelling_of_loopback(host: str) -> None:
    with pytest.raises(AddressNotAllowedError):
        Guard().resolve(host, 80)


def test_one_bad_address_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: answers)

    with pytest.raises(AddressNotAllowedError):
        Guard().resolve("a.example", 80)
    assert Guard.of(["10.0.0.0/8"]).resolve("a.example", 80) == [
        (2, ("93.184.215.14", 80)),
        (2, ("10.0.0.1", 80)),
    ]
