"""What people do with it, click by click."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.site import Site, sign_in

# How many opaque colours there are on a canvas.
COLOURS = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 255) colours.add(data.slice(i, i + 3).join());
  }
  return colours.size;
}"""


def test_signs_in_and_out(open_page: Open, site: Site) -> None:
    page = open_page()
    page.context.clear_cookies()

    sign_in(page, site)
    page.get_by_role("link", name="Account of admin").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_adds_a_shop_by_its_address_and_reads_it(page: Page, site: Site) -> None:
    shops = site.api("providers/demo-harbour")["url"].removesuffix("/harbour")
    page.goto("/")
    page.get_by_role("link", name="Add provider").click()

    page.get_by_label("Address of the shop").fill(f"{shops}/kiosk")
    page.get_by_role("button", name="Look what it is").click()
    expect(page.get_by_role("heading", name="Found: WooCommerce shop")).to_be_visible()
    expect(page.get_by_role("table", name="Sample of what was read")).to_contain_text("EUR")
    page.get_by_text("Evidence").nth(1).click()
    page.get_by_label("Name").fill("Second kiosk")
    page.get_by_role("button", name="Save provider").click()
    expect(page.get_by_role("status")).to_contain_text("Second kiosk is saved.")
    page.get_by_role("button", name="Run now").click()

    # The page follows the run by itself, and is read anew at its end.
    expect(page.get_by_role("heading", level=1)).to_have_text("Completed", timeout=60_000)
    row = page.get_by_role("row", name=re.compile("Second kiosk"))
    expect(row).to_contain_text("Completed")
    assert site.api("providers/second-kiosk")["offers_last_run"] > 50


def test_draws_the_chart_and_tells_what_is_under_the_pointer(page: Page, product_id: int) -> None:
    page.goto(f"/products/{product_id}/")

    canvas = page.locator(".chart canvas")
    expect(canvas).to_be_visible()
    expect(page.locator("svg.drawing")).to_be_hidden()
    assert canvas.evaluate(COLOURS) > 5
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 100)
    expect(page.locator(".chart-tip")).to_contain_text(re.compile(r"\d \w{3} \d{4}, \d\d:\d\d"))
    expect(page.locator(".chart-tip")).to_contain_text("EUR")


# Whether the first line is painted at each of some instants: left of the plot are 64 pixels
# for the amounts, right of it 12, and below it 44 for the times.
LINE_AT = """(canvas, instants) => {
  const {start, end} = JSON.parse(document.getElementById('chart-data').textContent);
  const [r, g, b] = getComputedStyle(document.documentElement).getPropertyValue('--c0').trim()
    .match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16));
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, 300);
  const differs = (i) =>
    Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
  return instants.map((at) => {
    const x = Math.round(64 + (canvas.width - 76) * (at - start) / (end - start));
    for (let y = 0; y < 300; y += 1) if (differs((y * canvas.width + x) * 4) < 12) return true;
    return false;
  });
}"""


def test_the_line_stops_exactly_while_nobody_looked(page: Page, product_id: int) -> None:
    page.goto(f"/products/{product_id}/")
    data = json.loads(str(page.locator("#chart-data").text_content()))
    day = 86_400
    gap = next(lane for lane in data["lines"][0]["lanes"] if lane[2] == "unchecked")
    start, end, _ = gap

    painted = page.locator(".chart canvas").evaluate(
        LINE_AT, [start - day / 2, start + day, end - day, end + day / 2]
    )

    assert painted == [True, False, False, True]


def test_a_line_can_be_hidden_and_a_range_chosen(page: Page, product_id: int) -> None:
    page.goto(f"/products/{product_id}/")
    before = page.locator(".chart canvas").evaluate("(c) => c.toDataURL()")

    page.locator(".chart-legend button").first.click()
    expect(page.locator(".chart-legend button").first).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(
        "(old) => document.querySelector('.chart canvas').toDataURL() !== old", arg=before
    )
    page.get_by_role("navigation", name="Range").get_by_role("link", name="7 d").click()

    page.wait_for_url(re.compile(r"range=7d"))
    expect(page.locator(".chart canvas")).to_be_visible()


def test_another_currency_is_another_chart(page: Page, product_id: int) -> None:
    page.goto(f"/products/{product_id}/")

    page.get_by_role("navigation", name="Currency of the chart").get_by_text("GBP").click()

    expect(page.get_by_role("heading", name="Price history in GBP")).to_be_visible()
    assert page.locator(".chart-legend").inner_text().strip() == "Harbour & Sons (demo)"


def test_times_are_the_readers_own(page: Page, site: Site) -> None:
    page.goto("/runs/")

    first = page.locator("tbody time").first
    utc = str(first.get_attribute("datetime"))
    expected = page.evaluate(
        "(at) => new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short',"
        " year: 'numeric', hour: '2-digit', minute: '2-digit'}).format(new Date(at))",
        utc,
    )
    assert first.inner_text() == expected
    assert "UTC" in str(first.get_attribute("title"))


def test_the_theme_follows_the_system_and_a_choice_is_remembered(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    page.goto("/")
    dark = page.evaluate(ground)

    page.get_by_role("button", name="Switch to the light theme").click()
    light = page.evaluate(ground)
    page.goto("/products/")

    assert (dark, light) == ("rgb(14, 20, 24)", "rgb(244, 246, 247)")
    assert page.evaluate(ground) == light
    expect(page.get_by_role("button", name="Switch to the dark theme")).to_be_visible()


def test_the_chart_changes_its_colours_with_the_theme(open_page: Open, product_id: int) -> None:
    page = open_page(color_scheme="light")
    page.goto(f"/products/{product_id}/")
    before = page.locator(".chart canvas").evaluate("(c) => c.toDataURL()")

    page.get_by_role("button", name="Switch to the dark theme").click()

    page.wait_for_function(
        "(old) => document.querySelector('.chart canvas').toDataURL() !== old", arg=before
    )
    assert page.locator(".chart canvas").count() == 1


def test_everything_important_is_reached_by_keyboard(page: Page) -> None:
    page.goto("/")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                " return [e.textContent.trim(), s.outlineStyle]; })()"
            )
        )
    names = [name for name, _ in reached]
    assert names[:2] == ["Add provider", "Run now"]
    assert all(outline == "solid" for _, outline in reached), reached


def test_the_keyboard_gets_past_the_chart(page: Page, product_id: int) -> None:
    page.goto(f"/products/{product_id}/")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.locator(".chart-legend button").last.focus()

    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "CSV":
            return
    raise AssertionError("the export was not reached")


def test_prints_without_what_only_a_screen_needs(page: Page) -> None:
    page.goto("/products/")

    page.emulate_media(media="print")

    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("table")).to_be_visible()
