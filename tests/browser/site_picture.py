"""Takes the picture of the documentation's front page that the README shows: `python -m tests.browser.site_picture`."""

from pathlib import Path

from tests.browser.served_site import served

_ROOT = Path(__file__).resolve().parents[2]
_TO = _ROOT / "docs/pictures/site-front.png"


def main() -> None:
    from playwright.sync_api import sync_playwright

    browser_path = (_ROOT / ".browser/browser-path").read_text(encoding="utf-8")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.goto(f"{address}/index.html")
        page.screenshot(path=_TO)
        browser.close()


if __name__ == "__main__":
    main()
