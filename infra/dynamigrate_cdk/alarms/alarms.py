"""The alarms of one history."""

from __future__ import annotations

from typing import Final, Self

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from dynamigrate.contract.metrics import HISTORY, NAMESPACE, RunMetric, WatchMetric

from ..machinery.function import MigrationsFunction
from ..machinery.shared_props import SharedProps
from ..migrations_phase import MigrationsPhase
from .alarm_topic import AlarmTopic
from .watch import Watch

# Seconds.
_AN_HOUR: Final = 3_600
# As long as it may take until the next process goes on after one that died.
_LONGEST_GAP: Final = 600


class Alarms(Construct):
    """
    What calls an operator, and a function that says what it is about.

    They have no names of their own: CloudFormation gives each one that no other has. Where a metric has no data, all is
    well. To each you may add actions: ``migrations.alarms.failed_runs.add_alarm_action(...)``.

    Attributes:
        failed_runs: A run has failed, was refused, or ended before all was done; a deploy that failed before its run began,
            too.
        dirty: A migration has been dirty for an hour, and no run is at it.
        lock_overdue: A lock is held ten minutes after its deadline: its holder has died, and nothing went on since.
        stalled: A detached migration has stood still for an hour.
        watch: The function that writes the metrics of the last three every five minutes, and publishes to the topic.
    """

    @classmethod
    def of(
        cls, migrations: MigrationsPhase, made: MigrationsFunction, shared: SharedProps, topic: sns.ITopic | None
    ) -> Self:
        """
        Those of *migrations*.

        Raises:
            InvalidProp: The topic is none, or in another Region.
        """
        checked = None if topic is None else AlarmTopic.check(migrations, topic)
        return cls(migrations, "Alarms", made=made, shared=shared, topic=checked)

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        made: MigrationsFunction,
        shared: SharedProps,
        topic: AlarmTopic | None,
    ) -> None:
        super().__init__(scope, id)
        self._history = shared.history
        self.failed_runs = cloudwatch.Alarm(
            self,
            "FailedRuns",
            alarm_description=f"A run of migrations failed, of {shared.history}",
            # A minute, so that two failures that follow each other are told of one by one.
            metric=self._metric(RunMetric.FAILED_RUNS, statistic="Sum", minutes=1),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.dirty = self._lasting(
            "Dirty", WatchMetric.DIRTY_SECONDS, _AN_HOUR, "A migration has been dirty for an hour"
        )
        self.lock_overdue = self._lasting(
            "LockOverdue", WatchMetric.LOCK_OVERDUE_SECONDS, _LONGEST_GAP, "A lock is held past its deadline"
        )
        self.stalled = self._lasting(
            "Stalled", WatchMetric.STALLED_SECONDS, _AN_HOUR, "A detached migration has stood still for an hour"
        )
        self.watch = Watch(self, "Watch", made=made, shared=shared, topic=topic)
        if topic is not None:
            self.watch.tells_of(self.failed_runs)
            for alarm in (self.dirty, self.lock_overdue, self.stalled):
                self.watch.tells_of(alarm, when_over=True)

    def _lasting(self, name: str, metric: WatchMetric, seconds: int, what: str) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description=f"{what}, of {self._history}",
            metric=self._metric(metric, statistic="Maximum", minutes=5),
            threshold=seconds,
            # There is a value every five minutes, give or take a moment: one of two, so that a period without any is no end.
            evaluation_periods=2,
            datapoints_to_alarm=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _metric(self, metric: RunMetric | WatchMetric, *, statistic: str, minutes: int) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=metric.value,
            dimensions_map={HISTORY: self._history},
            statistic=statistic,
            period=cdk.Duration.minutes(minutes),
        )
