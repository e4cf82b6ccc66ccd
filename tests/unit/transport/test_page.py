"""A page of a scan whose items are parsed one by one says what it would say parsed whole."""

import gc
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from hypothesis import example, given
from hypothesis import strategies as st

from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.page import NoPage, PageItems, read_page, with_texts
from tests.unit.transport.conftest import OpenPool
from tests.unit.transport.server import answer, serving

_texts = st.one_of(st.text(max_size=8), st.text(alphabet='],:"\\{}[', max_size=8), st.just('"Items":['))
_values = st.recursive(
    st.one_of(_texts.map(lambda text: {"S": text}), st.just({"BOOL": True}), st.just({"SS": ["a]", "b"]})),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(_texts, inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=6,
)
_items = st.lists(st.dictionaries(_texts, _values, max_size=4), max_size=4)
_keys = st.dictionaries(_texts, _texts.map(lambda text: {"S": text}), min_size=1, max_size=2)


@given(_items, _keys, st.permutations(["Items", "Count", "ScannedCount", "LastEvaluatedKey", "ConsumedCapacity"]))
@example([], {"a": {"S": '],"'}}, ["Items", "Count", "LastEvaluatedKey", "ScannedCount", "ConsumedCapacity"])
@example([{}], {'],"Count":': {"S": "]}"}}, ["Count", "Items", "ScannedCount", "LastEvaluatedKey", "ConsumedCapacity"])
def test_says_what_the_answer_says(items: Any, key: Any, order: list[str]) -> None:
    """In whatever order its parts come, and whatever brackets and quotes stand in names, keys and values."""
    said = {
        "Items": items,
        "Count": len(items),
        "ScannedCount": 7,
        "LastEvaluatedKey": key,
        "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5},
    }
    for ascii_only in (True, False):
        text = json.dumps({name: said[name] for name in order}, separators=(",", ":"), ensure_ascii=ascii_only)
        page = read_page(text.encode("utf-8", "surrogatepass"))
        if page is None:
            # Half of a surrogate pair is not UTF-8; such a page is parsed whole.
            assert not ascii_only
            continue
        assert len(page["Items"]) == len(items)
        assert [(item, json.loads(written)) for item, written in with_texts(page["Items"])] == [(i, i) for i in items]
        assert list(page["Items"]) == items
        assert {**page, "Items": items} == said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"Items": [], "Count": 0}',
        b'{"Items":[]}',
        b'{"Items":[],"Count":"0"}',
        b'{"Items":[],"Count":true}',
        b'{"Items":[],"Count":0,"Other":1}',
        b'{"Count":0,"Items":[]',
        b'{"Count":0,"Items":[],',
        b'\xff{"Items":[],"Count":0}',
        b'{"Count":0 "Items":[]}',
        b'{"Count":NaN,"Items":[]}',
    ],
)
def test_what_is_written_otherwise_is_parsed_whole(body: bytes) -> None:
    """Or refused there, as before."""
    assert read_page(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"Count":1,"Items":[{"a":}]}',
        b'{"Count":1,"Items":[1]}',
        b'{"Count":1,"Items":[null]}',
        b'{"Count":2,"Items":[{}]}',
        b'{"Count":0,"Items":[{}]}',
        b'{"Count":1,"Items":[{},]}',
        b'{"Count":2,"Items":[{} {}]}',
        b'{"Count":1,"Items":[' + b"[" * 100_000 + b"]}",
    ],
)
def test_what_is_no_page_after_all_is_told(body: bytes) -> None:
    """It never ends early in silence: items would be left out."""
    page = read_page(body)
    assert page is not None
    with pytest.raises(NoPage):
        list(page["Items"])


def test_a_list_that_nobody_knows_of_hides_no_key() -> None:
    """Where the service adds a part to its answer, the scan goes on after the key that stands before it."""
    page = read_page(
        b'{"Count":1,"Items":[{"a":{"S":"b"}}],"LastEvaluatedKey":{"a":{"S":"b"}},"New":[1],"ScannedCount":5}'
    )
    assert page is not None
    assert list(page["Items"]) == [{"a": {"S": "b"}}]
    assert page["LastEvaluatedKey"] == {"a": {"S": "b"}}


@pytest.mark.parametrize("read", [0, 1, 100])
def test_a_page_that_was_let_go_takes_no_memory(read: int) -> None:
    """At once, however many of its items were looked at: a backfill has Python look for cycles rarely."""
    body = b'{"Count":100,"Items":[%b]}' % b",".join([b'{"a":{"S":"%b"}}' % (b"b" * 10_000)] * 100)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        page = read_page(body)
        assert page is not None
        for item, _ in zip(page["Items"], range(read), strict=False):
            assert item["a"]["S"].startswith("b")
        held, _ = tracemalloc.get_traced_memory()
        item = page = None
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert held > len(body)
    assert left < 100_000


@pytest.fixture
def transport_to(pool_to: OpenPool) -> Callable[[str], HttpTransport]:
    """Opens transports."""
    return lambda endpoint: HttpTransport(pool_to(endpoint))


def test_only_what_came_as_it_was_sent_is_parsed_later(transport_to: Callable[[str], HttpTransport]) -> None:
    """Without a checksum, damage is found at once, while the request can still be sent again."""
    body = '{"Count":1,"Items":[{}],"ScannedCount":1}'
    checksum = f"x-amz-crc32: {zlib.crc32(body.encode())}"
    broken = body.replace("{}", "{")
    with serving([[answer(body, 200, checksum), answer(body), answer(broken)]]) as server:
        transport = transport_to(server.endpoint)
        assert isinstance(transport.call("Scan", {})["Items"], PageItems)
        assert transport.call("Scan", {})["Items"] == [{}]
        with pytest.raises(ConnectionClosedError):
            transport.call("Scan", {})
