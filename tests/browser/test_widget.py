"""What somebody sees who looks at a dashboard, in either theme, at half its width and at all of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.console import Widget, dashboard, put
from tests.browser.scenes import ENDPOINT, HOSTILE, REPAIR, RUNNING, SCENES

VIEWS = [(theme, width) for theme in ("light", "dark") for width in (400, 1180)]
WIDTHS = (320, 400, 588, 760, 900, 1180, 1600)


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    """One for all tests: a page of its own for each would cost most of their time."""
    found = dashboard(browser)
    yield found
    found.close()


@pytest.fixture(params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def view(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=SCENES)
def widget(request: pytest.FixtureRequest, view: tuple[str, int], page: Any) -> Widget:
    """Each scene in each view."""
    theme, width = view
    return put(page, SCENES[request.param](), theme=theme, width=width)


@pytest.fixture
def scene_of(request: pytest.FixtureRequest) -> Any:
    return SCENES[request.node.callspec.params["widget"]]()


def test_says_what_there_is_to_know(widget: Widget, scene_of: Any) -> None:
    """State, figures, error, and the command to type, where nothing was opened yet; and nothing is told as nothing."""
    assert [one for one in scene_of.says if one not in widget.text] == []
    assert not {"None", "nan", "undefined"} & {*widget.text.replace(",", " ").split()}


def test_fits_sideways(widget: Widget) -> None:
    """Nobody scrolls a widget to the right, nor is anything cut off."""
    assert widget.overflowing == []


def test_can_be_read(widget: Widget) -> None:
    """Text has a contrast of 4.5 to what is behind it, and what is drawn one of 3: WCAG 2.2, 1.4.3 and 1.4.11."""
    found = widget.contrasts
    assert len(found["texts"]) > 3
    assert [one for one in found["texts"] if one[1] < 4.5] == []
    assert [one for one in found["shapes"] if one[1] < 3] == []


def test_has_buttons_only_where_a_run_goes_on(widget: Widget, scene_of: Any) -> None:
    """One for each such run."""
    assert tuple(widget.buttons) == scene_of.buttons


def test_runs_nothing_and_loads_nothing(widget: Widget) -> None:
    """Whatever the texts are, they are text: no element comes of them, and nothing was there that has to be cleaned away."""
    assert widget.page.evaluate("() => window.ran") == []
    assert widget.page.query_selector_all("#widget :is(img, script, iframe, use, link, form, input, object)") == []


@pytest.mark.parametrize("told", [True, False], ids=["told", "not-told"])
@pytest.mark.parametrize("name", SCENES)
def test_fits_at_any_width(page: Any, name: str, told: bool) -> None:
    """Also where the function was not told how wide the widget is, or it was made smaller since."""
    for width in WIDTHS:
        widget = put(page, SCENES[name](), width=width, told=told)
        assert widget.overflowing == [], f"at {width} pixels"


def test_what_needs_somebody_is_seen_first(page: Any) -> None:
    """Before everything else, at the size that a widget has on most dashboards."""
    put(page, SCENES["all"](), width=588)
    box = page.query_selector("#widget .matter").bounding_box()
    assert box["y"] + box["height"] < 400
    assert "dirty" in page.query_selector("#widget .row .pill").inner_text()


def test_a_click_marks_a_command_whole(page: Any) -> None:
    """To be copied."""
    put(page, SCENES["dirty"](), width=400)
    for code, told in zip(
        page.query_selector_all("#widget .matter .command code")[:2],
        (
            str(REPAIR).replace("'", '"').replace("True", "true"),
            "dynamigrate repair 20261126090000 --as pending --stack OrderMigrations",
        ),
        strict=True,
    ):
        code.click()
        assert page.evaluate("() => getSelection().toString()") == told


def test_a_button_asks_first(page: Any) -> None:
    """What it is about; and does nothing if it is not meant."""
    widget = put(page, SCENES["running"]())
    widget.click("Pause")
    assert widget.question is not None
    assert f"{RUNNING} totals in cents" in widget.question
    widget.answer("Cancel")
    assert widget.question is None
    assert widget.calls == []


@pytest.mark.parametrize(
    ("name", "label", "event"),
    [
        ("running", "Pause", {"action": "pause"}),
        ("paused", "Resume", {"action": "resume"}),
        ("detached", "Pause", {"action": "pause", "migration": RUNNING}),
    ],
)
def test_a_button_calls_the_function_that_migrates(page: Any, name: str, label: str, event: Any) -> None:
    """And no other; its answer is shown."""
    widget = put(page, SCENES[name](), width=400)
    widget.click(label)
    widget.answer("OK")
    widget.page.wait_for_selector("dialog[open] pre")
    assert widget.calls == [[ENDPOINT, event]]
    assert '"ok": true' in (widget.question or "")


def test_hostile_text_is_shown_as_it_is(page: Any) -> None:
    """But for what can't be seen: that stands there as an escape, so that it turns nothing around."""
    widget = put(page, SCENES["hostile"]())
    shown = HOSTILE.replace("\u202e", r"\u202e").replace("\x1b[31m", "")
    assert shown in widget.text
    assert widget.text.count("<script>") > 10
    assert "\u202e" not in widget.text


def test_hostile_text_is_harmless_before_it_is_cleaned(page: Any) -> None:
    """The widget does not count on CloudWatch for that."""
    put(page, SCENES["empty"]())
    page.evaluate("(html) => { widget.innerHTML = html; }", SCENES["hostile"]().html())
    assert page.query_selector_all("#widget :is(img, script)") == []
    assert page.evaluate("() => window.ran") == []


@pytest.mark.parametrize("name", SCENES)
def test_cleaning_takes_nothing_away(page: Any, name: str) -> None:
    """What CloudWatch removes, the widget has not."""
    put(page, SCENES[name]())
    counts = page.evaluate(
        "(html) => { const count = (text) => { const one = document.createElement('div'); one.innerHTML = text;"
        " return one.querySelectorAll('*').length; }; return [count(html), count(console_.clean(html))]; }",
        SCENES[name]().html(),
    )
    assert counts[0] == counts[1] > 10


def test_more_migrations_can_be_opened(page: Any) -> None:
    """All of them are there."""
    widget = put(page, SCENES["hundreds"](), width=400)
    rows = widget.page.locator("#widget .main .row")
    assert sum(one.is_visible() for one in rows.all()) == 12
    widget.click("470 more migrations")
    assert sum(one.is_visible() for one in rows.all()) == 482
    assert widget.overflowing == []


def test_times_are_the_viewers(page: Any) -> None:
    """With the same moment in UTC where the pointer rests."""
    widget = put(page, SCENES["dirty"](), offset="+05:30")
    assert "as of 19:33:12 UTC+05:30 (14:03 UTC)" in widget.text
    assert "It began 19:10, 23 min ago." in widget.text
    assert widget.page.query_selector("#widget .matter time").get_attribute("title") == "2026-11-26T13:40:12Z (UTC)"


def test_a_style_of_the_console_changes_nothing_else(page: Any) -> None:
    """The widget's own style sheet is about the widget alone: text beside it looks as it did."""
    put(page, SCENES["all"]())
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<h3 id=other class=\"head pill\">x</h3>')")
    style = "() => { const one = getComputedStyle(other); return [one.fontSize, one.display, one.color, one.backgroundColor]; }"
    before = page.evaluate(style)
    page.evaluate("() => widget.remove()")
    assert page.evaluate(style) == before
