"""What a table consumed, by CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ...consumption import MINUTE, CapacityKey, Counted
from ...errors import MigrationsError

_METRICS: Final = {"read": "ConsumedReadCapacityUnits", "write": "ConsumedWriteCapacityUnits"}


class CloudWatchMeter:
    """
    DynamoDB's own metrics: give `migrate` one, and its backfills leave others what they use.

        migrate(source, target, meter=CloudWatchMeter(boto3.client("cloudwatch")))

    Each reading is one request, for which ``cloudwatch:GetMetricData`` must be allowed, on all resources, as it knows
    none. Give the client short timeouts and few retries.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def consumed(self, table: str, capacity_keys: Sequence[CapacityKey], *, since: float, until: float) -> Counted:
        """
        The consumption that `Meter` asks for, from *since* to *until*, both seconds of the Unix epoch.

        Raises:
            ClientError, BotoCoreError: The request failed.
            MigrationsError: CloudWatch answered without what was asked for.
        """
        queries = {f"m{number}": capacity_key for number, capacity_key in enumerate(capacity_keys)}
        answer = self._client.get_metric_data(
            MetricDataQueries=[_query(name, table, capacity_key) for name, capacity_key in queries.items()],
            StartTime=datetime.fromtimestamp(since, UTC),
            EndTime=datetime.fromtimestamp(until, UTC),
        )
        units: dict[CapacityKey, Mapping[int, float]] = {}
        for result in answer["MetricDataResults"]:
            if result.get("StatusCode", "Complete") != "Complete":
                # A part could be taken for the whole, and a missing count for nothing used.
                raise MigrationsError(f"CloudWatch answered with {result['StatusCode']}.")
            minutes = [int(moment.timestamp()) // MINUTE * MINUTE for moment in result["Timestamps"]]
            units[queries[result["Id"]]] = dict(zip(minutes, result["Values"], strict=True))
        return Counted(units=units, at=_date(answer))


def _query(name: str, table: str, capacity_key: CapacityKey) -> dict[str, Any]:
    """The table's metric has nothing of its global indexes; each has its own. By "DynamoDB metrics and dimensions"."""
    dimensions = {"TableName": table} | ({"GlobalSecondaryIndexName": capacity_key.index} if capacity_key.index else {})
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/DynamoDB",
                "MetricName": _METRICS[capacity_key.kind],
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": MINUTE,
            "Stat": "Sum",
        },
    }


def _date(answer: Mapping[str, Any]) -> float | None:
    try:
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None
