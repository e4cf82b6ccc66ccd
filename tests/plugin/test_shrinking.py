"""A fault is shown by the least data that shows it."""

from typing import Any

import pytest

from dynamigrate_pytest.finding import Finding, in_words
from dynamigrate_pytest.shrinking import Judge, Shrinking
from dynamigrate_pytest.snapshot import Snapshot, TableState, key_text
from dynamigrate_pytest.values import to_python, to_raw

DEFINITION: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "by", "AttributeType": "S"},
    ],
}
FOUND = Finding(kind="fault", what="it is wrong.", advice="Mend it.")


def snapshot(*items: dict[str, Any]) -> Snapshot:
    raws = [to_raw(item) for item in items]
    return Snapshot({"t": TableState(DEFINITION, "", {key_text({"id": raw["id"]}): raw for raw in raws})})


def items(case: Snapshot) -> list[dict[str, Any]]:
    return [to_python(raw) for raw in case.tables["t"].items.values()]


def judge(wrong: Any) -> tuple[Judge, list[int]]:
    """Finds the fault where *wrong* says so of the items; and how many items it was given each time."""
    given: list[int] = []

    def found(case: Snapshot) -> Finding | None:
        given.append(len(case.items))
        return FOUND if wrong(items(case)) else None

    return found, given


def test_what_is_not_needed_is_left_out() -> None:
    """Items, attributes, and what is in maps and lists; a key stays."""
    start = snapshot(
        {"id": "1", "a": 1},
        {"id": "2", "by": "b", "m": {"x": [1, {"y": 2, "z": 3}], "w": 0}, "c": 3},
        {"id": "3"},
    )
    found, _ = judge(lambda all_: any("y" in str(one.get("m")) for one in all_))
    assert items(Shrinking(start, FOUND, found).run().case) == [{"id": "2", "m": {"x": [{"y": 2}]}}]


def test_two_items_that_it_takes_both_are_kept() -> None:
    """And it is not tried with each of a hundred others alone."""
    start = snapshot(*({"id": f"{number:03}", "n": number} for number in range(100)))
    found, given = judge(lambda all_: {7, 93} <= {one.get("n") for one in all_})
    assert items(Shrinking(start, FOUND, found).run().case) == [{"id": "007", "n": 7}, {"id": "093", "n": 93}]
    assert len(given) < 60


def test_another_fault_is_not_followed() -> None:
    """With less data a migration may fail otherwise, or raise."""
    start = snapshot({"id": "1", "a": 1, "b": 2})

    def found(case: Snapshot) -> Finding | None:
        [one] = items(case)
        if "a" not in one:
            raise KeyError("a")
        return FOUND if "b" in one else Finding(kind="other", what="", advice="")

    assert items(Shrinking(start, FOUND, found).run().case) == [{"id": "1", "a": 1, "b": 2}]


def test_it_ends_in_time_and_says_so() -> None:
    """What was found until then is told."""
    start = snapshot({"id": "1"}, {"id": "2"})
    found, given = judge(lambda all_: True)
    done = Shrinking(start, FOUND, found, seconds=-1).run()
    assert given == []
    said = in_words("1_one", FOUND, start, done.case, hurried=done.hurried)
    assert "A small case, and maybe not the smallest that shows it, 2 of 2 items:" in said


@pytest.mark.parametrize(("count", "lines"), [(12, 12), (13, 13), (100, 13)])
def test_much_is_told_in_short(count: int, lines: int) -> None:
    """The first dozen, and how many more there are."""
    finding = Finding(kind="", what="it is.", details=[f"line {number}" for number in range(count)], advice="Mend it.")
    told = in_words("1_one", finding, snapshot(), None).splitlines()
    shown = [line for line in told if line.startswith("  ")]
    assert len(shown) == lines
    assert (f"and {count - 12} more" in shown[-1]) == (count > 12)
