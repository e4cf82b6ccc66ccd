"""What moto does otherwise than the service, or slowly, set right for a test."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from moto.core.models import patch_client
from moto.dynamodb.urls import url_bases

from .addresses import keep_from

_BINARY: Final = "B"


def _is_elsewhere(url: str) -> bool:
    """Whether moto lets a request to *url* through, to wherever that is."""
    return not any(re.match(base, url) for base in url_bases)


class MotoMending:
    """
    Sees the requests of clients before moto does, and sets right what it would get wrong:

    - After an index is made, moto knows the types of that index's keys alone, and no more those of the table's.
    - It can't scan a table in segments whose partition key is binary: there the first one has all.
    """

    def __init__(self) -> None:
        self._definitions: dict[str, list[dict[str, str]]] = {}
        self._partition_keys: dict[str, str] = {}

    def adopt(self, client: Any) -> None:
        """Have *client*, whenever it was made, ask moto, and what it asks be seen."""
        patch_client(client)
        keep_from(_is_elsewhere, "DynamoDB is moto here, in this process", client)
        if client.meta.service_model.service_name != "dynamodb":
            return
        seen: dict[str, Callable[..., None]] = {
            "CreateTable": self._created,
            "UpdateTable": self._updated,
            "Scan": self._scanned,
        }
        for operation, look in seen.items():
            name = f"before-parameter-build.dynamodb.{operation}"
            # A client may outlive a test, and is then the next one's.
            client.meta.events.unregister(name, unique_id="dynamigrate")
            client.meta.events.register(name, look, unique_id="dynamigrate")

    def _created(self, params: dict[str, Any], **_: Any) -> None:
        table = str(params.get("TableName"))
        self._definitions[table] = list(params.get("AttributeDefinitions", ()))
        keys = [one["AttributeName"] for one in params.get("KeySchema", ()) if one["KeyType"] == "HASH"]
        self._partition_keys[table] = keys[0] if keys else ""

    def _updated(self, params: dict[str, Any], **_: Any) -> None:
        if "AttributeDefinitions" not in params:
            return
        table, given = str(params.get("TableName")), params["AttributeDefinitions"]
        names = {one["AttributeName"] for one in given}
        kept = [one for one in self._definitions.get(table, ()) if one["AttributeName"] not in names]
        self._definitions[table] = params["AttributeDefinitions"] = [*kept, *given]

    def _scanned(self, params: dict[str, Any], **_: Any) -> None:
        table = str(params.get("TableName"))
        key = {"AttributeName": self._partition_keys.get(table), "AttributeType": _BINARY}
        if "TotalSegments" not in params or key not in self._definitions.get(table, ()):
            return
        segment = params["Segment"]
        del params["Segment"], params["TotalSegments"]
        if segment:
            params.clear()
            params.update(
                TableName=table,
                FilterExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": key["AttributeName"]},
            )


def hurry(patch: pytest.MonkeyPatch) -> None:
    """
    Have moto look up the type of a value where it stands. It looks for each of ten types under some twelve other names, in a
    value within a value too, which is most of the time that a test takes.
    """
    try:
        from moto.core.serialize import AttributePicker
    except ImportError:
        # Another edition of moto; it takes its time.
        return
    pick = AttributePicker.__call__

    def pick_type(self: Any, context: Any) -> Any:
        parent = getattr(context.shape, "parent", None)
        if type(context.obj) is dict and getattr(parent, "name", "") == "AttributeValue":
            return context.obj.get(context.key)
        return pick(self, context)

    patch.setattr(AttributePicker, "__call__", pick_type)
