"""The pictures of the README: `python -m tests.browser.screenshots`, or `make screenshots`.

A throw-away site with the demo shops' data is photographed and gone afterwards.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from pricestream.config import BASE_DIR
from tests.browser.site import Site, browsing, chromium, demo_site, sign_in

TARGET = BASE_DIR / "docs" / "screenshots"
MOST_BYTES = 300_000


def main() -> int:
    if chromium() is None:
        print("There is no Chromium on PATH.", file=sys.stderr)
        return 2
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pricestream-site-") as directory:
        print("Filling a throw-away PriceStream with the demo shops …")
        with demo_site(Path(directory)) as site, browsing() as browser:
            for path, name, theme, width, height in wanted(site):
                print(f"  {take(browser, site, path, name, theme, width, height)}")
    return 0


def wanted(site: Site) -> list[tuple[str, str, str, int, int]]:
    """Return (path, name, theme, width, height) of each picture."""
    product = site.api("products?ordering=-offers_count")["results"][0]["id"]
    runs = site.api("runs?page_size=100")["results"]
    run = next(one["id"] for one in runs if one["providers_failed"])
    return [
        ("/", "overview", "light", 1280, 1080),
        ("/", "overview-dark", "dark", 1280, 1080),
        ("/products/", "products", "light", 1280, 800),
        (f"/products/{product}/", "product", "light", 1280, 1180),
        (f"/products/{product}/", "product-dark", "dark", 1280, 1180),
        (f"/runs/{run}/", "run", "light", 1280, 640),
        ("/providers/demo-nordlicht/", "provider", "light", 1280, 800),
        ("/", "overview-phone", "light", 390, 844),
        (f"/products/{product}/?range=30d#history", "product-phone", "dark", 390, 844),
    ]


def take(
    browser: Browser, site: Site, path: str, name: str, theme: str, width: int, height: int
) -> str:
    """Photograph one page and say how large the picture is."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        timezone_id="UTC",
        locale="en-GB",
    )
    page = context.new_page()
    sign_in(page, site)
    page.goto(site.url + path)
    page.wait_for_load_state("networkidle")
    target = TARGET / f"{name}.png"
    page.screenshot(path=target)
    context.close()
    size = target.stat().st_size
    assert size <= MOST_BYTES, f"{name} has {size} bytes"
    return f"{target.relative_to(BASE_DIR)}: {size // 1000} kB"


if __name__ == "__main__":
    sys.exit(main())
