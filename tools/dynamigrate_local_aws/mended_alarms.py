"""
What MiniStack's CloudWatch does in another way than the service where IAM is enforced, mended.

For `emulator.py`, in whose process it is loaded: nothing of this project can be imported here.
"""

import json
from typing import Any

_ACTION = "cloudwatch:DescribeAlarms"
_SEPARATOR = "\n"


def authorize() -> None:
    """
    Have a request for metric alarms by their names need the right to see these, and any other one the right to see all:
    "DescribeAlarms" in CloudWatch's reference. MiniStack asks for the latter in any case.
    """
    from ministack.core import iam_actions, iam_evaluator

    resource_of, enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce

    def resources_of(service: str, *given: Any) -> Any:
        _, _, headers, body, _, region, account_id, *_ = given
        if service == "monitoring" and iam_actions.extract_iam_action(service, *given[:5]) == _ACTION:
            names = _metric_alarms(headers, body)
            return _SEPARATOR.join(f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}" for name in names) or "*"
        return resource_of(service, *given)

    def enforce_each(key: str, action: str, *given: Any, resource_arn: str = "*", **more: Any) -> Any:
        for one in resource_arn.split(_SEPARATOR) if action == _ACTION else [resource_arn]:
            denied = enforce(key, action, *given, resource_arn=one, **more)
            if denied:
                return denied
        return None

    iam_actions.extract_resource_arn, iam_evaluator.enforce = resources_of, enforce_each


def _metric_alarms(headers: dict[str, str], body: bytes) -> list[str]:
    """The names that a request has, if it is for metric alarms alone."""
    if "cbor" in headers.get("smithy-protocol", "") or "cbor" in headers.get("content-type", ""):
        import cbor2

        request = cbor2.loads(body)
    else:
        try:
            request = json.loads(body)
        except ValueError:
            # The older protocol, which no SDK of today speaks.
            request = {}
    return list(request.get("AlarmNames", [])) if request.get("AlarmTypes", ["MetricAlarm"]) == ["MetricAlarm"] else []
