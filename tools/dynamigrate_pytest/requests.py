"""One request to AWS, as a test sees it: what it is about, and whether it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Key = dict[str, Any]

_READS: Final = re.compile(r"(Get|BatchGet|TransactGet|List|Describe|Head|Query|Scan|Search|Lookup|Select)[A-Z]?")
_SELECT: Final = re.compile(r"\s*SELECT\b", re.IGNORECASE)
# As the engine writes them: names in double quotes, values as parameters, and the key first of all conditions.
_STATEMENT: Final = re.compile(r'(?:UPDATE|DELETE FROM) "([^"]+)"(.*?) WHERE (.*)', re.DOTALL)
_COMPARED: Final = re.compile(r'"([^"]+)"=\?')


@dataclass(frozen=True)
class Request:
    """
    Attributes:
        number: Counted from 1, in one run.
        service: As boto3 calls it.
        saves: How many checkpoints had been saved before it.
        thread: Of which thread it is.
    """

    number: int
    service: str
    operation: str
    arguments: Mapping[str, Any] = field(repr=False)
    saves: int = 0
    thread: int = 0

    def __str__(self) -> str:
        tables = ", ".join(dict.fromkeys(self.tables))
        what = self.operation if self.service == "dynamodb" else f"{self.service} {self.operation}"
        return f"request {self.number} ({what}{f' to {tables}' if tables else ''})"

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it is about, as far as it names them."""
        if self.service != "dynamodb":
            return ()
        if "TableName" in self.arguments:
            return (str(self.arguments["TableName"]),)
        actions = [next(iter(one.values())) for one in self.arguments.get("TransactItems", ())]
        named = [str(one["TableName"]) for one in actions if "TableName" in one]
        return (*map(str, self.arguments.get("RequestItems", ())), *named, *(table for table, _ in self._stated()))

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        if self.service == "dynamodb" and (statements := list(self._statements())):
            return not all(_SELECT.match(text) for text, _ in statements)
        return _READS.match(self.operation) is None

    @property
    def written(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """
        Tables, and keys in them that it writes to; of an item that is put, all of it. Empty where it writes none, or where
        that can't be told.
        """
        return tuple(self._written()) if self.service == "dynamodb" else ()

    def _written(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        arguments = self.arguments
        match self.operation:
            case "PutItem":
                yield arguments["TableName"], arguments["Item"]
            case "UpdateItem" | "DeleteItem":
                yield arguments["TableName"], arguments["Key"]
            case "BatchWriteItem":
                for table, entries in arguments["RequestItems"].items():
                    for entry in entries:
                        [(kind, content)] = entry.items()
                        yield table, content["Item" if kind == "PutRequest" else "Key"]
            case "TransactWriteItems":
                for action in arguments["TransactItems"]:
                    [(kind, content)] = action.items()
                    if kind != "ConditionCheck":
                        yield content["TableName"], content["Item" if kind == "Put" else "Key"]
            case _:
                yield from self._stated()

    def _stated(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for text, values in self._statements():
            if found := _STATEMENT.fullmatch(text):
                names = _COMPARED.findall(found[3])
                yield found[1], dict(zip(names, values[found[2].count("=?") :], strict=False))

    def _statements(self) -> Iterator[tuple[str, list[Any]]]:
        entries: list[Mapping[str, Any]] = []
        match self.operation:
            case "ExecuteStatement":
                entries = [self.arguments]
            case "BatchExecuteStatement":
                entries = self.arguments["Statements"]
            case "ExecuteTransaction":
                entries = self.arguments["TransactStatements"]
        for entry in entries:
            yield str(entry["Statement"]), list(entry.get("Parameters", ()))
