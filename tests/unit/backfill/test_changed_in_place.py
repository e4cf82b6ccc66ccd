"""What transform changes inside a list, map or set of its item is returned, or told: it is not lost in silence."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import Delete, MigrationFailed, Put, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables

RAW: dict[str, Any] = {
    "lines": {"L": [{"M": {"n": {"N": "1"}}}]},
    "map": {"M": {"deep": {"L": []}}},
    "tags": {"SS": ["a", "b"]},
}


def _lines(item: Any) -> Any:
    item["lines"].append("x")
    return item["lines"]


def _line(item: Any) -> Any:
    item["lines"][0]["n"] = 2
    return item["lines"][0]


def _aside(item: Any) -> Update:
    dict(item)["map"]["deep"].append(1)
    return Update(set={"other": 1})


@pytest.mark.parametrize(
    ("transform", "what"),
    [
        (lambda item, ctx: _lines(item) and None, "changed lines in place and did not return it"),
        (
            lambda item, ctx: _lines(item) and Update(),
            "Return Update(set={'lines': item['lines']}), or change a copy: copy.deepcopy(item['lines']).",
        ),
        (lambda item, ctx: _lines(item) and Update(set={"ok": True}), "changed lines in place"),
        (lambda item, ctx: _lines(item) and [Update(set={"ok": True})], "changed lines in place"),
        (lambda item, ctx: _lines(item) and [], "changed lines in place"),
        (lambda item, ctx: _lines(item) and Put({"id": "z"}, table="others"), "changed lines in place"),
        (lambda item, ctx: item["lines"][0].update(n=True), "changed lines in place"),
        (lambda item, ctx: Put({"id": "z", **_line(item)}, table="others"), "changed lines in place"),
        (
            lambda item, ctx: (
                _line(item) and _lines(item) and Put({"id": "z", "line": item["lines"][0]}, table="others")
            ),
            "changed lines",
        ),
        (lambda item, ctx: _line(item) and Update(set={"n": item["lines"][0]["n"]}), "changed lines in place"),
        (lambda item, ctx: item.copy()["tags"].clear(), "changed tags in place"),
        (lambda item, ctx: _aside(item), "changed map in place"),
        (
            lambda item, ctx: [value.clear() for value in item.values() if hasattr(value, "clear")] and None,
            "changed lines, map, tags in place and did not return them, so nothing of that would be written. Return Update",
        ),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_what_is_not_returned_is_told(
    backfill: RunBackfill, transform: Callable[..., Any], what: str, dry: bool
) -> None:
    """With the item's key; nothing is written."""
    tables = Tables(orders={"a": RAW}, others={})
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, transform, settings={"dry_run": dry})
    assert "given the item id='a' of the table orders, changed " in str(caught.value)
    assert what in str(caught.value)
    assert ".py:" not in str(caught.value)
    assert tables["orders"]["a"] == {"id": {"S": "a"}, **RAW}
    assert not tables["others"]


@pytest.mark.parametrize(
    "transform",
    [
        lambda item, ctx: Update(set={"lines": _lines(item)}),
        lambda item, ctx: _lines(item) and Update(set={"lines": [*item["lines"], "y"]}),
        lambda item, ctx: _lines(item) and Update(remove=["lines"]),
        lambda item, ctx: _lines(item) and Update(remove=(name for name in ["lines"])),
        lambda item, ctx: _lines(item) and [Update(set={"lines": item["lines"]})],
        lambda item, ctx: _lines(item) and Update(set={"archive": item["lines"]}),
        lambda item, ctx: _lines(item) and Put(item),
        lambda item, ctx: _lines(item) and Put(dict(item)),
        lambda item, ctx: _lines(item) and Put({"id": item["id"]}),
        lambda item, ctx: _lines(item) and Delete(),
        lambda item, ctx: _lines(item) and Put({"id": "z", "lines": item["lines"]}, table="others"),
        # A part of it, which is all that was changed.
        lambda item, ctx: (_line(item) and item["lines"][0].update(id="z")) or Put(item["lines"][0], table="others"),
        lambda item, ctx: Update(set={"first": [_line(item)]}),
        lambda item, ctx: _lines(item) and Update(set={"archive": {"all": [item["lines"]]}}),
        lambda item, ctx: _lines(item) and Update(set={"lines": item["lines"]}, when={"x": 1}),
        lambda item, ctx: copy.deepcopy(item)["lines"].clear(),
        lambda item, ctx: [item["lines"].append(1), item["lines"].pop()][0],
        lambda item, ctx: item["tags"].add("a"),
        lambda item, ctx: item["lines"] and None,
    ],
)
def test_what_is_returned_or_as_it_was_is_no_matter(backfill: RunBackfill, transform: Callable[..., Any]) -> None:
    """Under its own name or another, or with all the rest."""
    tables = Tables(orders={"a": RAW}, others={})
    assert backfill(tables, transform).applied


def test_what_is_returned_is_written_and_guarded(backfill: RunBackfill) -> None:
    """The same object, changed: that is a difference, and what the application does meanwhile is not lost."""
    tables = Tables(orders={"a": {"lines": {"L": [{"S": "a"}]}}})
    live = [{"L": [{"S": "a"}, {"S": "live"}]}]

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement" and live:
            tables["orders"]["a"]["lines"] = live.pop()

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"lines": _lines(item)}))
    assert tables["orders"]["a"]["lines"] == {"L": [{"S": "a"}, {"S": "live"}, {"S": "x"}]}


def test_it_is_one_items_matter(backfill: RunBackfill) -> None:
    """Where such are skipped, the others are written; also beyond those that are looked at most closely."""
    tables = Tables(orders={f"{n:03}": {"lines": {"L": [{"S": "a"}]}} for n in range(300)})
    figures: list[Any] = [{}]

    def transform(item: Any, ctx: Any) -> Update | None:
        return None if _lines(item) and item["id"].endswith("7") else Update(set={"lines": item["lines"]})

    backfill(tables, transform, on_error="skip", settings={"measure": figures.append})
    assert (figures[-1]["written"], figures[-1]["failed"]) == (270, 30)
