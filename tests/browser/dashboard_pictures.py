"""Takes the pictures of the dashboard for the documentation: `make dashboard-pictures`."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from tests.browser.conftest import BROWSER_PATH, OPTIONS
from tests.browser.sample_dashboard import dashboard
from tests.browser.scenes import SCENES

_ROOT: Final = Path(__file__).resolve().parents[2]
_PAGE: Final = _ROOT / "examples" / "demo" / "dashboard"
_TO: Final = _ROOT / "docs" / "pictures"
_SHOW: Final = "([state, html]) => show({ state: async () => state, invoke: async () => html }, 'light')"


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER_PATH.read_text(encoding="utf-8"), args=OPTIONS)
        for name, scene, dark, width, whole in (
            ("dashboard-light", "all", False, 1000, True),
            ("dashboard-dark", "all", True, 1000, True),
            ("dashboard-narrow", "all", False, 460, False),
            ("dashboard-stages", "stages", False, 1000, False),
        ):
            print(f"pictures: {name}.png")
            _take(browser, _TO / f"{name}.png", scene, dark=dark, width=width, whole=whole)
        browser.close()


def _take(browser: Any, to: Path, scene: str, *, dark: bool, width: int, whole: bool) -> None:
    """
    Args:
        whole: Whether the graphs are in it, or the table alone.
    """
    page = browser.new_page(viewport={"width": width, "height": 400})
    page.set_content(_inlined())
    page.evaluate("(theme) => { document.body.className = theme; }", "dark" if dark else "light")
    state = dashboard()
    if not whole:
        state["widgets"] = [one for one in state["widgets"] if one["type"] == "custom"]
    found = replace(SCENES[scene](), event={**SCENES[scene]().event, "rows": 4, "runs": 2}).html(
        dark=dark, width=width - 72
    )
    page.evaluate(_SHOW, [state, found])
    page.evaluate("() => document.querySelector('#theme').remove()")
    page.screenshot(path=str(to), full_page=True)
    page.close()


def _inlined() -> str:
    """The page with its style and scripts in it, as there is nobody to ask for them."""
    html = (_PAGE / "page.html").read_text(encoding="utf-8")
    for name in ("console.js", "page.js"):
        script = (_PAGE / name).read_text(encoding="utf-8")
        html = html.replace(f'<script src="{name}" defer></script>', f"<script>{script}</script>")
    style = (_PAGE / "page.css").read_text(encoding="utf-8")
    return html.replace('<link rel="stylesheet" href="page.css" />', f"<style>{style}</style>")


if __name__ == "__main__":
    main()
