"""A page that does to a widget's HTML what CloudWatch's console does, in a browser."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.browser.scenes import Scene

_CONSOLE: Final = (Path(__file__).resolve().parents[2] / "examples/demo/dashboard/console.js").read_text(
    encoding="utf-8"
)
# What CloudWatch has behind a widget.
GROUNDS: Final = {"light": "#ffffff", "dark": "#161d26"}
_ANSWER: Final = {"ok": True, "paused": "20261126101500"}

# Each text that is seen, with its colour and what is behind it; so each bar and spot.
_CONTRASTS: Final = """
() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const behind = (element) => {
    if (!element) return { r: 255, g: 255, b: 255, a: 1 };
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const root = document.querySelector("#widget");
  const texts = [], shapes = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("style, title") || !seen(element)) continue;
    texts.push([walker.currentNode.data.trim(), contrast(parse(getComputedStyle(element).color), behind(element))]);
  }
  for (const shape of root.querySelectorAll("rect")) {
    if (seen(shape)) shapes.push([shape.getAttribute("class"), contrast(parse(getComputedStyle(shape).fill), behind(shape))]);
  }
  for (const fill of root.querySelectorAll(".fill")) {
    shapes.push([fill.className, contrast(parse(getComputedStyle(fill).backgroundColor), behind(fill.parentElement))]);
  }
  return { texts, shapes };
}
"""
# Elements that are wider than they have room for, or lie beyond the widget; what scrolls by itself may be wider.
_OVERFLOWING: Final = """
() => {
  const root = document.querySelector("#widget");
  const { left, right } = root.getBoundingClientRect();
  return [...root.querySelectorAll("*")]
    .filter((one) => !one.closest(".scroll, style, svg") && one.checkVisibility())
    .filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && (box.left < left - 1 || box.right > right + 1 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0);
    })
    .map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 60)}`);
}
"""
_PUT: Final = """
([html, width, ground, answer]) => {
  Object.assign(window, { calls: [], ran: [] });
  document.body.style.background = ground;
  document.body.innerHTML = `<div id="widget" style="width: ${width}px"></div>`;
  console_.show(document.querySelector("#widget"), html, async (...call) => (window.calls.push(call), answer));
}
"""


@dataclass(frozen=True)
class Widget:
    """A widget on a dashboard, as somebody sees it."""

    page: Any

    @property
    def text(self) -> str:
        """All that can be read, in one line."""
        return " ".join(self.page.inner_text("#widget").split())

    @property
    def buttons(self) -> list[str]:
        return [one.inner_text() for one in self.page.query_selector_all("#widget .btn") if one.is_visible()]

    @property
    def overflowing(self) -> list[str]:
        """What does not fit sideways."""
        return list(self.page.evaluate(_OVERFLOWING))

    @property
    def contrasts(self) -> dict[str, list[tuple[str, float]]]:
        """Of each text, and of each shape, with what is behind it."""
        return dict(self.page.evaluate(_CONTRASTS))

    @property
    def calls(self) -> list[Any]:
        """The functions that were called, each with its ARN and event."""
        return list(self.page.evaluate("() => window.calls"))

    @property
    def question(self) -> str | None:
        """What stands in the dialog that is open."""
        dialog = self.page.query_selector("dialog[open] div")
        return dialog.inner_text() if dialog else None

    def click(self, label: str) -> None:
        self.page.click(f"text='{label}'")

    def answer(self, label: str) -> None:
        """Click a button of the dialog."""
        self.page.click(f"dialog[open] button:text-is('{label}')")


def put(
    page: Any,
    scene: Scene,
    *,
    theme: str = "light",
    width: int = 1180,
    told: bool = True,
    offset: str = "+00:00",
) -> Widget:
    """
    A widget of that width on a dashboard, which takes the place of what *page* showed before.

    Args:
        told: Whether the function was told the width.
    """
    page.set_viewport_size({"width": width + 40, "height": 600})
    html = scene.html(dark=theme == "dark", width=width if told else None, offset=offset)
    page.evaluate(_PUT, [html, width, GROUNDS[theme], _ANSWER])
    return Widget(page)


def dashboard(browser: Any) -> Any:
    """A page with an empty dashboard."""
    page = browser.new_page()
    page.set_content("<!doctype html><body style='margin: 0; padding: 20px'>")
    page.add_script_tag(content=_CONSOLE)
    page.evaluate("() => { window.alert = (one) => window.ran.push(one); }")
    return page
