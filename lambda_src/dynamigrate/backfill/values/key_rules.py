"""What a table's definition asks of the attributes that are keys, in the table or in an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...transport.item_size import size
from ..errors import Unwritable
from .codec import AttributeValue

# "Partition keys and sort keys" in "Constraints in Amazon DynamoDB", in bytes.
_MOST: Final = {"HASH": 2048, "RANGE": 1024}
_WORDS: Final = {
    "S": "a text",
    "N": "a number",
    "B": "binary",
    "NULL": "a NULL",
    "BOOL": "a truth value",
    "M": "a map",
    "L": "a list",
    "SS": "a set of texts",
    "NS": "a set of numbers",
    "BS": "a set of binaries",
}


@dataclass(frozen=True, kw_only=True)
class KeyRule:
    """
    Attributes:
        kind: The attribute's type, as the service writes it: S, N or B.
        most: Its length in bytes, unless it is a number.
        whose: The key that it is a part of, in words.
        required: Whether no item is without it: it is the table's own key.
    """

    kind: str
    most: int
    whose: str
    required: bool


def key_rules(table: Mapping[str, Any]) -> dict[str, KeyRule]:
    """Attribute to its rule, by the service's description of *table*; an index key may have several of each kind."""
    kinds = {one["AttributeName"]: one["AttributeType"] for one in table.get("AttributeDefinitions", ())}
    keys = [("the key", table["KeySchema"])]
    for part in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        keys += [(f"the index {index['IndexName']}", index.get("KeySchema", ())) for index in table.get(part, ())]
    rules: dict[str, KeyRule] = {}
    for whose, schema in keys:
        for element in schema:
            name, most = element["AttributeName"], _MOST.get(element.get("KeyType", "HASH"), _MOST["HASH"])
            # The first is the table's own, if it is one at all.
            known = rules.get(name)
            if known is None and name in kinds:
                rules[name] = KeyRule(kind=kinds[name], most=most, whose=whose, required=whose == "the key")
            elif known is not None and most < known.most:
                rules[name] = KeyRule(kind=known.kind, most=most, whose=known.whose, required=known.required)
    return rules


def check_key_attributes(table: str, rules: Mapping[str, KeyRule], item: Mapping[str, AttributeValue]) -> None:
    """
    The service refuses these, while not every stand-in does.

    Raises:
        Unwritable: A key attribute in *item* is of another type than *rules* say, empty, or too long.
    """
    for name, rule in rules.items():
        value = item.get(name)
        if value is None:
            continue
        what = f"{name} is part of {rule.whose} of {table}"
        leave_out = "" if rule.required else ", or leave it out: then the item is not in that index"
        if rule.kind not in value:
            (kind,) = value
            raise Unwritable(
                f"{what}, where it is {_WORDS[rule.kind]}, not {_WORDS[kind]}.",
                next_step=f"Give {_WORDS[rule.kind]}{leave_out}.",
            )
        if not value[rule.kind]:
            raise Unwritable(f"{what}, where it can't be empty.", next_step=f"Give a value{leave_out}.")
        if rule.kind != "N" and (length := size(value)) > rule.most:
            raise Unwritable(
                f"{what}, where it has at most {rule.most:,} bytes, not {length:,}.",
                next_step=f"Give a shorter one{leave_out}.",
            )
