"""Objects that look like a client of DynamoDB and are none."""

from __future__ import annotations

from typing import Any, Final

from .errors import InvalidSetting

_ADVICE: Final = 'Give boto3.client("dynamodb"); a resource, its meta.client or a Table won\'t do.'
_PROBE: Final = "PutItem"


def require_plain_client(client: Any) -> None:
    """
    Refuse an object that migrations can't use as a DynamoDB client.

    Clients of another make than the SDK's pass: whether they work shows when they are used.

    Raises:
        InvalidSetting: *client* is another service's, a resource of boto3's, or the client of one, which takes and
            gives other types.
    """
    meta = getattr(client, "meta", None)
    # A resource of boto3's has its client in its `meta`.
    service = getattr(getattr(meta, "service_model", None), "service_name", "dynamodb")
    if getattr(meta, "client", None) is not None or (isinstance(service, str) and service != "dynamodb"):
        raise InvalidSetting(f"{client!r} is no DynamoDB client.", next_step=_ADVICE)
    if _transforms(meta):
        raise InvalidSetting(
            f"{client!r} is the client of a resource, which takes and gives Python's types in place of DynamoDB's.",
            next_step=_ADVICE,
        )


def _transforms(meta: Any) -> bool:
    """Whether it converts values, as seen in an item that it is about to send; nothing is sent."""
    try:
        model = meta.service_model.operation_model(_PROBE)
        item: dict[str, Any] = {"probe": ""}
        meta.events.emit(f"before-parameter-build.dynamodb.{_PROBE}", params={"Item": item}, model=model, context={})
    except Exception:  # noqa: BLE001 - no client of botocore's, or one with hooks that need more than that
        return False
    return bool(item != {"probe": ""})
