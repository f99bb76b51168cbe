"""One site and one browser for all; a signed-in page for each, which must not complain."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.site import Site, browsing, chromium, demo_site, sign_in

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip without a browser; allow time for the site, which the first test waits for."""
    missing = pytest.mark.skip(reason="no Chromium on PATH; .ci/run installs it")
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.timeout(300))
            if chromium() is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with demo_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> Any:
    """Return the cookies of a signed-in administrator."""
    context = browser.new_context()
    sign_in(context.new_page(), site)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser, site: Site, signed_in: Any) -> Iterator[Open]:
    """Open a signed-in page: `open_page(width=360, color_scheme="dark")`.

    Whatever the browser complains about by the end of the test fails it: a refused script or
    style, an error of ours, a file that is missing.
    """
    complaints: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.location.get('url')}: {message.text}")

    def open_page(*, width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            storage_state=signed_in,
            timezone_id="Europe/Berlin",
            locale="en-GB",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


@pytest.fixture(scope="session")
def product_id(site: Site) -> int:
    """Return a product that several shops sell in several currencies."""
    listed = site.api("products?ordering=-offers_count")["results"]
    return int(listed[0]["id"])


@pytest.fixture(scope="session")
def failed_run(site: Site) -> str:
    """Return a run in which a provider failed."""
    runs = site.api("runs?page_size=100")["results"]
    return str(next(run["id"] for run in runs if run["providers_failed"]))


@pytest.fixture(scope="session")
def paths(product_id: int, failed_run: str) -> list[str]:
    """Return every page."""
    return [
        "/",
        "/products/",
        f"/products/{product_id}/",
        "/runs/",
        f"/runs/{failed_run}/",
        "/providers/",
        "/providers/add/",
        "/providers/demo-nordlicht/",
        "/providers/demo-nordlicht/delete/",
        "/account/",
        "/account/password/",
    ]
