"""Tables that are made, changed, described and deleted, as if that had been done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .ended import Ended
from .given_answers import not_found, refused, succeeded
from .items import table_name
from .ledger import Ledger
from .request import Answer, Request
from .world import World

CHANGES: Final = frozenset({"CreateTable", "DeleteTable", "UpdateTable", "UpdateTimeToLive"})
READS: Final = frozenset({"DescribeTable", "DescribeTimeToLive", "ListTables"})
# Of UpdateTable: what its answer and later descriptions have of it, whatever else the table is.
_PLAIN: Final = frozenset(
    {
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexUpdates",
        "ProvisionedThroughput",
        "TableName",
    }
)
_LISTED: Final = "It lists tables, some of which a real run would have made or deleted by then."


class TableAnswers:
    """For the function of one migration."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def change(self, request: Request) -> Answer:
        """
        What the service would say to one of `CHANGES`; it is counted, and not sent.

        Raises:
            Ended: That can't be known.
        """
        table, arguments = table_name(request.arguments.get("TableName", "")), request.arguments
        self._ledger.other(request.service, request.operation, table)
        if request.operation == "CreateTable":
            if self._world.table(table, request) is not None:
                return refused("ResourceInUseException", f"Table already exists: {table}")
            self._world.removed.discard(table)
            self._world.made[table] = _made(table, arguments)
            return succeeded({"TableDescription": {**self._world.made[table], "TableStatus": "CREATING"}})
        described = self._described(table, request)
        if described is None:
            return not_found(table)
        if request.operation == "UpdateTimeToLive":
            self.note(request.operation, table, arguments)
            return succeeded({"TimeToLiveSpecification": arguments["TimeToLiveSpecification"]})
        if request.operation == "DeleteTable":
            self._world.removed.add(table)
            self._world.made.pop(table, None)
            return succeeded({"TableDescription": {**described, "TableStatus": "DELETING"}})
        # The service answers with how it was, and goes to work then.
        described = self._with_changes(table, described)
        self.note(request.operation, table, arguments)
        return succeeded({"TableDescription": {**described, "TableStatus": "UPDATING"}})

    def note(self, operation: str, table: str, arguments: Mapping[str, Any]) -> None:
        """*table* would be changed so, by UpdateTable or UpdateTimeToLive."""
        if operation == "UpdateTimeToLive":
            self._change(table)["TimeToLive"] = dict(arguments["TimeToLiveSpecification"])
        else:
            self._update(table, arguments)

    def read(self, request: Request) -> Answer:
        """
        What the service would say to one of `READS` by now.

        Raises:
            Ended: That can't be known.
        """
        table, world = table_name(request.arguments.get("TableName", "")), self._world
        if request.operation == "ListTables":
            if world.made or world.removed:
                self._ledger.unknown(_LISTED)
            return request.send()
        if table in world.removed:
            return not_found(table)
        if request.operation == "DescribeTimeToLive":
            if (ttl := world.changed.get(table, {}).get("TimeToLive")) is None:
                return succeeded(_ttl({})) if table in world.made else request.send()
            return succeeded(_ttl(ttl))
        if table in world.made:
            return succeeded({"Table": self._with_changes(table, world.made[table])})
        http, parsed = request.send()
        if http.status_code < 300 and table in world.changed:
            parsed["Table"] = self._with_changes(table, parsed["Table"])
        return http, parsed

    def _described(self, table: str, request: Request) -> Mapping[str, Any] | None:
        """As it is now; None: it is not there."""
        if self._world.table(table, request) is None:
            return None
        if table in self._world.made:
            return self._world.made[table]
        http, parsed = request.send("DescribeTable", {"TableName": table})
        if http.status_code >= 300:
            raise Ended(f"{request.operation} of {table} answers with the table, which can't be asked for.")
        return dict(parsed["Table"])

    def _change(self, table: str) -> dict[str, Any]:
        return self._world.changed.setdefault(table, {"made": [], "gone": set(), "plain": {}, "vague": []})

    def _update(self, table: str, arguments: Mapping[str, Any]) -> None:
        change = self._change(table)
        change["vague"] += [name for name in arguments if name not in _PLAIN]
        for update in arguments.get("GlobalSecondaryIndexUpdates", ()):
            if (made := update.get("Create")) is not None:
                change["made"].append(_index(made))
            elif (gone := update.get("Delete")) is not None:
                change["gone"].add(gone["IndexName"])
                change["made"] = [one for one in change["made"] if one["IndexName"] != gone["IndexName"]]
            else:
                change["vague"].append("GlobalSecondaryIndexUpdates")
        plain = {name: arguments[name] for name in ("DeletionProtectionEnabled",) if name in arguments}
        if mode := arguments.get("BillingMode"):
            plain["BillingModeSummary"] = {"BillingMode": mode}
        if given := arguments.get("ProvisionedThroughput"):
            plain["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, **given}
        if more := arguments.get("AttributeDefinitions"):
            plain["AttributeDefinitions"] = list(more)
        change["plain"].update(plain)

    def _with_changes(self, table: str, described: Mapping[str, Any]) -> dict[str, Any]:
        """As the service would describe it by now."""
        change = self._world.changed.get(table)
        if change is None:
            return dict(described)
        if change["vague"]:
            raise Ended(
                f"It asks what {table} is like after UpdateTable with {change['vague'][0]}, which was not sent."
            )
        indexes = [one for one in described.get("GlobalSecondaryIndexes", ()) if one["IndexName"] not in change["gone"]]
        indexes += change["made"]
        return {
            **described,
            **change["plain"],
            **({"GlobalSecondaryIndexes": indexes} if indexes or "GlobalSecondaryIndexes" in described else {}),
        }


def _made(table: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """How the service would describe a table that is made so, once it can be used; its ARN nobody knows."""
    kept = ("AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled", "StreamSpecification")
    locals_ = [{**one, "ItemCount": 0, "IndexSizeBytes": 0} for one in arguments.get("LocalSecondaryIndexes", ())]
    globals_ = [_index(one) for one in arguments.get("GlobalSecondaryIndexes", ())]
    mode = arguments.get("BillingMode", "PROVISIONED")
    none = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    return {
        "TableName": table,
        "TableStatus": "ACTIVE",
        "CreationDateTime": datetime.now(UTC),
        "ItemCount": 0,
        "TableSizeBytes": 0,
        **{name: arguments[name] for name in kept if name in arguments},
        "BillingModeSummary": {"BillingMode": mode},
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **none, **arguments.get("ProvisionedThroughput", {})},
        **({"LocalSecondaryIndexes": locals_} if locals_ else {}),
        **({"GlobalSecondaryIndexes": globals_} if globals_ else {}),
    }


def _index(made: Mapping[str, Any]) -> dict[str, Any]:
    none = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    throughput = {**none, **made.get("ProvisionedThroughput", {})}
    return {**made, "IndexStatus": "ACTIVE", "ItemCount": 0, "IndexSizeBytes": 0, "ProvisionedThroughput": throughput}


def _ttl(asked: Mapping[str, Any]) -> dict[str, Any]:
    if not asked.get("Enabled"):
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": asked["AttributeName"]}}
