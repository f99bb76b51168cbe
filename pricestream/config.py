"""What the environment may say, in one table: name, default, accepted values, help.

`docs/configuration.md` is tested against `SETTINGS`; nothing else reads the environment.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

ALL_PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)


class SettingError(Exception):
    """A setting cannot be used. The text names it, what was read and what is accepted."""

    def __init__(self, name: str, value: str, accepted: str) -> None:
        """Word the error for whoever set `name` to `value`."""
        shown = "a value that is not shown" if _is_secret(name) else repr(value)
        super().__init__(f"{name}: read {shown}; accepted: {accepted}")
        self.name = name


def _is_secret(name: str) -> bool:
    return bool(re.search(r"SECRET|PASSWORD|DATABASE_URL|BROKER_URL|REDIS_URL", name))


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is read and what it means."""

    name: str
    default: str
    accepted: str
    help: str
    parse: Callable[[str], Any]

    def read(self, values: Mapping[str, str]) -> Any:
        """Return the parsed value; raise `SettingError` when it is not acceptable."""
        text = values.get(self.name, "").strip() or self.default
        try:
            return self.parse(text)
        except ValueError as error:
            raise SettingError(self.name, text, self.accepted) from error


def _text(text: str) -> str:
    return text


def _flag(text: str) -> bool:
    known = {"1": True, "true": True, "on": True, "yes": True}
    known |= {"0": False, "false": False, "off": False, "no": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _hosts(text: str) -> list[str]:
    hosts = _names(text)
    if any(not re.fullmatch(r"\[?[A-Za-z0-9.:_-]+\]?", host) for host in hosts):
        raise ValueError(text)
    return hosts


def _address(text: str) -> str:
    if text != "localhost":
        ipaddress.ip_address(text)
    return text


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and (urlsplit(text).scheme not in schemes or not urlsplit(text).netloc):
            raise ValueError(text)
        return text

    return parse


def _database_url(text: str) -> str:
    if not re.match(r"(sqlite:///.+|(postgres|postgresql)://.*/[^/?]+)", text):
        raise ValueError(text)
    return text


def _networks(text: str) -> tuple[str, ...]:
    if text == "0":
        return ()
    if text == "1":
        return ALL_PRIVATE_NETWORKS
    return tuple(str(ipaddress.ip_network(name)) for name in _names(text))


def _username(text: str) -> str:
    if not re.fullmatch(r"[\w.@+-]{1,150}", text):
        raise ValueError(text)
    return text


def _password(text: str) -> str:
    if text and len(text) < MIN_PASSWORD_LENGTH:
        raise ValueError(text)
    return text


def _secret_key(text: str) -> str:
    if text and (len(text) < MIN_SECRET_KEY_LENGTH or text.startswith("django-insecure-")):
        raise ValueError(text)
    return text


MIN_PASSWORD_LENGTH = 8
MIN_SECRET_KEY_LENGTH = 32  # HS256 wants a key of at least 256 bits (RFC 7518, 3.2)

_ON_OFF = "1 or 0"

SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "8000", "a port, 1 to 65535", "Port of the web server.", _number(1, 65535)),
    Setting(
        "BIND",
        "127.0.0.1",
        "an IP address of this machine, or localhost",
        "Address the web server listens on. 0.0.0.0 opens it to the network.",
        _address,
    ),
    Setting(
        "DATABASE_URL",
        "",
        "postgres://user:password@host:5432/name or sqlite:///path",
        "The database. Unset: SQLite in the data directory.",
        lambda text: _database_url(text) if text else "",
    ),
    Setting(
        "PRICESTREAM_DATA_DIR",
        "var",
        "a directory that can be written",
        "Where the SQLite database, generated secrets and collected static files live.",
        _text,
    ),
    Setting(
        "SECRET_KEY",
        "",
        f"at least {MIN_SECRET_KEY_LENGTH} random characters",
        "Signs sessions and tokens. Unset: generated once into the data directory, mode 0600.",
        _secret_key,
    ),
    Setting(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "host names separated by commas, * not included",
        "Host names under which the web server answers.",
        _hosts,
    ),
    Setting(
        "PRICESTREAM_PUBLIC_URL",
        "",
        "http://… or https://…",
        "Address that browsers use. With https, cookies are secure and HSTS is sent.",
        _url("http", "https"),
    ),
    Setting("DEBUG", "0", _ON_OFF, "Django's debug pages. Never on a reachable machine.", _flag),
    Setting(
        "PRICESTREAM_ADMIN_USERNAME",
        "admin",
        "letters, digits and @ . + - _",
        "Name of the first user, made when there is none.",
        _username,
    ),
    Setting(
        "PRICESTREAM_ADMIN_PASSWORD",
        "",
        f"at least {MIN_PASSWORD_LENGTH} characters",
        "Password of the first user. Unset: a random one, printed once.",
        _password,
    ),
    Setting(
        "PRICESTREAM_DEMO",
        "1",
        _ON_OFF,
        "Demo shops with 90 days of made-up history on an empty database.",
        _flag,
    ),
    Setting(
        "PRICESTREAM_INTERVAL_MINUTES",
        "10",
        "minutes, 1 to 10080",
        "How often a provider is read, unless it has an interval of its own.",
        _number(1, 10080),
    ),
    Setting(
        "PRICESTREAM_CONCURRENCY",
        "16",
        "threads, 1 to 256",
        "Threads that fetch and parse at the same time, over all providers.",
        _number(1, 256),
    ),
    Setting(
        "PRICESTREAM_ALLOW_PRIVATE_NETWORKS",
        "0",
        "0, 1 for all private networks, or CIDRs separated by commas",
        "Networks inside your house that a provider may live in.",
        _networks,
    ),
    Setting(
        "PRICESTREAM_BROKER_URL",
        "",
        "amqp://… or kafka://…",
        "Message broker that price changes are published to. Unset: none.",
        _url("amqp", "amqps", "kafka"),
    ),
    Setting(
        "REDIS_URL",
        "",
        "redis://host:6379/0",
        "Redis as the queue of django-q2. Unset: the database is the queue.",
        _url("redis", "rediss", "unix"),
    ),
    Setting(
        "DASHBOARD_API_URL",
        "",
        "http://… or https://… of a PriceStream server",
        "API that the pages talk to. Unset: this server's own, in process.",
        _url("http", "https"),
    ),
    Setting(
        "PRICESTREAM_WORKERS",
        "2",
        "processes, 1 to 64",
        "Processes of the job queue. One run can be shared by several on PostgreSQL.",
        _number(1, 64),
    ),
    Setting(
        "PRICESTREAM_WEB_WORKERS",
        "2",
        "processes, 1 to 64",
        "Processes of the web server.",
        _number(1, 64),
    ),
)


def read_environment() -> dict[str, Any]:
    """Return every setting by name, parsed; `.env` fills what the environment leaves unset.

    A name with `_FILE` behind it is read from that file, as container secrets are.

    Raises:
        SettingError: a value is not acceptable.
    """
    environ.Env.read_env(BASE_DIR / ".env")
    source = environ.FileAwareEnv()
    values = {setting.name: cast(str, source.str(setting.name, default="")) for setting in SETTINGS}
    return {setting.name: setting.read(values) for setting in SETTINGS}


def data_directory(name: str) -> Path:
    """Return the data directory, made if need be.

    Raises:
        SettingError: it cannot be made or written.
    """
    path = (BASE_DIR / name).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError("PRICESTREAM_DATA_DIR", name, "a directory that can be made") from error
    if not os.access(path, os.W_OK):
        raise SettingError("PRICESTREAM_DATA_DIR", name, "a directory that can be written")
    return path


def generated_secret(path: Path) -> str:
    """Return the secret kept in `path`, made at the first call with mode 0600.

    Two processes that start at once agree: the file is linked into place whole, and
    whoever comes second reads what the first one wrote.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
