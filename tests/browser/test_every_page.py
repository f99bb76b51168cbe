"""What holds for every page, in both themes and on every screen."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.site import Site

OTHERS = ["/admin/", "/admin/auth/user/", "/api/v1/docs", "/api/v1/products", "/api/v1/runs"]

LOW_CONTRAST = (Path(__file__).parent / "low_contrast.js").read_text()
UNNAMED = (Path(__file__).parent / "unnamed.js").read_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(
    open_page: Open, paths: list[str], theme: Any
) -> None:
    page = open_page(color_scheme=theme)

    for path in paths:
        page.goto(path)

        assert page.evaluate(LOW_CONTRAST) == [], path


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_scrolls_sideways(open_page: Open, paths: list[str], width: int) -> None:
    page = open_page(width=width)

    for path in paths:
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_every_control_picture_and_table_has_a_name(page: Page, paths: list[str]) -> None:
    for path in paths:
        page.goto(path)

        assert page.evaluate(UNNAMED) == [], path
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1, path
        assert page.title().endswith("PriceStream")


@pytest.mark.parametrize("path", OTHERS)
def test_admin_and_api_pages_obey_the_policy_too(page: Page, path: str) -> None:
    response = page.goto(path)
    page.wait_for_load_state("networkidle")

    assert response is not None
    assert response.status == 200
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert "unsafe-inline" not in response.headers["content-security-policy"]


def test_every_page_can_be_read_without_a_script(
    open_page: Open, paths: list[str], product_id: int, site: Site
) -> None:
    page = open_page(java_script_enabled=False)

    for path in paths:
        page.goto(path)
        assert page.get_by_role("heading", level=1).is_visible(), path

    page.goto(f"/products/{product_id}/")
    assert page.locator("svg.drawing path.track").first.is_visible()
    assert page.get_by_role("table", name="Changes of price").locator("tbody tr").count() > 5
    assert "UTC" in page.get_by_role("table", name="Changes of price").inner_text()


def test_scripts_and_styles_come_from_here_alone(page: Page, paths: list[str], site: Site) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/", 3)[2]))

    for path in paths:
        page.goto(path)

    assert asked == {site.url.removeprefix("http://")}
