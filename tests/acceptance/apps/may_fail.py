"""What a function is made of, inline, that stands behind a custom resource: it fails where it is told to."""

import json
import urllib.request
from typing import Any


def handler(event: dict[str, Any], context: object) -> None:
    failing = event["RequestType"] != "Delete" and event["ResourceProperties"]["Fails"] == "yes"
    body = {
        "Status": "FAILED" if failing else "SUCCESS",
        "Reason": "the sibling was told to fail",
        "PhysicalResourceId": "sibling",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
