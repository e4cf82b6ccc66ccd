"""
Answers to batches of writes that are all accepted, made without parsing the request: by counting what it has.

The stub shares the machine with what is measured, and has to keep up with programs that spend two microseconds on an
item. The answers are those that `Answers` gives; a batch in another form than a client's usual one is left to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .tables import Table

_PUTS: Final = re.compile(rb'"RequestItems": ?\{"([\w.-]+)": ?\[')
_FIRST_PUT: Final = re.compile(rb'\[ ?\{ ?"PutRequest"')
_STATEMENTS: Final = re.compile(rb'"Statement": ?"(?:UPDATE|INSERT INTO|DELETE FROM) +\\"([\w.-]+)\\"')
_ASKS: Final = re.compile(rb'"ReturnConsumedCapacity": ?"(?:TOTAL|INDEXES)"')


def answer(operation: str, body: bytes) -> bytes | None:
    """The body of the answer, or None where the request has to be parsed for it."""
    match operation:
        # Within a string the quotes would be escaped.
        case "BatchWriteItem":
            found = _PUTS.search(body)
            if found and len(_FIRST_PUT.findall(body)) == 1 and b'"DeleteRequest"' not in body:
                return _written(found[1].decode(), body.count(b'"PutRequest"'), asks=_asks(body))
        case "BatchExecuteStatement":
            named = _STATEMENTS.findall(body)
            if len(set(named)) == 1 and len(named) == body.count(b'"Statement"'):
                return _executed(named[0].decode(), len(named), asks=_asks(body))
    return None


def _asks(body: bytes) -> bool:
    return b'"ReturnConsumedCapacity"' in body and _ASKS.search(body) is not None


@lru_cache(maxsize=1024)
def _written(table: str, count: int, *, asks: bool) -> bytes:
    if not asks:
        return b'{"UnprocessedItems":{}}'
    return b'{"UnprocessedItems":{},"ConsumedCapacity":[%b]}' % _capacity(table, count)


@lru_cache(maxsize=1024)
def _executed(table: str, count: int, *, asks: bool) -> bytes:
    responses = b",".join([b'{"TableName":"%b"}' % table.encode()] * count)
    if not asks:
        return b'{"Responses":[%b]}' % responses
    return b'{"Responses":[%b],"ConsumedCapacity":[%b]}' % (responses, b",".join([_capacity(table, 1)] * count))


def _capacity(table: str, count: int) -> bytes:
    return b'{"TableName":"%b","CapacityUnits":%.1f}' % (table.encode(), count * Table.named(table).write_units)
