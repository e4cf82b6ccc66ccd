"""What of a history is only known once the app is whole: the function that runs after the application's deploy."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import jsii
from aws_cdk import aws_logs as logs
from constructs import IConstruct

from ..migrations_phase import MigrationsPhase
from ..ordering import is_before


class Services:
    """
    The services, as progress metrics call them: the stacks of the functions of *migrations*.

    An `AfterMigrations` is made later, and in a stack that is deployed later: a dashboard can name what is known of it at
    synth, and refer to it only from a stack that waits for it anyway.

    Args:
        after: Tells, at the end of synth, what runs after the application's deploy.
    """

    def __init__(
        self, migrations: MigrationsPhase, dashboard: IConstruct, *, after: Callable[[], MigrationsPhase | None]
    ) -> None:
        self._migrations = migrations
        self._dashboard = dashboard
        self._after = after

    def search(self, metric: str) -> str:
        """What a search for *metric* of all migrations of the history begins with, in CloudWatch's words."""
        own = cdk.Stack.of(self._migrations).stack_name

        def produce() -> str:
            names = [own, *([after] if (after := self._stack_of_after()) else [])]
            told = " OR ".join(f'service="{name}"' for name in names)
            return f'{{dynamigrate,migration,service}} MetricName="{metric}" ({told})'

        return late(produce)

    def in_heading(self, link: Callable[[str], str]) -> str:
        """Where what runs after the application's deploy is, as markdown: *link* makes an address of a stack's name."""

        def produce() -> str:
            name = self._stack_of_after()
            return f"  [After the application: {name}]({link(name)})" if name else ""

        return late(produce)

    def log_of_after(self) -> str:
        """The log of that function as one more source of a query; empty where the dashboard can't refer to it."""

        def produce() -> str:
            group = self._log_of_after()
            return "" if group is None else f"SOURCE '{group.log_group_name}' | "

        return late(produce)

    def _stack_of_after(self) -> str:
        """Empty: there is none, or it is in a nested stack, whose name is only known when it is deployed."""
        after = self._after()
        name = "" if after is None else cdk.Stack.of(after).stack_name
        return "" if cdk.Token.is_unresolved(name) else name

    def _log_of_after(self) -> logs.ILogGroup | None:
        after = self._after()
        return after.log_group if after is not None and is_before(after, self._dashboard) else None


def late(produce: Callable[[], str]) -> str:
    """A text that is made at the end of synth."""
    return cdk.Lazy.uncached_string(_Late(produce))


@jsii.implements(cdk.IStringProducer)
class _Late:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self, context: cdk.IResolveContext) -> str:
        return self._produce()
