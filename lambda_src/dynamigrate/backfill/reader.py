"""Which items of a table are read, and what of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from boto3.dynamodb.conditions import ConditionBase
from botocore.exceptions import ClientError

from .condition import Condition
from .errors import BackfillError
from .learning import Learner, Narrowed
from .learning import projection as projection_of
from .sender import RequestSender
from .service_errors import CONFLICT, code_of
from .table import Table
from .values.codec import AttributeValue
from .values.paths import top_level

# Enough that a page costs little beside its writes, few enough that many pages fit in memory.
_PAGE_ITEMS: Final = 250
_MOST_ITEMS: Final = 10_000


class ItemReader:
    """
    Requests that read the same of every item.

    Attributes:
        segments: In how many parts it is scanned.
        filtered: The attributes that the filter looks at.
        known: The attributes that are read; None: all.
        repeats: Whether one item may be read twice in a page.
        learner: Learns which attributes are to be read; None: that is settled.
    """

    def __init__(
        self,
        table: Table,
        *,
        segments: int,
        index: str | None = None,
        filter: str | ConditionBase | None = None,  # noqa: A002 - the service's word
        projection: Sequence[str] | None = None,
        beside: Sequence[str] = (),
        learn: bool = True,
    ) -> None:
        self.table = table
        self.segments = segments
        self._condition = None if filter is None else Condition.of(filter)
        looked_at = () if self._condition is None else self._condition.attributes
        self.filtered = tuple([name for name in looked_at if name not in table.keys])
        self._require_visible("filter", self.filtered)
        self.known = table.visible
        self._shared: dict[str, Any] = {"TableName": table.name, "ConsistentRead": table.consistent}
        self._names: dict[str, str] = {}
        self._trims = False
        if projection is not None:
            read = dict.fromkeys([*table.keys, *self._projected(projection), *self.filtered, *beside])
            self.known = frozenset(read) if self.known is None else self.known & frozenset(read)
            # A name with dots beside what looks like its parent is taken for a path by some, placeholder or not.
            self._trims = any(top_level(name) != name for name in read)
            if not self._trims:
                self._names = {f"#p{number}": name for number, name in enumerate(read) if name in self.known}
                self._shared["ProjectionExpression"] = ",".join(self._names)
        self._index = index
        # An item whose place in an index changes may be met twice.
        self.repeats = index is not None
        settled = projection is not None or index is not None
        # Then an item is read again by an update, which costs a write.
        rereads_by_update = len(self.filtered) < len(looked_at)
        self.learner = (
            Learner([*table.keys, *self.filtered, *beside]) if learn and not (settled or rereads_by_update) else None
        )

    def page(
        self, sender: RequestSender, segment: int, start: Any, items: int
    ) -> tuple[dict[str, Any], frozenset[str] | None]:
        """The answer to a Scan of about *items* items after the key *start*, and what was read of them; None: all."""
        narrowed = None if self.learner is None else self.learner.known
        request = {
            **self._shared,
            **self._arguments(narrowed),
            "Segment": segment,
            "TotalSegments": self.segments,
            "Limit": items,
        }
        if self._index is not None:
            request["IndexName"] = self._index
        if start is not None:
            request["ExclusiveStartKey"] = start
        answer = sender.read("Scan", request, items)
        if self._trims:
            answer["Items"] = [self._trimmed(item) for item in answer["Items"]]
        return answer, self.known if narrowed is None else narrowed

    def again(self, sender: RequestSender, raw: dict[str, AttributeValue]) -> dict[str, AttributeValue] | None:
        """The item as it is now, read from the table itself; None: there is none, or the filter leaves it out."""
        item = self._read_again(sender, self.table.key_of(raw))
        # From the table comes more than the index has.
        return None if item is None else self._trimmed(item)

    def _trimmed(self, item: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
        known = self.known
        return item if known is None else {name: value for name, value in item.items() if name in known}

    def _read_again(self, sender: RequestSender, key: dict[str, AttributeValue]) -> dict[str, AttributeValue] | None:
        item: dict[str, AttributeValue] | None
        if self._condition is None:
            request = {**self._shared, "ConsistentRead": True, "Key": key}
            if self._names:
                request["ExpressionAttributeNames"] = self._names
            item = sender.read("GetItem", request, 1).get("Item")
            return item
        if len(self.filtered) < len(self._condition.attributes):
            return self._read_on_condition(sender, key, self._condition)
        arguments = self._arguments()
        arguments["ExpressionAttributeNames"] |= {f"#k{n}": name for n, name in enumerate(key)}
        arguments.setdefault("ExpressionAttributeValues", {}).update(
            {f":k{n}": value for n, value in enumerate(key.values())}
        )
        where = " AND ".join(f"#k{n} = :k{n}" for n in range(len(key)))
        request = {**self._shared, "ConsistentRead": True, **arguments, "KeyConditionExpression": where}
        found = sender.read("Query", request, 1)["Items"]
        return found[0] if found else None

    def _read_on_condition(
        self, sender: RequestSender, key: dict[str, AttributeValue], condition: Condition
    ) -> dict[str, AttributeValue] | None:
        """
        By an update that changes nothing.

        A query's filter may not look at the key, and a read has no other condition. This one says what the scan's
        filter said, and the service decides by the same rules.
        """
        request = {
            "TableName": self.table.name,
            "Key": key,
            "ConditionExpression": f"attribute_exists(#k) AND {condition.operand}",
            "ExpressionAttributeNames": {**condition.names, "#k": self.table.keys[0]},
            "ReturnValues": "ALL_NEW",
        }
        if condition.values:
            request["ExpressionAttributeValues"] = condition.values
        try:
            item: dict[str, AttributeValue] = sender.write("UpdateItem", request, 1)["Attributes"]
        except ClientError as error:
            if code_of(error) in CONFLICT:
                return None
            raise
        return item

    def _arguments(self, narrowed: Narrowed | None = None) -> dict[str, Any]:
        arguments: dict[str, Any] = {} if narrowed is None else projection_of(narrowed)
        names, condition = arguments.get("ExpressionAttributeNames", self._names), self._condition
        if condition is not None:
            arguments["FilterExpression"] = condition.expression
            names = {**names, **condition.names}
            if condition.values:
                arguments["ExpressionAttributeValues"] = dict(condition.values)
        if names:
            arguments["ExpressionAttributeNames"] = dict(names)
        return arguments

    def _projected(self, projection: Sequence[str]) -> list[str]:
        """
        The attributes that *projection* means. Of one that a path leads into, all is read: it is guarded as a whole. A
        name with dots may be an attribute's own, too.
        """
        names = []
        for name in projection:
            top = top_level(name)
            own = [one for one in dict.fromkeys((name, top)) if one and self._is_visible(one)]
            if not own:
                self._require_visible("projection", [top or name])
            names += own
        return names

    def _is_visible(self, name: str) -> bool:
        return self.table.visible is None or name in self.table.visible

    def _require_visible(self, option: str, names: Sequence[str]) -> None:
        hidden = [name for name in names if not self._is_visible(name)]
        if hidden:
            raise BackfillError(
                f"The index that is scanned has not {', '.join(hidden)}, which {option}= names.",
                next_step="Scan the table, or an index that has it.",
            )


def items_a_page(matching: float) -> float:
    """How many items a page looks at, where that share of them gets through the filter."""
    return min(_PAGE_ITEMS / max(matching, _PAGE_ITEMS / _MOST_ITEMS), _MOST_ITEMS)


class PageSize:
    """How many items to look at for one page: as many as are *wanted*, and more where the filter leaves few of them."""

    def __init__(self, wanted: int | None = None) -> None:
        self.items = self._wanted = wanted or _PAGE_ITEMS

    def learn(self, scanned: int, count: int) -> None:
        wanted = self._wanted * scanned // max(count, 1) if scanned else self.items * 2
        self.items = max(self._wanted, min(wanted, self.items * 2, _MOST_ITEMS))
