"""The program ``dynamigrate``."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from typing import Annotated, Any

import typer

from . import configuring, controlling, linting, looking, new, repairing, running
from .command import SectionedGroup, remembering
from .faults import ExitCode, Fault, UsedWrongly
from .local import command as local
from .package import command as package
from .terminal import give_up_stdout

app = typer.Typer(
    name="dynamigrate",
    cls=SectionedGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"dynamigrate {version('dynamigrate')}")
        raise typer.Exit


def _dynamigrate(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version, and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """
    Function migrations for DynamoDB: write, check, try and run them.

    Commands work on a state and a folder, or with --stack on the function that a stack deployed. Each setting is an
    option, a variable DYNAMIGRATE_..., or a key of [tool.dynamigrate] in pyproject.toml; `dynamigrate config` shows them.
    """


app.callback()(remembering(_dynamigrate))
for _commands in (new, linting, looking, running, repairing, controlling, local, package, configuring):
    _commands.register(app)


def main() -> None:
    """Run the program."""
    _have_streams()
    _end_as_with_ctrl_c()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that a terminal does not have is no reason to end with a traceback.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())


def _have_streams() -> None:
    """What is written to a stream that was closed, as with ``2>&-``, is written to nobody."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def _end_as_with_ctrl_c() -> None:
    """Have what ends a job, and what a closed terminal sends, leave nothing behind, as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def run() -> int:
    """
    Carry out the command line.

    Returns:
        What the program ends with.
    """
    try:
        code = app(prog_name="dynamigrate", standalone_mode=False)
        sys.stdout.flush()
    except Fault as fault:
        return _failed(fault)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        give_up_stdout()
        return ExitCode.CLOSED_PIPE
    except OSError as error:
        # Of a file or a stream, as of a disk that is full; what AWS's SDK raises has been told by then.
        where = f"{error.filename}: " if error.filename else ""
        return _failed(Fault(f"{where}{error.strerror or error}.", kind=type(error).__name__))
    except Exception as error:
        # What the parser says of a command line that it can't read; its class is the parser's own in each version.
        if not hasattr(error, "show"):
            raise
        error.show()
        if "--json" in sys.argv[1:]:
            _say_as_json(error)
        return ExitCode.USED_WRONGLY
    return int(code or 0)


def _say_as_json(error: Any) -> None:
    path = error.ctx.command_path if error.ctx else "dynamigrate"
    said = UsedWrongly(error.format_message(), f"`{path} --help` shows what it takes.")
    typer.echo(json.dumps(said.answer(), ensure_ascii=False))


def _failed(fault: Fault) -> int:
    from .render.errors import show_fault
    from .terminal import Terminal

    show_fault(Terminal(), fault)
    try:
        sys.stdout.flush()
    except OSError:
        give_up_stdout()
    return fault.code
