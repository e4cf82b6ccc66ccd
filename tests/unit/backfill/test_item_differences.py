"""What is shown to differ between an item as it is and as it would be, is what differs, and all of it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.backfill.rehearsing.diff import Change, differences, path_text
from dynamigrate.backfill.rehearsing.shown_values import shown_changes, shown_key, shown_value
from dynamigrate.backfill.values.codec import encode, encode_all, same
from tests.unit.backfill.values import values

items = st.dictionaries(st.text(max_size=5), values, max_size=5).map(encode_all)


def _applied(before: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    """*before* with all *changes* made, each at its place."""
    after: Any = {"M": copy.deepcopy(before)}
    gone: list[tuple[Any, Any]] = []
    for change in changes:
        at = after
        for step in change.path[:-1]:
            at = at["L"][step] if isinstance(step, int) else at["M"][step]
        last = change.path[-1]
        inside = at["L"] if isinstance(last, int) else at["M"]
        if change.after is None:
            gone.append((inside, last))
        elif isinstance(last, int) and last == len(inside):
            inside.append(change.after)
        else:
            inside[last] = change.after
    for inside, last in reversed(gone):
        del inside[last]
    made: dict[str, Any] = after["M"]
    return made


@given(items, items)
def test_the_changes_made_to_the_one_give_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """In nested maps and lists too."""
    changes = list(differences(before, after))
    assert same({"M": _applied(before, changes)}, {"M": after})
    assert all(one.before is None or one.after is None or not same(one.before, one.after) for one in changes)


@given(items, st.data())
def test_a_small_change_deep_within_is_that_alone(before: dict[str, Any], data: st.DataObject) -> None:
    """At its path."""
    inner = data.draw(st.dictionaries(st.text(max_size=3), values, max_size=3))
    old, new = encode({"list": [inner, {**inner, "at": 1}]}), encode({"list": [inner, {**inner, "at": 2}]})
    found = list(differences({**before, "deep": old}, {**before, "deep": new}))
    assert [one.path for one in found] == [("deep", "list", 1, "at")]
    assert path_text(found[0].path) == "deep.list[1].at"


def test_one_value_written_in_two_ways_is_no_change() -> None:
    """Numbers and sets are what they mean."""
    before: dict[str, Any] = {"a": {"N": "1.0"}, "b": {"NS": ["1", "2"]}, "c": {"L": [{"N": "1E2"}]}}
    assert list(differences(before, {"a": {"N": "1"}, "b": {"NS": ["2.0", "1"]}, "c": {"L": [{"N": "100"}]}})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("total", "cents"), "total.cents"),
        (("lines", 0, "sku"), "lines[0].sku"),
        (("a.b", "x"), '"a.b".x'),
        (("with space",), '"with space"'),
        (("",), '""'),
    ],
)
def test_a_path_is_written_as_in_an_expression(path: tuple[str | int, ...], text: str) -> None:
    """With quotes around a name that has other characters."""
    assert path_text(path) == text


@given(values)
def test_every_value_is_shown_as_json(value: Any) -> None:
    """And comes through it as it is."""
    shown = shown_value(encode(value))
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("7", 7),
        ("7.0", 7),
        ("0.1", 0.1),
        ("9007199254740993", "9007199254740993"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("-1E-130", -1e-130),
        ("1E+125", "1E+125"),
    ],
)
def test_a_number_is_exact(number: str, shown: object) -> None:
    """As a text where a number of JSON's would lose a digit on its way."""
    assert shown_value({"N": number}) == shown
    assert type(shown_value({"N": number})) is type(shown)


def test_what_is_long_is_cut() -> None:
    """Texts, binary and whole lists; with how long it is."""
    assert shown_value({"S": "x" * 1000}) == f"{'x' * 200}… (1,000 characters)"
    assert shown_value({"B": "aGVsbG8="}) == "binary, 5 bytes, sha256 2cf24dba5fb0"
    assert len(shown_value(encode([{"name": "x" * 50}] * 100))) < 500
    many = shown_changes(list(differences({}, encode_all({f"a{n}": n for n in range(30)}))))
    assert (len(many["changes"]), many["more_changes"]) == (20, 10)


def test_what_only_looks_the_same_is_told_apart() -> None:
    """A set in the place of a list, binary in that of what it is shown as."""
    (change,) = shown_changes(list(differences({"a": encode(["x"])}, {"a": encode({"x"})})))["changes"]
    assert change == {"path": "a", "before": ["x"], "after": ["x"], "types": ["a list", "a set of texts"]}


def test_a_masked_key_is_the_same_for_the_same_salt() -> None:
    """However its number is written; and another for another key, type or salt."""
    key = {"id": {"S": "1"}, "n": {"N": "1.0"}}
    one = shown_key(key, "salt")
    assert one == shown_key({"n": {"N": "1"}, "id": {"S": "1"}}, "salt")
    assert one.startswith("#")
    others = [
        shown_key(key, "other"),
        shown_key({**key, "id": {"S": "2"}}, "salt"),
        shown_key({**key, "id": {"N": "1"}}, "salt"),
    ]
    assert len({one, *others}) == 4
    assert shown_key(key, "") == {"id": "1", "n": 1}
