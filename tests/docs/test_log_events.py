"""docs/reference/logs.md lists every event that the code logs, and none that it does not."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from dynamigrate.lock_loss import LossCause
from tests.docs.blocks import PROJECT

_ROOMS = ("lambda_src/dynamigrate", "infra/dynamigrate_cdk/responder")
_IN_EVERY_LINE = {"run_id", "migration", "exc_info"}


def _calls() -> Iterator[tuple[str, str, set[str]]]:
    """Event, level (empty where a variable has it) and fields of each place that logs one."""
    for room in _ROOMS:
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                match node:
                    case ast.Call(func=ast.Name(id="log_event"), args=[_, level, event, *_]):
                        pass
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="world"), attr="log"), args=[level, event, *_]):
                        pass
                    case _:
                        continue
                assert isinstance(event, ast.Constant), f"{path}:{node.lineno}: an event's name is a literal"
                told = level.attr if isinstance(level, ast.Attribute) else getattr(level, "value", "")
                yield str(event.value), str(told), {one.arg for one in node.keywords if one.arg} - _IN_EVERY_LINE


def _rows() -> dict[str, tuple[set[str], set[str]]]:
    """Levels and fields by event, as the page has them."""
    rows = {}
    for line in (PROJECT / "docs/reference/logs.md").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\| `([a-z]+\.[a-z_]+)` \| ([A-Z, ]+) \|(.*)\|$", line):
            rows[match[1]] = set(match[2].split(", ")), set(re.findall(r"`(\w+)`", match[3]))
    return rows


def test_the_page_lists_all_events_and_no_others() -> None:
    """Whoever filters by one finds it here, by its name."""
    assert {event for event, _, _ in _calls()} == set(_rows())


def test_the_page_has_each_events_levels_and_fields() -> None:
    """As far as the code names them where it logs."""
    rows = _rows()
    levels = defaultdict(set)
    for event, level, fields in _calls():
        told_levels, told_fields = rows[event]
        assert fields <= told_fields, event
        levels[event].add(level)
        assert level in (told_levels | {""}), event
    assert {event: found for event, found in levels.items() if not found & {""} and found != rows[event][0]} == {}


def test_no_line_is_logged_past_the_one_way() -> None:
    """A line without an event would be in no list."""
    for room in _ROOMS:
        for path in (PROJECT / room).rglob("*.py"):
            if path.name == "log.py":
                continue
            found = re.findall(
                r"\w*(?:log|logger|_logger|events)\.(?:debug|info|warning|error|exception)\(",
                path.read_text(encoding="utf-8"),
            )
            assert not found, f"{path}: {found}"


def test_each_way_to_lose_the_lock_is_told_with_the_line_by_which_it_is_known() -> None:
    """Of a lock that another run has, too, whether that one took it over or somebody had freed it."""
    text = (PROJECT / "docs/how-to/repair.md").read_text(encoding="utf-8")
    rows = {cause: re.search(rf"^\| `{cause.value}` \|(.*)$", text, re.MULTILINE) for cause in LossCause}
    named = {cause: set(re.findall(r"`(lock\.\w+)`", row[1])) for cause, row in rows.items() if row}
    assert named == {
        LossCause.TAKEN: {"lock.taken_over"},
        LossCause.FREED: {"lock.unlocked", "lock.freed"},
        LossCause.EXPIRED: set(),
        LossCause.BEATS_FAILED: {"lock.beat_failed"},
    }
    assert set().union(*named.values()) <= set(_rows())
