"""The command ``local``, as it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..command import command
from ..faults import UsedWrongly
from ..session import Session

_EXAMPLES = """\
dynamigrate local
dynamigrate local --seed seeds.json --watch
dynamigrate local --stacks Data,Migrations --port 4566"""


def register(app: typer.Typer) -> None:
    """Add it to *app*."""

    @command(app, "local", examples=_EXAMPLES)
    def local(
        session: Session,
        *,
        app: Annotated[
            str | None,
            typer.Option(metavar="COMMAND", help="What synthesizes the app; as cdk.json has it, unless given."),
        ] = None,
        stacks: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME,...", help="These stacks, and what they need; all, unless given."),
        ] = None,
        context: Annotated[
            list[str] | None,
            typer.Option(metavar="KEY=VALUE", help="As `cdk --context` takes it; may be given several times."),
        ] = None,
        seed: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Items that the tables begin with: JSON or JSON lines."),
        ] = None,
        watch: Annotated[
            bool | None,
            typer.Option("--watch/--no-watch", help="Run the migrations again, or deploy, when a file changes."),
        ] = None,
        port: Annotated[
            int | None,
            typer.Option(metavar="PORT", min=0, max=65535, help="Of the loopback; a free one, unless given."),
        ] = None,
    ) -> None:
        """
        Have the app on an AWS embedded on this machine, until Ctrl-C.

        It is deployed there by the CDK's command line; no account is needed. With --watch, migrations that change run again
        in seconds, on the data that was there before the first of them.
        """
        if session.settings["json"]:
            raise UsedWrongly("dynamigrate local has no answer, so there is no --json.", "Leave it out.")
        try:
            from .foreground import in_the_foreground
        except ModuleNotFoundError as error:
            if error.name != "fcntl":
                raise
            raise UsedWrongly("dynamigrate local needs Linux or macOS.", "On Windows, run it in WSL.") from error
        from .cdk_app import App
        from .configured import Configured

        configured = Configured.read(session.settings.pyproject)
        in_the_foreground(
            App(
                folder=Path.cwd(),
                command=app or configured.app,
                stacks=[name for one in stacks or () for name in one.split(",") if name] or configured.stacks,
                migrations=session.settings.migrations,
                seed=seed or configured.seed,
                context={**configured.context, **_pairs(context or [])},
            ),
            port=configured.port if port is None else port,
            watch=configured.watch if watch is None else watch,
            region=session.settings.text("region"),
        )


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = dict[str, str]()
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsedWrongly(f"--context {text!r} is no KEY=VALUE.", "For example --context stage=dev.")
        pairs[name] = value
    return pairs
