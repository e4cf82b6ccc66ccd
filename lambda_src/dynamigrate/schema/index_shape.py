"""What a global secondary index is to be: its keys, and what it has beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ..error_text import safe_repr
from ..errors import InvalidSetting
from .errors import SchemaError

# "Naming rules" and "Quotas" in DynamoDB's developer guide: attributes of each kind of key of a global index.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_MOST: Final = 4
_TYPES: Final = ("S", "N", "B")
_EXAMPLE: Final = '{"customerId": "S"}'


def check_index_name(name: object) -> None:
    """
    Raises:
        InvalidSetting: *name* can't be that of an index.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidSetting(
            f"{safe_repr(name)} can't be the name of an index.",
            next_step="Use 3 to 255 letters, digits and any of _ . - for it.",
        )


@dataclass(frozen=True)
class IndexShape:
    """
    Attributes:
        hash: Attributes of the partition key with their types, in order.
        range: Those of the sort key.
        projection: ``ALL``, ``KEYS_ONLY`` or ``INCLUDE``.
        included: With the last, what it has beside the keys.
        described: Types of attributes that the table's description has.
    """

    hash: tuple[tuple[str, str], ...]
    range: tuple[tuple[str, str], ...]
    projection: str
    included: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, partition_key: Mapping[str, str], sort_key: Mapping[str, str], projection: str | Sequence[str]) -> Self:
        """
        Raises:
            InvalidSetting: There can be no such index.
        """
        for option, key, least in (("partition_key", partition_key, 1), ("sort_key", sort_key, 0)):
            _check_key(option, key, least)
        if twice := {*partition_key} & {*sort_key}:
            raise InvalidSetting(
                f"partition_key and sort_key both have {', '.join(sorted(twice))}.", next_step="Leave it out of one."
            )
        kind, included = _projected(projection)
        return cls(tuple(partition_key.items()), tuple(sort_key.items()), kind, included)

    @classmethod
    def described(cls, index: Mapping[str, Any], table: Mapping[str, Any]) -> Self:
        """That of an index in what ``DescribeTable`` answered."""
        types = _types(table)
        keys = [(one["AttributeName"], one["KeyType"]) for one in index["KeySchema"]]
        projection = index.get("Projection", {})
        return cls(
            tuple((name, types.get(name, "?")) for name, kind in keys if kind == "HASH"),
            tuple((name, types.get(name, "?")) for name, kind in keys if kind == "RANGE"),
            projection.get("ProjectionType", "ALL"),
            frozenset(projection.get("NonKeyAttributes", ())),
        )

    def check_types(self, table: Mapping[str, Any]) -> None:
        """
        Raises:
            SchemaError: An attribute is in a key of *table* or of another index already, with another type.
        """
        known = _types(table)
        for name, kind in (*self.hash, *self.range):
            if known.get(name, kind) != kind:
                raise SchemaError(
                    f"{name} is of type {known[name]} in another key of {table['TableName']}, and {kind} here.",
                    next_step="An attribute has one type in all keys of a table: correct it here.",
                )

    def definitions(self) -> list[dict[str, str]]:
        """The attributes of its keys, as a request has them."""
        return [{"AttributeName": name, "AttributeType": kind} for name, kind in (*self.hash, *self.range)]

    def creation(self, name: str, throughput: Mapping[str, int]) -> dict[str, Any]:
        """Its creation, as ``UpdateTable`` takes it."""
        keys = [(one, "HASH") for one, _ in self.hash] + [(one, "RANGE") for one, _ in self.range]
        included = {"NonKeyAttributes": sorted(self.included)} if self.included else {}
        create: dict[str, Any] = {
            "IndexName": name,
            "KeySchema": [{"AttributeName": one, "KeyType": kind} for one, kind in keys],
            "Projection": {"ProjectionType": self.projection, **included},
            **({"ProvisionedThroughput": dict(throughput)} if throughput else {}),
        }
        return {"Create": create}

    def __str__(self) -> str:
        keys = [", ".join(f"{name} ({kind})" for name, kind in key) for key in (self.hash, self.range) if key]
        projected = f"{self.projection} of {', '.join(sorted(self.included))}" if self.included else self.projection
        return f"{' and then '.join(keys)}, projecting {projected}"


def _check_key(option: str, key: object, least: int) -> None:
    if not isinstance(key, Mapping) or not all(isinstance(name, str) and name for name in key):
        raise InvalidSetting(
            f"{option}={safe_repr(key)} is no key.",
            next_step=f"Give attributes and their types, in order, such as {_EXAMPLE}.",
        )
    if not least <= len(key) <= _MOST:
        raise InvalidSetting(
            f"{option} has {len(key)} attributes.",
            next_step=f"DynamoDB takes {least} to {_MOST}, such as {_EXAMPLE}.",
        )
    for name, kind in key.items():
        if kind not in _TYPES:
            raise InvalidSetting(
                f"{option}: {name} is of type {safe_repr(kind)}.",
                next_step="What is in a key is a string (S), a number (N) or binary (B).",
            )


def _projected(projection: object) -> tuple[str, frozenset[str]]:
    if projection in ("ALL", "KEYS_ONLY"):
        return str(projection), frozenset()
    names = projection if isinstance(projection, Sequence) and not isinstance(projection, str | bytes) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InvalidSetting(
            f"projection={safe_repr(projection)} is not possible.",
            next_step='Give "ALL", "KEYS_ONLY", or a list of what it has beside the keys, such as ["total"].',
        )
    return "INCLUDE", frozenset(names)


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    return {one["AttributeName"]: one["AttributeType"] for one in table.get("AttributeDefinitions", ())}
