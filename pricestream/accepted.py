"""What the values of the settings may look like. Each function parses one, or raises ValueError."""

import importlib.util
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

MIN_PASSWORD_LENGTH: Final = 8
MIN_SECRET_KEY_LENGTH: Final = 32  # HS256 wants a key of at least 256 bits (RFC 7518, 3.2)
ALL_PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)


def text(value: str) -> str:
    """Take any text."""
    return value


def flag(value: str) -> bool:
    """Read 1 or 0, and the usual other words for them."""
    known = {"1": True, "true": True, "on": True, "yes": True}
    known |= {"0": False, "false": False, "off": False, "no": False}
    if value.lower() not in known:
        raise ValueError(value)
    return known[value.lower()]


def number(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number from `low` to `high`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise ValueError(value)
        return int(value)

    return parse


def hosts(value: str) -> list[str]:
    """Read host names separated by commas; `*` is none."""
    names = _split(value)
    if not names or any(not re.fullmatch(r"\[?[A-Za-z0-9.:_-]+\]?", name) for name in names):
        raise ValueError(value)
    return names


def address(value: str) -> str:
    """Read an address to listen on."""
    if value != "localhost":
        ipaddress.ip_address(value)
    return value


def addresses(value: str) -> tuple[str, ...]:
    """Read addresses and networks of other machines, separated by commas."""
    for name in _split(value):
        ipaddress.ip_network(name)
    return tuple(_split(value))


def networks(value: str) -> tuple[str, ...]:
    """Read 0 (none), 1 (all private ones) or networks separated by commas."""
    if value == "0":
        return ()
    if value == "1":
        return ALL_PRIVATE_NETWORKS
    return tuple(str(ipaddress.ip_network(name)) for name in _split(value))


def url(*schemes: str) -> Callable[[str], str]:
    """Read an address with one of `schemes` and a host; empty is none."""

    def parse(value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in schemes or not parts.hostname):
            raise ValueError(value)
        return value

    return parse


def origin(value: str) -> str:
    """Read scheme, host and perhaps port of a web server; empty is none."""
    parts = urlsplit(url("http", "https")(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(value)
    return value.rstrip("/")


def redis_url(value: str) -> str:
    """Read the address of a Redis, which needs a package that is not installed by default."""
    if value and importlib.util.find_spec("redis") is None:
        raise ValueError(value)
    return url("redis", "rediss")(value)


def database_url(value: str) -> dict[str, Any]:
    """Return Django's entry for the address of a database; empty when none is given.

    Parameters behind `?` go to the driver (`?sslmode=require`).
    """
    if not value:
        return {}
    parts = urlsplit(value)
    name = unquote(parts.path[1:])
    if not name:
        raise ValueError(value)
    if parts.scheme == "sqlite" and not parts.netloc:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(name)}
    if parts.scheme not in ("postgres", "postgresql") or "/" in name:
        raise ValueError(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
    }


def username(value: str) -> str:
    """Read the name of a user, as Django takes it."""
    if not re.fullmatch(r"[\w.@+-]{1,150}", value):
        raise ValueError(value)
    return value


def password(value: str) -> str:
    """Read a password; empty is none."""
    if value and len(value) < MIN_PASSWORD_LENGTH:
        raise ValueError(value)
    return value


def secret_key(value: str) -> str:
    """Read a key that signs; empty is none."""
    if value and (len(value) < MIN_SECRET_KEY_LENGTH or value.startswith("django-insecure-")):
        raise ValueError(value)
    return value


def _split(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]
