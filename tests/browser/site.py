"""A whole PriceStream with the demo shops' data, and a browser to look at it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from pricestream.config import BASE_DIR
from tests.e2e.databases import engine
from tests.e2e.service import PASSWORD, Service, environment, until

NAMES = ("chromium", "chromium-browser", "google-chrome")
SETTINGS = {"PRICESTREAM_DEMO": "1"}


def chromium() -> str | None:
    """Return where Chromium is, if it is anywhere."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Site:
    """The service under way, by its addresses."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.url = f"http://127.0.0.1:{service.port}"

    def api(self, path: str) -> Any:
        status, answer = self.service.api(path, token=self.service.sign_in())
        assert status == 200, answer
        return answer

    def has_completed_a_run(self) -> bool:
        return any(run["trigger"] != "demo" for run in self.api("status/Completed")["results"])


@contextlib.contextmanager
def demo_site(directory: Path) -> Iterator[Site]:
    """Serve the demo data until the end, with its first run completed."""
    database = engine().make(directory)
    try:
        subprocess.run(
            [sys.executable, BASE_DIR / "manage.py", "setup"],
            env=environment(directory, database, **SETTINGS),
            capture_output=True,
            check=True,
            timeout=200,
        )
        service = Service(["serve"], directory=directory, database=database, **SETTINGS)
        try:
            site = Site(service.until_ready())
            until(site.has_completed_a_run, what="the first run to be completed", within_s=60)
            yield site
            service.stop()
        finally:
            service.kill()
    finally:
        database.drop()


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """Start Chromium, without anything that it does on its own account."""
    quiet = ["--disable-gpu", "--no-first-run", "--disable-sync", "--disable-component-update"]
    quiet += ["--disable-background-networking"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*quiet, *root])
        yield browser
        browser.close()


def sign_in(page: Page, site: Site, username: str = "admin") -> None:
    """Sign in on the page that every address leads a stranger to."""
    page.goto(site.url)
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
