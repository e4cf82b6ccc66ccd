"""A whole item that is put elsewhere is what the codec would have made of it, however much of it is text that was read."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamigrate.backfill.item import Item
from dynamigrate.backfill.values.codec import encode_all
from dynamigrate.backfill.writing.splice import spliced
from tests.unit.backfill.values import texts, values

_NAMES = st.one_of(st.sampled_from(["a", "b", "S", "M", "status", 'x"a', "a/b", "é", ":1", "a-b"]), texts)
_SETS = ("SS", "NS", "BS")
_items = st.dictionaries(_NAMES.filter(bool), values, max_size=6)


def _put(raw: dict[str, Any], whole: dict[str, Any], item: Item, *, ascii_only: bool = True) -> dict[str, Any]:
    text = json.dumps(raw, separators=(",", ":"), ensure_ascii=ascii_only)
    written: dict[str, Any] = json.loads(spliced(text, raw, item._values, whole), object_pairs_hook=_without_twice)
    return written


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The service refuses a name that is there twice."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@given(_items, _items, st.data(), st.booleans())
def test_is_what_the_codec_says(item: dict[str, Any], more: dict[str, Any], data: Any, ascii_only: bool) -> None:
    """With attributes replaced, added, and left out."""
    raw = encode_all(item)
    read = Item._of(raw)
    whole = read | more
    for name in data.draw(st.lists(st.sampled_from(sorted(whole)), unique=True)) if whole else ():
        del whole[name]
    written = _put(raw, whole, read, ascii_only=ascii_only)
    assert _in_order(written) == _in_order(json.loads(json.dumps(encode_all(whole))))


def _in_order(value: Any) -> Any:
    """With sets sorted: what is read of one and what is written of it need not have one order."""
    if isinstance(value, list):
        return [_in_order(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: sorted(one) if name in _SETS and _is_texts(one) else _in_order(one) for name, one in value.items()}


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _nested(raw: dict[str, Any]) -> dict[str, Any]:
    return {"id": {"S": "a"}, "lines": {"L": [{"M": {"n": {"N": "1"}, "ok": {"BOOL": True}, "s": {"S": "x"}}}]}, **raw}


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.append("x"),
        lambda lines: lines.clear(),
        lambda lines: lines[0].update(n=True),
        lambda lines: lines[0].update(n=2),
        lambda lines: lines[0].update(n=Decimal(2)),
        lambda lines: lines[0].update(ok=1),
        lambda lines: lines[0].update(ok=Decimal(1)),
        lambda lines: lines[0].update(ok=None),
        lambda lines: lines[0].update(s="y"),
        lambda lines: lines[0].update(s=["x"]),
        lambda lines: lines[0].pop("s"),
        lambda lines: lines[0].update(t="x"),
        lambda lines: lines[0].update(t=lines[0].pop("s")),
        lambda lines: lines.__setitem__(0, [1]),
        lambda lines: lines.__setitem__(0, None),
    ],
)
def test_what_was_changed_in_place_is_written_so(change: Any) -> None:
    """To the letter: truth is not 1."""
    raw = _nested({})
    item = Item._of(raw)
    whole = item | {"status": "NEW"}
    change(whole["lines"])
    assert _put(raw, whole, item) == encode_all(whole)
    assert _put(raw, whole, item)["lines"] != raw["lines"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [("SS", lambda tags: tags.add("c")), ("SS", lambda tags: tags.remove("a")), ("NS", lambda tags: tags.add(3))],
)
def test_so_is_a_set(kind: str, change: Any) -> None:
    """It is given as a set, and may be changed as one."""
    raw: dict[str, Any] = {"id": {"S": "a"}, "tags": {kind: ["a", "b"] if kind == "SS" else ["1", "2"]}}
    item = Item._of(raw)
    whole = item.copy()
    change(whole["tags"])
    written, expected = _put(raw, whole, item), encode_all(whole)
    assert set(written["tags"][kind]) == set(expected["tags"][kind])


@pytest.mark.parametrize(
    "raw",
    [
        _nested({"n": {"S": "above"}}),
        _nested({"S": {"S": "S"}, "M": {"N": "1"}}),
        _nested({'x"n': {"S": '"n":'}, "n": {"S": '\\"n\\":{"S":"no"}'}}),
        {"n": {"S": "alone"}},
        {"n": {"S": "first"}, "id": {"S": "a"}},
    ],
)
@pytest.mark.parametrize("name", ["n", "S", "id", 'x"n'])
def test_a_name_that_stands_elsewhere_too_is_not_mixed_up(raw: dict[str, Any], name: str) -> None:
    """In a map, a text, another name, or as a type's letter."""
    item = Item._of(raw)
    whole = item | {name: "replaced", "status": "NEW"}
    assert _put(raw, whole, item) == encode_all(whole)
    del whole[name]
    assert _put(raw, whole, item) == encode_all(whole)


def test_an_escape_hides_no_name() -> None:
    """A server may write any character as an escape: then the only one that stands there so is another's."""
    raw: dict[str, Any] = {"id": {"S": "a"}, "status": {"S": "x"}, "m": {"M": {"n": {"S": "z"}, "status": {"S": "y"}}}}
    text = '{"id":{"S":"a"},"st\\u0061tus":{"S":"x"},"m":{"M":{"n":{"S":"z"},"status":{"S":"y"}}}}'
    item = Item._of(raw)
    whole = item | {"status": "NEW"}
    assert json.loads(spliced(text, raw, item._values, whole)) == encode_all(whole)


@example("129.90")
@given(st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str))
def test_a_number_stays_the_number_it_was(number: str) -> None:
    """However it is spelled."""
    raw: dict[str, Any] = {"id": {"S": "a"}, "n": {"N": number}, "l": {"L": [{"N": number}]}}
    item = Item._of(raw)
    written = _put(raw, item | {"x": 1}, item)
    assert [Decimal(written["n"]["N"]), Decimal(written["l"]["L"][0]["N"])] == [Decimal(number)] * 2
