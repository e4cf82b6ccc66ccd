"""Where clients send to: never to an account of anybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

_AWS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")


class SentElsewhere(AssertionError):
    """A client of DynamoDB would have sent past the stand-in; nothing was sent."""


def is_aws(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(_AWS)


def keep_from(forbidden: Callable[[str], bool], why: str, client: Any) -> None:
    """Have *client*, if it is one of DynamoDB, raise `SentElsewhere` before it sends to a *forbidden* address."""

    def look(params: dict[str, Any], **_: Any) -> None:
        if forbidden(url := str(params["url"])):
            raise SentElsewhere(
                f"{why}, and a client would have sent to {url}. Nothing was sent. It was made before the test began, or is told where "
                "to send to: use ctx.dynamodb, or make it within the migration's function, without endpoint_url."
            )

    if client.meta.service_model.service_name == "dynamodb":
        # A client may outlive a test, and be the next one's.
        client.meta.events.unregister("before-call.dynamodb", unique_id="dynamigrate-address")
        client.meta.events.register("before-call.dynamodb", look, unique_id="dynamigrate-address")
