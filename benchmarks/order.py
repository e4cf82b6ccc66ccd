"""The items of the table that is rewritten: orders of 394 bytes, as DynamoDB counts them."""

from __future__ import annotations

from decimal import Decimal
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


def key(number: int) -> str:
    """The partition key of order *number*."""
    return f"order-{number:010d}"


def number(order_id: str) -> int:
    """The inverse of `key`."""
    return int(order_id.rpartition("-")[2])


def wire(order: int) -> bytes:
    """Order number *order*, as DynamoDB sends it."""
    return _WIRE % (order, order % _CUSTOMERS)


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
