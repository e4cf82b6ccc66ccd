"""The documentation's site in a browser: wide and narrow, light and dark."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.browser.served_site import SITE, served

_PAGES = sorted(file.relative_to(SITE).as_posix() for file in SITE.rglob("*.html") if file.name != "404.html")
# What sticks out to the right of the window, but for what is scrolled in a box of its own.
_STICKING_OUT = """
() => {
  const scrolls = (one) => one && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const out = [...document.querySelectorAll(".md-content *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 && !scrolls(one.parentElement))
    .map((one) => `${one.tagName}: ${one.textContent.trim().slice(0, 60)}`);
  const root = document.documentElement;
  return root.scrollWidth > root.clientWidth ? [`the page: ${root.scrollWidth} of ${root.clientWidth}`, ...out] : out;
}
"""
_CONTRAST = """
() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const text = light(getComputedStyle(document.querySelector(".md-content p")).color);
  const ground = light(getComputedStyle(document.body).backgroundColor);
  return [ground, (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)];
}
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as found:
        yield found


def _open(browser: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    """A page, and what it says that is wrong: errors in its console, and requests that leave the site."""
    page = browser.new_page(**options)
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((f"{address}/", "data:", "blob:")) else wrong.append(request.url)
        ),
    )
    return page, wrong


def _search_box(page: Any) -> Any:
    """The field that Ctrl-K opens, as soon as the site's script listens to it."""
    box = page.locator("input[role=combobox]")
    for _ in range(30):
        page.keyboard.press("Control+k")
        # Its class is Playwright's, which only this environment has.
        with suppress(Exception):
            box.wait_for(timeout=1_000)
            return box
    pytest.fail("Ctrl-K opens no search")


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_every_page_fits_and_asks_nobody_else(browser: Any, address: str, width: int, theme: str) -> None:
    """On a phone and on a desk nothing sticks out, no script fails, and no request leaves the site."""
    page, wrong = _open(browser, address, viewport={"width": width, "height": 900}, color_scheme=theme)
    faults = {}
    for name in _PAGES:
        page.goto(f"{address}/{name}")
        if found := [*page.evaluate(_STICKING_OUT), *wrong]:
            faults[name] = found
        wrong.clear()
    page.close()
    assert len(_PAGES) > 30
    assert faults == {}


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True)])
def test_it_is_as_light_as_the_reader_wants(browser: Any, address: str, theme: str, dark: bool) -> None:
    """And can be read: text stands out 7 to 1."""
    page, _ = _open(browser, address, color_scheme=theme)
    page.goto(f"{address}/why/lock.html")
    ground, contrast = page.evaluate(_CONTRAST)
    page.close()
    assert (ground < 0.2) is dark
    assert contrast >= 7


def test_a_search_finds_a_page_and_its_heading(browser: Any, address: str) -> None:
    """Without a server that would know anything: the index is a file of the site."""
    page, wrong = _open(browser, address, viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/index.html")
    _search_box(page).fill("lock was lost while it was held")
    page.locator("a[href*='how-to/repair.html'][href$='#the-lock-was-lost-while-it-was-held']").click()
    page.wait_for_url("**/how-to/repair.html*")
    assert "When something goes wrong" in page.title()
    assert wrong == []
    page.close()


def test_a_phone_has_the_navigation_behind_a_button(browser: Any, address: str) -> None:
    """From the front page to a page of the reference."""
    page, _ = _open(browser, address, viewport={"width": 390, "height": 844})
    page.goto(f"{address}/index.html")
    page.locator("label.md-header__button[for='__drawer']").click()
    page.locator(".md-nav--primary >> text=Reference").first.click()
    page.locator(".md-nav--primary >> text=Items").first.click()
    page.wait_for_url("**/reference/items.html")
    page.close()


def test_the_front_page_shows_what_a_newcomer_looks_for(browser: Any, address: str) -> None:
    """A migration, the construct, a failed deploy with the command to type, and where to begin."""
    page, _ = _open(browser, address, viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/index.html")
    text = page.inner_text(".md-content")
    for shown in ("do = Backfill(", "migrations.execute_before(", '{"action": "repair"', "--8<--"):
        assert (shown in text) is (shown != "--8<--"), shown
    pictures = page.evaluate("() => [...document.images].map((one) => one.complete && one.naturalWidth > 0)")
    assert pictures
    assert all(pictures)
    page.click("text=ten minutes")
    page.wait_for_url("**/tutorial.html")
    page.close()
