"""Whether a table can be used, by what the service says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..errors import NotReady

# "TableDescription" and "GlobalSecondaryIndexDescription" in the API reference; what is not here can be used.
_PASSING: Final = frozenset({"CREATING", "UPDATING"})
_LASTING: Final = {
    "DELETING": "Deploy what makes it anew, or take it out of what migrations use.",
    "ARCHIVING": "Restore the backup that the service made of it.",
    "ARCHIVED": "Restore the backup that the service made of it.",
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "Make its KMS key usable again: enabled, and with a policy that allows it.",
    "REPLICATION_NOT_AUTHORIZED": "Give the service the permissions that its replication needs.",
}


def awaited(table: Mapping[str, Any], index: str | None = None) -> str:
    """
    What has to be waited for, in words; empty: it can be used.

    Args:
        table: What ``DescribeTable`` answered.
        index: One that is to be used; without it all are waited for that are under way.

    Raises:
        NotReady: Waiting would not help.
    """
    name = table.get("TableName", "")
    found = []
    for what, status, needed in _states(table, name, index):
        if status in _PASSING:
            found.append(f"{what} is {status}")
        elif status in _LASTING and needed:
            raise NotReady(f"The {what} is {status}.", next_step=f"{_LASTING[status]} Nothing was done with it.")
    return " and ".join(found)


def _states(table: Mapping[str, Any], name: str, index: str | None) -> Iterator[tuple[str, str, bool]]:
    """What it is about, its status, and whether it is what was asked for."""
    yield f"table {name}", table.get("TableStatus", "ACTIVE"), True
    for one in table.get("GlobalSecondaryIndexes", ()):
        asked = one["IndexName"] == index
        if index is None or asked:
            status = "CREATING" if one.get("Backfilling") else one.get("IndexStatus", "ACTIVE")
            yield f"index {one['IndexName']} of {name}", status, asked
