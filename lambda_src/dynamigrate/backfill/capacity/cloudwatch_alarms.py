"""In which state alarms are, by CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

from ...errors import MigrationsError
from ...transport.denial import is_denied
from ..errors import BackfillError

_Kind = Literal["MetricAlarm", "CompositeAlarm"]
# What an answer has by default is fifty.
_MOST_RECORDS: Final = 100


class CloudWatchAlarms:
    """
    CloudWatch's alarms, metric and composite ones: give `migrate` them where a backfill has ``throttle_on``.

        migrate(source, target, alarms=CloudWatchAlarms(boto3.client("cloudwatch")))

    ``cloudwatch:DescribeAlarms`` must be allowed: on the alarms, or for a composite one on all resources, as CloudWatch
    tells of those to nobody else. Give the client short timeouts and few retries.

    Args:
        composite_client: Returns another client for requests about composite alarms.
    """

    def __init__(self, client: Any, *, composite_client: Callable[[], Any] | None = None) -> None:
        self._client = client
        self._composite_client = composite_client or (lambda: client)
        self._composite: frozenset[str] = frozenset()

    def states(self, names: Sequence[str]) -> dict[str, str]:
        """
        The states that `Alarms` asks for: one request for metric alarms, and one for what is none of them.

        Raises:
            ClientError, BotoCoreError: The request failed.
            BackfillError: Some are no metric alarms, and whether they are composite ones may not be read.
        """
        known = [name for name in names if name not in self._composite]
        found = self._ask(self._client, "MetricAlarm", known) if known else {}
        if rest := [name for name in names if name not in found]:
            composite = self._ask_for_composite(rest)
            self._composite |= composite.keys()
            found |= composite
        return found

    def _ask_for_composite(self, names: Sequence[str]) -> dict[str, str]:
        try:
            return self._ask(self._composite_client(), "CompositeAlarm", names)
        except ClientError as error:
            if not is_denied(error):
                raise
            raise BackfillError(
                f"There is no metric alarm {', '.join(names)}, and composite alarms can't be read: "
                f"{error.response['Error'].get('Message', '').rstrip('.')}.",
                next_step="Correct the name, or deploy the alarm first; it has to be in the same account and Region. If it "
                "is a composite alarm, call grant_throttle_on(alarm) of the Migrations construct with it: CloudWatch tells "
                "of these only to whoever may read all alarms.",
            ) from error

    @staticmethod
    def _ask(client: Any, kind: _Kind, names: Sequence[str]) -> dict[str, str]:
        """The states of those of *names* that are alarms of that *kind*."""
        found: dict[str, str] = {}
        page: dict[str, str] = {}
        while True:
            answer = client.describe_alarms(AlarmNames=list(names), AlarmTypes=[kind], MaxRecords=_MOST_RECORDS, **page)
            found |= {one["AlarmName"]: one["StateValue"] for one in answer.get(f"{kind}s", ())}
            if not answer.get("NextToken"):
                return found
            if page.get("NextToken") == answer["NextToken"]:
                raise MigrationsError("CloudWatch answered with the same page twice.")
            page = {"NextToken": answer["NextToken"]}
