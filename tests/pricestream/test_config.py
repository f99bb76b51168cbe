"""The settings of the environment: what is read, what is refused, and how it is worded."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pricestream.accepted import ALL_PRIVATE_NETWORKS
from pricestream.config import BASE_DIR, SETTINGS, Setting, SettingError, read_dotenv
from pricestream.config import read_environment as read

NOWHERE = Path("/nonexistent/.env")
BY_NAME = {setting.name: setting for setting in SETTINGS}
SECRET = "0123456789abcdef0123456789abcdef"

DEFAULTS = {
    "PORT": 8000,
    "BIND": "127.0.0.1",
    "DATABASE_URL": {},
    "PRICESTREAM_DATA_DIR": "var",
    "SECRET_KEY": "",
    "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
    "PRICESTREAM_PUBLIC_URL": "",
    "PRICESTREAM_TRUSTED_PROXIES": ("127.0.0.1", "::1"),
    "DEBUG": False,
    "PRICESTREAM_ADMIN_USERNAME": "admin",
    "PRICESTREAM_ADMIN_PASSWORD": "",
    "PRICESTREAM_DEMO": True,
    "PRICESTREAM_INTERVAL_MINUTES": 10,
    "PRICESTREAM_CONCURRENCY": 16,
    "PRICESTREAM_ALLOW_PRIVATE_NETWORKS": (),
    "PRICESTREAM_BROKER_URL": "",
    "REDIS_URL": "",
    "DASHBOARD_API_URL": "",
    "PRICESTREAM_WORKERS": 2,
    "PRICESTREAM_WEB_WORKERS": 2,
}

ACCEPTED: list[tuple[str, str, Any]] = [
    ("PORT", "1", 1),
    ("PORT", " 65535 ", 65535),
    ("BIND", "0.0.0.0", "0.0.0.0"),
    ("BIND", "::", "::"),
    ("BIND", "localhost", "localhost"),
    ("PRICESTREAM_DATA_DIR", "/data", "/data"),
    ("SECRET_KEY", SECRET, SECRET),
    ("ALLOWED_HOSTS", "a.example, .b.example", ["a.example", ".b.example"]),
    ("PRICESTREAM_PUBLIC_URL", "https://a.example/", "https://a.example"),
    ("PRICESTREAM_PUBLIC_URL", "http://a.example:8080", "http://a.example:8080"),
    ("PRICESTREAM_TRUSTED_PROXIES", "10.0.0.0/8,::1", ("10.0.0.0/8", "::1")),
    ("DEBUG", "yes", True),
    ("DEBUG", "OFF", False),
    ("PRICESTREAM_ADMIN_USERNAME", "ada@home", "ada@home"),
    ("PRICESTREAM_ADMIN_PASSWORD", "$ecret #8", "$ecret #8"),
    ("PRICESTREAM_DEMO", "0", False),
    ("PRICESTREAM_INTERVAL_MINUTES", "1440", 1440),
    ("PRICESTREAM_CONCURRENCY", "256", 256),
    ("PRICESTREAM_ALLOW_PRIVATE_NETWORKS", "1", ALL_PRIVATE_NETWORKS),
    ("PRICESTREAM_ALLOW_PRIVATE_NETWORKS", "10.1.2.3", ("10.1.2.3/32",)),
    ("PRICESTREAM_BROKER_URL", "amqp://localhost", "amqp://localhost"),
    ("DASHBOARD_API_URL", "http://api.example/x", "http://api.example/x"),
    ("PRICESTREAM_WORKERS", "64", 64),
    ("PRICESTREAM_WEB_WORKERS", "1", 1),
]

REFUSED = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "80a"),
    ("PORT", "-1"),
    ("PORT", "٨٠"),
    ("BIND", "my-host"),
    ("BIND", "127.0.0.1:8000"),
    ("DATABASE_URL", "mysql://u:p@h/n"),
    ("DATABASE_URL", "postgres://u:p@h:port/n"),
    ("DATABASE_URL", "postgres://u:p@h"),
    ("DATABASE_URL", "sqlite://x/y"),
    ("DATABASE_URL", "postgres://h/n?sslmode"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "django-insecure-" + SECRET),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "https://a.example"),
    ("ALLOWED_HOSTS", ","),
    ("PRICESTREAM_PUBLIC_URL", "a.example"),
    ("PRICESTREAM_PUBLIC_URL", "ftp://a.example"),
    ("PRICESTREAM_PUBLIC_URL", "https://a.example/prices"),
    ("PRICESTREAM_PUBLIC_URL", "https://"),
    ("PRICESTREAM_TRUSTED_PROXIES", "*"),
    ("DEBUG", "2"),
    ("PRICESTREAM_ADMIN_USERNAME", "a b"),
    ("PRICESTREAM_ADMIN_PASSWORD", "1234567"),
    ("PRICESTREAM_DEMO", "maybe"),
    ("PRICESTREAM_INTERVAL_MINUTES", "0"),
    ("PRICESTREAM_INTERVAL_MINUTES", "1.5"),
    ("PRICESTREAM_CONCURRENCY", "257"),
    ("PRICESTREAM_ALLOW_PRIVATE_NETWORKS", "10.0.0.1/8"),
    ("PRICESTREAM_ALLOW_PRIVATE_NETWORKS", "everything"),
    ("PRICESTREAM_BROKER_URL", "http://x"),
    ("REDIS_URL", "localhost:6379"),
    ("DASHBOARD_API_URL", "/api"),
    ("PRICESTREAM_WORKERS", "0"),
    ("PRICESTREAM_WEB_WORKERS", "many"),
]


def test_every_setting_has_its_default() -> None:
    assert read({}, dotenv=NOWHERE) == DEFAULTS


@pytest.mark.parametrize(("name", "value", "expected"), ACCEPTED)
def test_accepts(name: str, value: str, expected: Any) -> None:
    assert read({name: value}, dotenv=NOWHERE) == {**DEFAULTS, name: expected}


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_refuses_in_one_line_with_name_value_and_what_is_accepted(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        read({name: value}, dotenv=NOWHERE)

    line = str(caught.value)
    shown = "a value that is not shown" if BY_NAME[name].is_secret else repr(value)
    assert line == f"{name}: read {shown}; accepted: {BY_NAME[name].accepted}"


def test_each_setting_that_can_be_wrong_is_tried() -> None:
    takes_anything = {"PRICESTREAM_DATA_DIR"}

    assert {name for name, _ in REFUSED} | takes_anything == set(BY_NAME)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_empty_is_unset(setting: Setting) -> None:
    assert read({setting.name: " "}, dotenv=NOWHERE) == DEFAULTS


def test_cuts_a_long_wrong_value_and_keeps_it_on_one_line() -> None:
    with pytest.raises(SettingError) as caught:
        read({"PORT": "a\nb" + "x" * 5000}, dotenv=NOWHERE)

    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_reads_a_database_url_with_its_escapes_and_parameters() -> None:
    url = "postgres://us%40er:p%2Fw%3A%23@db.example:5433/prices?sslmode=require"

    assert read({"DATABASE_URL": url}, dotenv=NOWHERE)["DATABASE_URL"] == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "prices",
        "USER": "us@er",
        "PASSWORD": "p/w:#",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_reads_a_postgresql_behind_a_unix_socket() -> None:
    url = "postgresql://postgres:@/postgres?host=/run/pg"

    database = read({"DATABASE_URL": url}, dotenv=NOWHERE)["DATABASE_URL"]

    assert (database["HOST"], database["OPTIONS"]) == ("", {"host": "/run/pg"})


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///x/y.db", "x/y.db"), ("sqlite:////x/y.db", "/x/y.db")]
)
def test_reads_the_path_of_an_sqlite_database(url: str, path: str) -> None:
    database = read({"DATABASE_URL": url}, dotenv=NOWHERE)["DATABASE_URL"]

    assert database == {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(path)}


def test_redis_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingError, match="with the Python package redis installed"):
        read({"REDIS_URL": "redis://localhost:6379/0"}, dotenv=NOWHERE)

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    values = read({"REDIS_URL": "redis://localhost:6379/0"}, dotenv=NOWHERE)
    assert values["REDIS_URL"] == "redis://localhost:6379/0"


def test_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")

    assert read({"SECRET_KEY_FILE": str(file)}, dotenv=NOWHERE)["SECRET_KEY"] == SECRET


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        read({"SECRET_KEY_FILE": f"{tmp_path}/none"}, dotenv=NOWHERE)

    assert str(caught.value) == (
        f"SECRET_KEY_FILE: read '{tmp_path}/none'; accepted: a text file that can be read"
    )


def test_value_and_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        read({"SECRET_KEY": SECRET, "SECRET_KEY_FILE": "/x"}, dotenv=NOWHERE)

    assert "either SECRET_KEY or SECRET_KEY_FILE, not both" in str(caught.value)
    assert SECRET not in str(caught.value)


def dotenv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / ".env"
    path.write_text(text)
    return path


def test_dotenv_fills_what_the_environment_leaves_unset(tmp_path: Path) -> None:
    path = dotenv(tmp_path, "PORT=9000\nBIND=0.0.0.0\nDEBUG=1\n")

    values = read({"PORT": "7000", "BIND": ""}, dotenv=path)

    assert (values["PORT"], values["BIND"], values["DEBUG"]) == (7000, "0.0.0.0", True)


def test_the_environment_wins_over_a_file_named_in_dotenv(tmp_path: Path) -> None:
    path = dotenv(tmp_path, "SECRET_KEY_FILE=/nonexistent\n")

    assert read({"SECRET_KEY": SECRET}, dotenv=path)["SECRET_KEY"] == SECRET


def test_dotenv_takes_quotes_comments_and_export_and_expands_nothing(tmp_path: Path) -> None:
    path = dotenv(
        tmp_path,
        "# a comment\n\n"
        "A=1 # one\n"
        "export B = two\n"
        "C='# not a comment' # a comment\n"
        'D="with $HOME and \\n"\n'
        "E=$HOME#x\n"
        "F=\n"
        "G=#only a comment\n",
    )

    assert read_dotenv(path) == {
        "A": "1",
        "B": "two",
        "C": "# not a comment",
        "D": "with $HOME and \\n",
        "E": "$HOME#x",
        "F": "",
        "G": "",
    }


def test_dotenv_names_the_line_that_is_none_and_does_not_show_it(tmp_path: Path) -> None:
    path = dotenv(tmp_path, "PORT=1\nSECRET-KEY: abc\n")

    with pytest.raises(SettingError) as caught:
        read({}, dotenv=path)

    assert str(caught.value).startswith(".env, line 2: ")
    assert "abc" not in str(caught.value)


def test_a_wrong_value_ends_a_command_with_one_line_and_code_2() -> None:
    done = subprocess.run(
        [sys.executable, BASE_DIR / "manage.py", "check"],
        env={**os.environ, "PORT": "eighty"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "PORT: read 'eighty'; accepted: a port, 1 to 65535\n"
