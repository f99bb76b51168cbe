"""What the environment may say, in one table: name, default, accepted values, help.

`docs/configuration.md` and `.env.example` are tested against `SETTINGS`; nothing else reads
the environment.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pricestream import accepted
from pricestream.accepted import MIN_PASSWORD_LENGTH, MIN_SECRET_KEY_LENGTH

BASE_DIR: Final = Path(__file__).resolve().parent.parent
SHOWN: Final = 80  # characters of a wrong value: enough to find it again
DOTENV_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)", re.ASCII)
QUOTED: Final = re.compile(r"""(['"])(.*)\1\s*(?:#.*)?""")


class SettingError(Exception):
    """A setting cannot be used. The text names it, what was read and what is accepted."""

    def __init__(self, name: str, value: str | None, accepted: str) -> None:
        """Word the error for whoever set `name` to `value`; `None` is a secret."""
        shown = "a value that is not shown" if value is None else repr(value[:SHOWN])
        super().__init__(f"{name}: read {shown}; accepted: {accepted}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is read and what it means."""

    name: str
    default: str
    accepted: str
    help: str
    parse: Callable[[str], Any]

    @property
    def is_secret(self) -> bool:
        """Say whether its value must not be shown."""
        return bool(re.search(r"SECRET|PASSWORD|DATABASE_URL|BROKER_URL|REDIS_URL", self.name))

    def read(self, given: str) -> Any:
        """Return the parsed value, or the default when none was given.

        Raises:
            SettingError: it is not acceptable.
        """
        try:
            return self.parse(given or self.default)
        except ValueError as error:
            raise SettingError(
                self.name, None if self.is_secret else given, self.accepted
            ) from error


_ON_OFF = "1 or 0"

SETTINGS: Final = (
    Setting(
        "PORT",
        "8000",
        "a port, 1 to 65535",
        "Port of the web server.",
        accepted.number(1, 65535),
    ),
    Setting(
        "BIND",
        "127.0.0.1",
        "an IP address of this machine, or localhost",
        "Address the web server listens on. 0.0.0.0 opens it to the network.",
        accepted.address,
    ),
    Setting(
        "DATABASE_URL",
        "",
        "postgres://user:password@host:5432/name or sqlite:///path",
        "The database. Unset: SQLite in the data directory.",
        accepted.database_url,
    ),
    Setting(
        "PRICESTREAM_DATA_DIR",
        "var",
        "a directory that can be written",
        "Where the SQLite database, generated secrets and collected static files live.",
        accepted.text,
    ),
    Setting(
        "SECRET_KEY",
        "",
        f"at least {MIN_SECRET_KEY_LENGTH} random characters",
        "Signs sessions and tokens. Unset: generated once into the data directory, mode 0600."
        " Set it, to the same value, where several machines serve or work.",
        accepted.secret_key,
    ),
    Setting(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "host names separated by commas, * not included",
        "Host names under which the web server answers, beside that of PRICESTREAM_PUBLIC_URL.",
        accepted.hosts,
    ),
    Setting(
        "PRICESTREAM_PUBLIC_URL",
        "",
        "http://host or https://host, without a path",
        "Address that browsers use. With https, cookies are secure and HSTS is sent.",
        accepted.origin,
    ),
    Setting(
        "PRICESTREAM_TRUSTED_PROXIES",
        "127.0.0.1,::1",
        "IP addresses or networks separated by commas",
        "Reverse proxies that are believed when they say that a request came by https.",
        accepted.addresses,
    ),
    Setting(
        "DEBUG",
        "0",
        _ON_OFF,
        "Django's debug pages. Never on a reachable machine.",
        accepted.flag,
    ),
    Setting(
        "PRICESTREAM_ADMIN_USERNAME",
        "admin",
        "letters, digits and @ . + - _",
        "Name of the first user, made when there is none.",
        accepted.username,
    ),
    Setting(
        "PRICESTREAM_ADMIN_PASSWORD",
        "",
        f"at least {MIN_PASSWORD_LENGTH} characters",
        "Password of the first user. Unset: a random one, printed once.",
        accepted.password,
    ),
    Setting(
        "PRICESTREAM_DEMO",
        "1",
        _ON_OFF,
        "Demo shops with 90 days of made-up history on an empty database.",
        accepted.flag,
    ),
    Setting(
        "PRICESTREAM_INTERVAL_MINUTES",
        "10",
        "minutes, 1 to 10080",
        "How often a provider is read, unless it has an interval of its own.",
        accepted.number(1, 10080),
    ),
    Setting(
        "PRICESTREAM_CONCURRENCY",
        "16",
        "threads, 1 to 256",
        "Threads that fetch and parse at the same time, over all providers of a process.",
        accepted.number(1, 256),
    ),
    Setting(
        "PRICESTREAM_ALLOW_PRIVATE_NETWORKS",
        "0",
        "0, 1 for all private networks, or CIDRs separated by commas",
        "Networks inside your house that a provider may live in.",
        accepted.networks,
    ),
    Setting(
        "PRICESTREAM_BROKER_URL",
        "",
        "amqp://… or kafka://…",
        "Message broker that price changes are published to. Unset: none.",
        accepted.url("amqp", "amqps", "kafka"),
    ),
    Setting(
        "REDIS_URL",
        "",
        "redis://host:6379/0, with the Python package redis installed",
        "Redis as the queue of background jobs. Unset: the database is the queue.",
        accepted.redis_url,
    ),
    Setting(
        "DASHBOARD_API_URL",
        "",
        "http://… or https://… of a PriceStream server",
        "API that the pages talk to. Unset: this server's own, in process.",
        accepted.url("http", "https"),
    ),
    Setting(
        "PRICESTREAM_WORKERS",
        "2",
        "processes, 1 to 64",
        "Processes of the job queue. One run can be shared by several on PostgreSQL.",
        accepted.number(1, 64),
    ),
    Setting(
        "PRICESTREAM_WEB_WORKERS",
        "2",
        "processes, 1 to 64",
        "Processes of the web server.",
        accepted.number(1, 64),
    ),
)


def read_environment(
    environment: Mapping[str, str] = os.environ, *, dotenv: Path = BASE_DIR / ".env"
) -> dict[str, Any]:
    """Return every setting by name, parsed; `.env` fills what the environment leaves unset.

    A name with `_FILE` behind it is read from that file, as container secrets are. Empty is
    unset.

    Raises:
        SettingError: a value is not acceptable.
    """
    sources = (environment, read_dotenv(dotenv))
    return {setting.name: setting.read(_given(setting.name, sources)) for setting in SETTINGS}


def _given(name: str, sources: tuple[Mapping[str, str], ...]) -> str:
    file = f"{name}_FILE"
    for source in sources:
        value, path = source.get(name, "").strip(), source.get(file, "").strip()
        if value and path:
            raise SettingError(name, None, f"either {name} or {file}, not both")
        if path:
            return _content(file, path)
        if value:
            return value
    return ""


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(name, path, "a text file that can be read") from error


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the names and values of a `.env` file; nothing when there is none.

    A value may stand in quotes, and a comment behind it. Nothing is expanded in it.

    Raises:
        SettingError: the file cannot be read, or a line is neither `NAME=value` nor a comment.
    """
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(".env", str(path), "a text file that can be read") from error
    values = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = DOTENV_LINE.fullmatch(line.strip())
        if found is None:
            raise SettingError(f".env, line {number}", None, "NAME=value, or # and a comment")
        values[found[1]] = _unquoted(found[2])
    return values


def _unquoted(value: str) -> str:
    if quoted := QUOTED.fullmatch(value):
        return quoted[2]
    return re.sub(r"(^|\s+)#.*", "", value).strip()
