"""What the widget shows, whatever the answers are."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.widget import Viewer, fault, page
from tests.browser.scenes import ENDPOINT, NOW, SCENES, ago
from tests.unit.handler.test_fuzz import JSON, TEXT

# All that CloudWatch leaves as it is; nothing here loads or runs anything.
_ELEMENTS = {
    "a",
    "b",
    "code",
    "cwdb-action",
    "details",
    "div",
    "h3",
    "li",
    "p",
    "rect",
    "span",
    "style",
    "summary",
    "svg",
} | {*("table", "td", "th", "time", "title", "tr", "ul")}
_WORDS = (
    "status runs history ok migrations id state dirty running migration found lock held until since progress done total "
    "percent error message next action applied waits_for restore_point commands warnings verified goes_on fleet workers "
    "at_work applied_at seconds cost"
)
_NAMES = st.sampled_from(_WORDS.split())
_LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from(["dirty", "failed", "2026-11-26T14:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | TEXT, inner, max_size=6),
    max_leaves=30,
)
ANSWERS = JSON | st.fixed_dictionaries(
    {"status": st.dictionaries(_NAMES, _LIKE) | _LIKE, "runs": _LIKE, "history": _LIKE}
)


class Checked(HTMLParser):
    """Whether markup is whole: each element is one of those that are meant to be there, and ends where it should."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _ELEMENTS
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"href", "src"}]
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "rect", "of HTML itself there is none that ends so"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def shown(answers: Any, **given: Any) -> str:
    return page(answers, Viewer(), now=NOW.timestamp(), endpoint=ENDPOINT, **given)


@given(answers=ANSWERS, beside=st.dictionaries(TEXT, ANSWERS, max_size=2))
def test_any_answers_are_shown(answers: Any, beside: dict[str, Any]) -> None:
    """Whole markup of harmless elements that can be sent, although the answers are those of code of another version."""
    html = shown(answers, beside=beside)
    Checked(html)
    assert html.encode()


@pytest.mark.parametrize("name", SCENES)
def test_scenes_are_whole_markup(name: str) -> None:
    """In both themes."""
    scene = SCENES[name]()
    for dark in (True, False):
        Checked(scene.html(dark=dark))


