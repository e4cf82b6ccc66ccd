"""What shows a history on dashboards: one of its own, and those of users."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from dynamigrate.contract import WIDGET_HANDLER

from ..console import Console
from ..machinery.permissions import words_and_mark
from ..machinery.reading_function import ReadingFunction
from ..machinery.shared_props import SharedProps
from ..migrations_phase import MigrationsPhase
from ..ordering import wait_for
from .beside import check_beside, table
from .graphs import Graphs
from .heading import heading
from .log_lines import log_lines
from .place import LAYOUT, check_dashboard
from .services import Services

# It looks at the history, and has eight seconds of patience with those beside it.
_TIMEOUT: Final = cdk.Duration.seconds(30)
_LONGEST_NAME: Final = 200


class OnDashboards(MigrationsPhase):
    """
    A history that dashboards can show: one `Migrations`, with its `AfterMigrations` where it has one.

    Attributes:
        dashboard: The dashboard that ``dashboard=True`` made; None: it was not asked for.
        after: What runs migrations once the application is deployed; None: nothing does.
    """

    dashboard: cloudwatch.Dashboard | None = None
    after: MigrationsPhase | None = None
    _shared: SharedProps
    _reader: ReadingFunction | None = None

    @property
    def widget_function(self) -> lambda_.Function | None:
        """
        What a dashboard's live table is asked of: it may read the tables of the state and nothing else, and whoever looks has
        to be allowed to call it. None: the history is on no dashboard yet.
        """
        return None if self._reader is None else self._reader.function

    def add_to(
        self, dashboard: cloudwatch.Dashboard, *, beside: Mapping[str, OnDashboards | str] | None = None
    ) -> None:
        """
        Put graphs, the live table and the last lines of the log below what is on *dashboard*.

        Args:
            dashboard: In the stack of this construct, or in one that is deployed after it.
            beside: Other histories that the table shows, too, in a row each, by the names that they are shown with: each
                a `Migrations` of the same app and stage, or the ARN of a widget function, which may be of another account
                or Region. The output *WidgetFunction* of a history's stack has it; one of another account has to let
                this account call it: ``prod.widget_function.grant_invoke(iam.AccountPrincipal("..."))``.

        Raises:
            InvalidProp: *dashboard* is none, is in a place from which it can't refer to this construct, or has the history
                already; or *beside* has what can't be shown.
            DependencyCycle: The migrations, or one beside them, wait for the dashboard's stack.
        """
        check_dashboard(self, dashboard, used=self._used)
        others = {} if beside is None else beside
        check_beside(self, dashboard, others, kind=OnDashboards)
        place = Construct(dashboard, f"dynamigrate-{self.node.addr}")
        functions = {name: self._arn_of(one, dashboard) for name, one in others.items()}
        console = self._console if cdk.Stack.of(dashboard) is cdk.Stack.of(self) else Console(place)
        services = Services(self, dashboard, after=lambda: self.after)
        dashboard.add_widgets(heading(self, self._shared.history, console, services))
        dashboard.add_widgets(table(place, self._reading(), functions, title=f"Migrations of {self._shared.history}"))
        graphs = Graphs(self._shared, services)
        for row in graphs.rows():
            dashboard.add_widgets(*row)
        dashboard.add_widgets(log_lines(self, services))

    def _make_dashboard(self) -> None:
        """Make the dashboard that ``dashboard=True`` asks for."""
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=_name(self), default_interval=cdk.Duration.days(1)
        )
        self.add_to(self.dashboard)
        cdk.CfnOutput(
            self,
            "DashboardPage",
            value=self._console.dashboard(self.dashboard.dashboard_name),
            description="Graphs of the runs, and a live table of the migrations, in the console",
        )

    def _arn_of(self, other: OnDashboards | str, dashboard: cloudwatch.Dashboard) -> str:
        """What *dashboard* calls the widget function of *other*."""
        if isinstance(other, str):
            return other
        function = other._reading().function
        wait_for(dashboard, function, where=self.node.path, layout=LAYOUT)
        return function.function_arn

    def _reading(self) -> ReadingFunction:
        """The widget's function, made for the first dashboard."""
        if self._reader is None:
            self._reader = ReadingFunction(
                self,
                "Widget",
                made=self._made,
                shared=replace(self._shared, code=self._shared.code.of(self.function)),
                handler=WIDGET_HANDLER,
                description="Shows migrations on dashboards",
                timeout=_TIMEOUT,
                environment={},
            )
            cdk.CfnOutput(
                self,
                "WidgetFunction",
                value=self._reader.function.function_arn,
                description="What a dashboard's live table is asked of; it only looks",
            )
        return self._reader


def _name(scope: Construct) -> str:
    """
    The dashboard's, which CloudFormation would not call after the stack.

    An account has one list of dashboards for all of its Regions, and another one of the same name would be overwritten.
    """
    words, mark = words_and_mark(scope)
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", words)[:_LONGEST_NAME].strip("-")
    return f"{words}-{cdk.Stack.of(scope).region}-{mark}"
