"""
The items of the tables that are rewritten: orders of 394 bytes, of 4 KB or of 100 KB, as DynamoDB counts them.

A larger order is the same with a longer note.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

SIZE: Final = 394
KEY: Final = "id"
# All else is the same in every order.
VARYING: Final = frozenset({KEY, "customer"})

_WIRE: Final = (
    b'{"id":{"S":"order-%010d"},"customer":{"S":"customer-%08d"},"created":{"S":"2026-11-23T09:00:00Z"},'
    b'"total":{"N":"129.9"},"currency":{"S":"EUR"},"paid":{"BOOL":true},"channel":{"S":"web"},'
    b'"address":{"M":{"street":{"S":"Kungsgatan 12"},"zip":{"S":"11143"},"city":{"S":"Stockholm"},'
    b'"country":{"S":"SE"}}},'
    b'"lines":{"L":[{"M":{"sku":{"S":"SKU-1043-BLUE"},"quantity":{"N":"2"},"price":{"N":"39.95"}}},'
    b'{"M":{"sku":{"S":"SKU-2210-L"},"quantity":{"N":"1"},"price":{"N":"50"}}}]},'
    b'"note":{"S":"Leave it with the neighbour on the second floor, please, and ring twice: the bell is weak. '
    b'If nobody is in, come again on Friday by 5 pm."}}'
)
_CUSTOMERS: Final = 100_000


@dataclass(frozen=True)
class Kind:
    """
    Orders of one size.

    Attributes:
        name: What a table's name begins with, before its hyphen and the number of items.
        title: For tables.
        size: Bytes of an item.
    """

    name: str
    title: str
    size: int


KINDS: Final = (
    Kind("orders", "394 bytes", SIZE),
    Kind("orders4k", "4 KB", 4_096),
    Kind("orders100k", "100 KB", 102_400),
)
SMALL, MEDIUM, LARGE = KINDS


def kind(name: str) -> Kind | None:
    """The kind with that name."""
    return next((one for one in KINDS if one.name == name), None)


def update_statement(table: str) -> str:
    """PartiQL that sets the status, if what was read of an order is as it was: of the status, the id, and whether it is paid."""
    return f'UPDATE "{table}" SET "status"=? WHERE "id"=? AND "paid"=? AND "status" IS MISSING'  # noqa: S608


def key(number: int) -> str:
    """The partition key of order *number*."""
    return f"order-{number:010d}"


def number(order_id: str) -> int:
    """The inverse of `key`."""
    return int(order_id.rpartition("-")[2])


def wire(number: int, size: int = SIZE) -> bytes:
    """Order *number*, with so many bytes, as DynamoDB sends it."""
    return wires(range(number, number + 1), size)


def wires(numbers: range, size: int = SIZE) -> bytes:
    """All of *numbers* as a page of a scan has them, with commas between."""
    # One formatting for all of a page: the server is not to be what is measured.
    arguments: list[int] = [0] * (2 * len(numbers))
    arguments[::2] = numbers
    arguments[1::2] = (number % _CUSTOMERS for number in numbers)
    return _page(len(numbers), size) % tuple(arguments)


@lru_cache(maxsize=64)
def _page(count: int, size: int) -> bytes:
    end = b'"}}'
    longer = _WIRE[: -len(end)] + b"." * (size - SIZE) + end
    return b",".join([longer] * count)


def size(value: Any) -> int:
    """
    The bytes of a value with Python's types, an item too.

    As "DynamoDB item sizes and formats" in the service's developer guide has it; a number takes about a byte for two
    digits, and one more.
    """
    match value:
        case bool():
            return 1
        case str():
            return len(value.encode())
        case int() | Decimal():
            return (len(Decimal(value).as_tuple().digits) + 1) // 2 + 1
        case dict():
            return 3 + sum(1 + len(name.encode()) + size(one) for name, one in value.items())
        case list():
            return 3 + sum(1 + size(one) for one in value)
        case _:
            raise TypeError(f"no size is known for {type(value).__name__}")


def item_size(item: dict[str, Any]) -> int:
    """The bytes of a whole item, whose attributes have no overhead."""
    return sum(len(name.encode()) + size(value) for name, value in item.items())