@pytest.mark.parametrize("name", SCENES)
def test_every_rule_of_style_is_the_widgets_own(name: str) -> None:
    """CloudWatch may lay the style sheet over the whole dashboard."""
    [style] = re.findall(r"<style>(.*?)</style>", SCENES[name]().html(), re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", style) for one in rule.split(",")]
    assert len(selectors) > 50
    assert [one for one in selectors if not one.startswith(".dynamigrate")] == []


@pytest.mark.parametrize(
    "what", [None, [], {}, "gone", {"status": None}, {"status": {"ok": True}}, {"status": {"ok": False}}]
)
def test_answers_that_are_none_are_shown_as_not_known_or_empty(what: Any) -> None:
    """Never as all is well."""
    html = shown(what)
    assert "are applied" not in html
    assert "is not known" in html or "can&#x27;t be told" in html or "There are no migrations yet" in html


def test_a_state_of_newer_code_is_shown_as_no_known_one() -> None:
    """And not as applied."""
    rows = [{"id": "20261126090000", "description": "x", "state": "frozen"}]
    html = shown({"status": {"ok": True, "lock": {"held": False}, "migrations": rows}})
    assert 'class="pill missing"' in html
    assert 'class="pill applied"' not in html


def test_many_migrations_fit_into_an_answer() -> None:
    """Of Lambda's 6 MB, with as many as nobody has; how many are left out is said."""
    rows = [
        {"id": f"{number:014}", "description": "d" * 200, "state": "applied", "seconds": 1.5}
        for number in range(20_000)
    ]
    html = shown({"status": {"ok": True, "lock": {"held": False}, "migrations": rows}})
    assert len(html) < 2_000_000
    assert "19,000 older ones are not shown" in html


def test_a_long_error_is_cut() -> None:
    """A message of a megabyte is no more for anybody to read."""
    dirty = {"migration": "1", "found": "failed", "error": {"type": "E", "message": "x" * 10**6}, "next": "y" * 10**6}
    assert len(shown({"status": {"ok": True, "dirty": [dirty], "migrations": []}})) < 30_000


def test_there_are_no_buttons_without_a_function_to_call() -> None:
    """As where the construct does not say which it is."""
    answers = SCENES["running"]().answers
    assert "cwdb-action" in shown(answers)
    assert "cwdb-action" not in page(answers, Viewer(), now=NOW.timestamp())


def test_a_run_that_was_asked_to_stop_has_no_button() -> None:
    """It ends at its next step, paused or not."""
    answers = SCENES["running"]().answers
    answers["status"]["lock"]["asked_to_stop"] = "cancel, by request-7"
    html = shown(answers)
    assert "stopping" in html
    assert "cwdb-action" not in html


def test_of_one_that_waits_nobody_says_when_it_is_done() -> None:
    """The pace that it last told of holds no more; how far it is does."""
    going, waiting = shown(SCENES["running"]().answers), shown(SCENES["paused"]().answers)
    assert "64 %" in waiting
    assert "14 s left" in going
    assert "s left" not in waiting


def test_another_drivers_lock_is_told_and_has_no_button() -> None:
    """Nothing tells whether its holder lives."""
    answers = SCENES["running"]().answers
    answers["status"]["lock"] = {"held": True, "holder": "another driver, whose entry has no lease"}
    html = shown(answers)
    assert "Another driver holds the lock" in html
    assert "cwdb-action" not in html


def test_what_is_dirty_is_told_before_what_is_pending() -> None:
    """Nothing runs before the dirty one is settled, so that it is pending is no matter of its own."""
    html = shown(SCENES["dirty"]().answers)
    assert "1 migration is pending" not in html
    assert html.index("split names failed") < html.index("Last runs")


@pytest.mark.parametrize(
    ("found", "title", "state"),
    [
        ("failed", "failed", "dirty"),
        ("crashed", "crashed", "dirty"),
        ("unknown", "is dirty", "dirty"),
        ("stopped at its checkpoint", "stopped at its checkpoint", "pending"),
        ("not begun", "has not begun", "pending"),
        ("runs again", "did not finish", "pending"),
        ("something new", "is dirty: something new", "dirty"),
    ],
)
def test_what_goes_on_by_itself_is_no_alarm(found: str, title: str, state: str) -> None:
    """What needs a repair is."""
    dirty = {"migration": "20261126090000", "found": found, "in": "do", "next": {"action": "migrate"}}
    rows = [{"id": "20261126090000", "description": "x", "state": "dirty"}]
    html = shown({"status": {"ok": True, "lock": {"held": False}, "dirty": [dirty], "migrations": rows}})
    assert f"20261126090000 x {title}" in html
    assert f'class="matter {state}"' in html


@pytest.mark.parametrize(("minutes", "is_urgent"), [(3, False), (11, True)])
def test_a_run_may_be_without_a_process_for_minutes(minutes: float, is_urgent: bool) -> None:
    """Its state machine calls the next one; only after that does it need somebody."""
    fleet, detached = SCENES["fleet"]().answers, SCENES["detached"]().answers
    fleet["status"]["lock"]["until"] = detached["status"]["running"][0]["lock"]["until"] = ago(minutes)
    for answers, title in ((fleet, "The lock is past its deadline"), (detached, "stands still")):
        html = shown(answers)
        assert (title in html) is is_urgent
        assert ("waits for its next process" in html) is not is_urgent
        assert ("1 thing needs you" in html) is is_urgent


def test_one_that_was_being_undone_says_so() -> None:
    """What its error was raised in matters for what is left of it."""
    dirty = {"migration": "1", "found": "failed", "in": "undo", "next": {"action": "status"}}
    assert "failed while it was being undone" in shown({"status": {"ok": True, "dirty": [dirty]}})


def test_a_fault_is_shown_with_what_to_do() -> None:
    """Where there is nothing else."""
    html = fault("It <broke>.", "Look.", Viewer(dark=True))
    Checked(html)
    assert "It &lt;broke&gt;." in html
    assert "Look." in html


def test_what_is_for_another_function_to_go_on_with_has_no_command() -> None:
    """A sentence of what happens is not announced as something to type."""
    step = "It goes on with the next run after the application's deploy."
    dirty = {"migration": "20261126090000", "found": "stopped at its checkpoint", "in": "do", "next": step}
    html = shown({"status": {"ok": True, "lock": {"held": False}, "dirty": [dirty]}})
    assert "It goes on with the next run after" in html
    assert "Have it go on now" not in html
    assert "Console" not in html
