"""docs/how-to/alarms.md shows the messages that the watch function sends, to the letter."""

import re
import time
from collections.abc import Callable

import pytest

from dynamigrate.contract.metrics import RunMetric, WatchMetric
from tests.docs.blocks import PROJECT
from tests.unit.handler.conftest import clean_logging, detached, front, logs, server, stream
from tests.unit.handler.detached_front import DetachedFront
from tests.unit.handler.front import BAD, GOOD, STACK_ID, Front, holder
from tests.unit.handler.watch_scene import Scene

__all__ = ["clean_logging", "detached", "front", "logs", "server", "stream"]

PAGE = PROJECT / "docs/how-to/alarms.md"
HOUR = 3600.0
# What is another one each time.
_OWN = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{8}T\d{6}Z-[0-9a-f]+\b|\bown-request\S*|log stream \S+"
)


def failed_run(scene: Scene) -> str:
    scene.front.write(GOOD, BAD)
    scene.front.deploy()
    return str(scene.alarm(RunMetric.FAILED_RUNS)["Message"])


def dirty(scene: Scene) -> str:
    scene.front.write(GOOD, BAD)
    scene.front.deploy()
    scene.later = HOUR + 120
    return str(scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"])


def lock_overdue(scene: Scene) -> str:
    scene.front.target.held_by = holder(deadline_ms=round((time.time() - 700) * 1000))
    return str(scene.alarm(WatchMetric.LOCK_OVERDUE_SECONDS)["Message"])


def stalled(scene: Scene) -> str:
    assert isinstance(scene.front, DetachedFront)
    scene.front.begin()
    [execution] = scene.front.own_executions
    scene.front.own_slice(execution)
    # As long as an hour: what a look remembers is good for twenty minutes.
    for later in range(0, 4_200, 600):
        scene.later = later
        scene.measure()
    return str(scene.alarm(WatchMetric.STALLED_SECONDS)["Message"])


def over(scene: Scene) -> str:
    return str(scene.alarm(WatchMetric.DIRTY_SECONDS, "OK")["Message"])


def told(text: str) -> str:
    """*text* without what is each one's own."""
    return _OWN.sub("<...>", text).strip()


@pytest.mark.parametrize("say", [failed_run, dirty, lock_overdue, stalled, over], ids=lambda say: say.__name__)
def test_a_message_is_as_the_page_shows_it(
    say: Callable[[Scene], str],
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an operator reads at night is what they have read before."""
    monkeypatch.setattr("tests.unit.handler.front.STACK_ID", STACK_ID.replace("Migrations", "Shop"))
    one: Front = request.getfixturevalue("detached" if say is stalled else "front")
    message = say(Scene(one, lambda: capsys.readouterr().out))
    shown = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert told(message) in {told(text) for text in shown}, message
