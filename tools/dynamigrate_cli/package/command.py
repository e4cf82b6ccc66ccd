"""The command ``package``, as it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dynamigrate.contract.choices import LogLevel, OnFailure, RestorePointSetting

from ..command import command
from ..session import Session
from .wanted import Architecture, StateIn, Wanted, named_keys, named_tables, refuse_places, seconds

_EXAMPLES = """\
dynamigrate package --out packaged --table orders
dynamigrate package changes --out packaged --table orders=Shop-Orders --table customers --key customers
dynamigrate package --out packaged --table orders --state function --after"""


def register(app: typer.Typer) -> None:
    """Add it to *app*."""

    @command(app, "package", examples=_EXAMPLES)
    def package(
        session: Session,
        folder: Annotated[
            Path | None, typer.Argument(metavar="FOLDER", help="The folder of migrations; the settings' folder.")
        ] = None,
        *,
        out: Annotated[
            Path, typer.Option("--out", metavar="DIR", help="Where it goes: a folder that only packages are in.")
        ],
        given_tables: Annotated[
            list[str] | None,
            typer.Option(
                "--table",
                metavar="LOGICAL[=NAME]",
                help="A table that migrations work on; its name is a parameter, unless given. May be given several times.",
            ),
        ] = None,
        given_keys: Annotated[
            list[str] | None,
            typer.Option(
                "--key",
                metavar="LOGICAL[=ARN]",
                help="That table has a customer managed key, whose ARN is a parameter, unless given; "
                "`state`: those of the state have.",
            ),
        ] = None,
        state: Annotated[
            StateIn,
            typer.Option(
                help="Where the history is: in two tables that parameters name (state.json makes such), or in two that the "
                "function makes when it first runs, named for the stack."
            ),
        ] = "parameters",
        after: Annotated[
            bool, typer.Option("--after", help="Beside it after.json, for migrations whose phase is after.")
        ] = False,
        requirements: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="What pins third-party packages; the folder's own, unless given."),
        ] = None,
        architecture: Annotated[Architecture, typer.Option(help="The function's processor.")] = "arm64",
        runtime: Annotated[
            Literal["3.11", "3.12", "3.13", "3.14"] | None,
            typer.Option(help="The function's Python; the one that packages, unless given."),
        ] = None,
        memory: Annotated[int, typer.Option(metavar="MB", help="The function's memory.")] = 1024,
        timeout: Annotated[str, typer.Option(metavar="TIME", help="How long one invocation may take.")] = "15m",
        run_limit: Annotated[
            str,
            typer.Option(
                "--run-limit", metavar="TIME", help="How long a deploy's migrations may take; `none`: one invocation."
            ),
        ] = "55m",
        check_limit: Annotated[
            str | None, typer.Option("--check-limit", metavar="TIME", help="How long each migration's check may take.")
        ] = None,
        on_failure: Annotated[
            OnFailure, typer.Option("--on-failure", help="What becomes of a run that failed.")
        ] = "stop",
        restore_point: Annotated[
            RestorePointSetting,
            typer.Option("--restore-point", help="Whether tables that can't be restored are migrated."),
        ] = "note",
        log_level: Annotated[LogLevel, typer.Option("--log-level", help="Of the function's log.")] = "INFO",
        dashboard: Annotated[bool, typer.Option("--dashboard", help="With a CloudWatch dashboard.")] = False,
        alarms: Annotated[
            bool, typer.Option("--alarms", help="With alarms, told to a topic whose ARN is a parameter.")
        ] = False,
        events: Annotated[bool, typer.Option("--events", help="Send what happens to EventBridge.")] = False,
        tracing: Annotated[bool, typer.Option("--tracing", help="Have X-Ray trace the function.")] = False,
    ) -> None:
        """
        Write the function that runs migrations as zip files and a plain CloudFormation template.

        For apps that are not written with CDK for Python: TypeScript CDK, SAM, Terraform and others deploy it, with no
        bootstrap of CDK's. Of the settings it takes params, lock-id, out-of-order, missing and changed.
        """
        settings = session.settings
        refuse_places(settings.options("tables", "lock-table", "stack", "state-of", "construct"))
        wanted = Wanted(
            folder=folder or settings.migrations,
            tables=named_tables(given_tables or ()),
            keys=named_keys(given_keys or ()),
            state=state,
            after=after,
            lock_id=settings.text("lock-id"),
            params=settings.texts("params"),
            requirements=requirements,
            architecture=architecture,
            runtime=runtime,
            memory=memory,
            timeout=seconds("--timeout", timeout),
            run_limit=None if run_limit == "none" else seconds("--run-limit", run_limit),
            check_limit=None if check_limit is None else seconds("--check-limit", check_limit),
            out_of_order=settings["out-of-order"],
            missing=settings["missing"],
            changed=settings["changed"],
            on_failure=on_failure,
            restore_point=restore_point,
            log_level=log_level,
            dashboard=dashboard,
            alarms=alarms,
            events=events,
            tracing=tracing,
        )
        from .packaging import write_package

        write_package(session, wanted, out)
