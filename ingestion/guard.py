"""Which addresses may be reached, checked where the connection is made.

A URL says nothing about where its name leads by the time of the connect, so the check sits
in the connection itself: names are resolved once, every address must be allowed, and the
connection goes to the address that was checked.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from ingestion.errors import AddressNotAllowedError, ConnectError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]

# The special-purpose registries of IANA, spelled out: `ipaddress.is_global` differs from
# one Python to the next, and lets several of these through.
REFUSED_V4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
REFUSED_V6: Final = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
LOOPBACK_V4: Final = ipaddress.IPv4Address("127.0.0.1")
LOOPBACK_V6: Final = ipaddress.IPv6Address("::1")
PUBLIC_PORTS: Final = frozenset({80, 443, 8080, 8443})
MAX_URL_LENGTH: Final = 2048
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_public(address: IPAddress) -> bool:
    """Say whether `address` is an ordinary address of the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        return (
            address in GLOBAL_V6
            and address.scope_id is None
            and not any(address in network for network in REFUSED_V6)
        )
    return not any(address in network for network in REFUSED_V4)


def checked_url(url: str) -> Url:
    """Return `url`, parsed by the parser that also connects.

    Raises:
        AddressNotAllowedError: not a plain http(s) URL: another scheme, a user name in it,
            blanks, control characters or backslashes, or longer than 2,048 characters.
    """
    if len(url) > MAX_URL_LENGTH:
        raise AddressNotAllowedError(f"the address is longer than {MAX_URL_LENGTH} characters")
    if any(char <= " " or char in "\\\x7f" for char in url):
        raise AddressNotAllowedError("the address has blanks, backslashes or control characters")
    try:
        parsed = parse_url(url)
    except LocationParseError as error:
        raise AddressNotAllowedError("the address cannot be read") from error
    if parsed.scheme not in DEFAULT_PORTS or not parsed.host:
        raise AddressNotAllowedError("only http:// and https:// addresses with a host name")
    if parsed.auth is not None:
        raise AddressNotAllowedError("the address must not hold a user name or password")
    return parsed


def port_of(url: Url) -> int:
    """Return the port that `url` leads to."""
    return url.port or DEFAULT_PORTS[url.scheme or "http"]


@dataclass(frozen=True)
class Guard:
    """The addresses that may be reached beside the public ones.

    `networks` are the operator's; `origins` are single (host, port) pairs, for servers that
    PriceStream itself runs on the loopback interface.
    """

    networks: tuple[IPNetwork, ...] = ()
    origins: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, networks: Iterable[str], origins: Iterable[str] = ()) -> "Guard":
        """Build one from CIDRs and from origins such as `http://127.0.0.1:8001`."""
        urls = [checked_url(origin) for origin in origins]
        return cls(
            networks=tuple(map(ipaddress.ip_network, networks)),
            origins=frozenset((url.host or "", port_of(url)) for url in urls),
        )

    def permits(self, address: IPAddress, *, host: str, port: int) -> bool:
        """Say whether a connection to `host` may go to `address` and `port`.

        Who names 127.0.0.1 means this machine: `localhost` leads to ::1 as well.
        """
        named = LOOPBACK_V4 if address == LOOPBACK_V6 else address
        if any(
            one.version == network.version and one in network
            for network in self.networks
            for one in (address, named)
        ):
            return True
        if address.is_loopback and (host, port) in self.origins:
            return True
        return port in PUBLIC_PORTS and is_public(address)

    def resolve(self, host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        """Return where `host` leads: addresses that were all checked, to be tried in order.

        One address that is not allowed refuses them all, so that a name cannot offer a good
        and a bad one.

        Raises:
            ConnectError: the name has no address.
            AddressNotAllowedError: it has one that may not be reached.
        """
        try:
            infos = socket.getaddrinfo(host.rstrip("."), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ConnectError(f"the name {host} has no address") from error
        return self._checked(infos, host, port)

    def check(self, url: Url) -> None:
        """Refuse at once what needs no look-up: an address in numbers, and this machine.

        For a name this says nothing: where it leads is checked when it is connected to.

        Raises:
            AddressNotAllowedError: it may not be reached.
        """
        host, port = (url.host or "").strip("[]"), port_of(url)
        name = host.rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            name = str(LOOPBACK_V4)
        try:
            infos = socket.getaddrinfo(
                name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return
        self._checked(infos, host, port)

    def _checked(
        self, infos: Iterable[_AddressInfo], host: str, port: int
    ) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        found = []
        for family, _, _, _, place in infos:
            # A scope id ("%eth0") makes an address link-local: never allowed.
            address = ipaddress.ip_address(str(place[0]))
            if not self.permits(address, host=host, port=port):
                raise AddressNotAllowedError(f"{host}:{port} is not a public address")
            found.append((family, (str(place[0]), port)))
        return found
