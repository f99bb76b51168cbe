"""The cast of the pages' tests: Alice may do everything, Victor may only look."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from dashboard import client
from ingestion.demo.running import served
from ingestion.demo.server import DemoServer
from ingestion.models import Provider, ProviderRun, Run
from tests.api.conftest import PASSWORD, sell

__all__ = ["sell"]


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def alice(db: None) -> Client:
    return signed_in(User.objects.create_superuser("alice", password=PASSWORD))


@pytest.fixture
def victor(db: None) -> Client:
    return signed_in(User.objects.create_user("victor", password=PASSWORD))


@pytest.fixture
def permitted(db: None) -> Callable[..., Client]:
    """Sign somebody in who has just these permissions ("ingestion.add_run")."""

    def make(*names: str) -> Client:
        user = User.objects.create_user("olga", password=PASSWORD)
        for name in names:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        return signed_in(user)

    return make


@pytest.fixture
def shops(settings: Any) -> Iterator[DemoServer]:
    """Serve the demo shops on a free port, without their faults."""
    settings.ALLOWED_PRIVATE_NETWORKS = ("127.0.0.0/8",)
    with served(0, faults=False) as server:
        yield server


@pytest.fixture
def http_api(settings: Any, live_server: Any, transactional_db: None) -> Iterator[str]:
    """Let the pages ask a server over HTTP, and hang up on it in the end."""
    settings.DASHBOARD_API_URL = live_server.url
    yield live_server.url
    client._over_http().close()


class Page:
    """What a page says, as a reader finds it."""

    def __init__(self, response: Any, status: int = 200) -> None:
        assert response.status_code == status, response.content.decode()[:2000]
        self.response = response
        self.tree = LexborHTMLParser(response.content.decode())

    @property
    def text(self) -> str:
        main = self.tree.css_first("main")
        assert main is not None
        return plain(main.text(separator=" "))

    @property
    def title(self) -> str:
        return self.first("h1")

    def first(self, selector: str) -> str:
        found = self.tree.css_first(selector)
        assert found is not None, selector
        return plain(found.text(separator=" "))

    def all(self, selector: str) -> list[str]:
        return [plain(node.text(separator=" ")) for node in self.tree.css(selector)]

    def attributes(self, selector: str, name: str) -> list[str]:
        return [node.attributes[name] or "" for node in self.tree.css(selector)]

    def rows(self, caption: str) -> list[list[str]]:
        """Return the cells of the table whose caption begins so."""
        for table in self.tree.css("table"):
            name = table.css_first("caption")
            if name is not None and name.text().strip().startswith(caption):
                return [
                    [plain(cell.text(separator=" ")) for cell in row.css("th, td")]
                    for row in table.css("tbody > tr")
                ]
        raise AssertionError(f"no table {caption!r} in {self.all('caption')}")

    def links(self) -> list[str]:
        return self.attributes("main a[href]", "href")


def plain(text: str) -> str:
    return re.sub(r" (?=[,.;:])", "", re.sub(r"\s+", " ", text)).strip()


def queries_of(browser: Client, path: str) -> int:
    """Return how many queries a page makes, once everything is warm."""
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


def provider(slug: str = "shop", **fields: Any) -> Provider:
    return Provider.objects.create(
        slug=slug,
        **{"name": slug.title(), "kind": "shopify", "url": f"https://{slug}.example", **fields},
    )


def ended_run(*parts: tuple[Provider, str], at: datetime | None = None, **fields: Any) -> Run:
    """Make a run that ended, with one part per (provider, status)."""
    began = at or timezone.now() - timedelta(minutes=5)
    statuses = [status for _, status in parts]
    run = Run.objects.create(
        trigger="schedule",
        started_at=began,
        providers_total=len(parts),
        **{
            "status": "Completed",
            "finished_at": began + timedelta(seconds=3),
            "providers_completed": statuses.count("Completed"),
            "providers_failed": statuses.count("Failed"),
            "providers_skipped": statuses.count("Skipped"),
            **fields,
        },
    )
    for one, status in parts:
        part(run, one, status)
    return run


def part(run: Run, one: Provider, status: str, **fields: Any) -> ProviderRun:
    ended = None if status == "Running" else run.started_at + timedelta(seconds=2)
    failed = {"error_code": "timeout", "error": "No answer. Try again later."}
    return ProviderRun.objects.create(
        run=run,
        provider=one,
        status=status,
        started_at=run.started_at,
        claimed_at=run.started_at,
        finished_at=ended,
        lease_until=timezone.now() + timedelta(minutes=1),
        **{**(failed if status == "Failed" else {}), **fields},
    )


def running_run(*providers: Provider, at: datetime | None = None) -> Run:
    began = at or timezone.now() - timedelta(seconds=8)
    run = Run.objects.create(trigger="api", started_at=began, providers_total=len(providers))
    for one in providers:
        part(run, one, "Running")
    return run
