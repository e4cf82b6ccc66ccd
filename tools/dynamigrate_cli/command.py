"""How a command is made: a function with its own options, and around it the settings that every command takes."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from .faults import ExitCode, Fault, Interrupted, UsedWrongly
from .options import SETTINGS, Setting
from .session import Session
from .terminal import give_up_stdout

_Function = TypeVar("_Function", bound=Callable[..., None])
# Of what stands before the command's name, until it is merged into what stands behind it.
_BEFORE: Final = "settings before the command"
_OWN: Final = "Options"
# Letters of a sentence about a command in the list of all: none is cut, as they wrap.
_WHOLE: Final = 1000
_HEADINGS: Final = ("Arguments", _OWN, "Where", "How")


class SectionedCommand(TyperCommand):
    """A command whose help has its own options first, and those of every command below headings of their own."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """As every other program says it: ``[OPTIONS] ID``."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                sections.setdefault(_heading(parameter), []).append(record)
        for heading in sorted(sections, key=_HEADINGS.index):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples stand as they were written."""
        if self.epilog:
            formatter.write("\nExamples:\n")
            formatter.write("".join(f"  {line}\n" for line in self.epilog.splitlines()))


class SectionedGroup(TyperGroup):
    """The program, whose help has the commands below headings."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            found = self.get_command(ctx, name)
            if found is None or found.hidden:
                continue
            heading = getattr(found, "rich_help_panel", None) or "To write and to try"
            sections.setdefault(str(heading), []).append((name, found.get_short_help_str(_WHOLE)))
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows, col_max=12)


def _heading(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    return str(getattr(parameter, "rich_help_panel", None) or _OWN)


def command(
    app: typer.Typer, name: str, *, examples: str, several: bool = False, **settings: Any
) -> Callable[[_Function], _Function]:
    """
    Register a function as a command of *app*. Its first parameter is the `Session`; the others are its own.

    Args:
        examples: Lines that could be typed as they are, for the help.
        several: It takes several stacks.
        settings: Further ones of `typer.Typer.command`.
    """

    def register(function: _Function) -> _Function:
        app.command(name, cls=SectionedCommand, epilog=examples, **settings)(with_settings(function, several=several))
        return function

    return register


def with_settings(function: Callable[..., None], *, several: bool = False) -> Callable[..., None]:
    """
    *function* as typer is to see it: the settings' options in the place of the session.

    Args:
        several: It takes several stacks.
    """

    @functools.wraps(function)
    def run(**given: Any) -> None:
        ctx: typer.Context = given.pop("ctx")
        options = {name: given.pop(name) if name in settings else None for name in _names()}
        session = _begun(_merged(ctx.meta.get(_BEFORE, {}), options))
        try:
            if not several:
                _refuse_several(session, str(ctx.info_name))
            function(session, **given)
        except Fault as fault:
            session.fail(fault)
            raise typer.Exit(fault.code) from fault
        except KeyboardInterrupt as interrupt:
            session.fail(Interrupted("Interrupted."))
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        except BrokenPipeError as error:
            give_up_stdout()
            raise typer.Exit(ExitCode.CLOSED_PIPE) from error

    _session, *own = inspect.signature(function).parameters.values()
    settings = {one.name for one in _settings(own, get_type_hints(function, include_extras=True))}
    return _seen_as(run, function, own)


def _refuse_several(session: Session, name: str) -> None:
    """
    Raises:
        UsedWrongly: More than one stack is given.
    """
    if stacks := session.settings.stacks:
        labels = ", ".join(one.label for one in stacks)
        raise UsedWrongly(
            f"--stack is given {len(stacks)} times ({labels}), and {name} works on one at a time.",
            "Run it once for each; only status takes several. Nothing was done.",
            kind="SeveralStacks",
        )


def _begun(options: Mapping[str, Any]) -> Session:
    try:
        return Session.begin(options)
    except Fault as fault:
        if options.get("json"):
            typer.echo(json.dumps(fault.answer(), ensure_ascii=False))
        raise


def remembering(function: Callable[..., None]) -> Callable[..., None]:
    """*function*, the program's own, with the settings' options: ``dynamigrate --stack Orders status`` is allowed."""

    @functools.wraps(function)
    def run(**given: Any) -> None:
        ctx: typer.Context = given.pop("ctx")
        ctx.meta[_BEFORE] = {name: given.pop(name) for name in _names()}
        function(**given)

    own = inspect.signature(function).parameters.values()
    return _seen_as(run, function, own, hidden=True)


def _settings(own: Iterable[inspect.Parameter], hints: Mapping[str, Any]) -> list[Setting]:
    """The settings that a command takes: all, but those whose option means another thing there."""
    # In an annotation, typer takes the first name of an option for its default until it makes a parameter of it.
    taken = {
        name
        for one in own
        for said in getattr(hints[one.name], "__metadata__", ())
        for name in (getattr(said, "default", None), *(getattr(said, "param_decls", None) or ()))
        if isinstance(name, str)
    }
    return [setting for setting in SETTINGS.values() if setting.option and setting.option not in taken]


def _seen_as(
    run: Callable[..., None], function: Callable[..., None], own: Collection[inspect.Parameter], *, hidden: bool = False
) -> Callable[..., None]:
    """*run* with the parameters that typer is to see."""
    hints = get_type_hints(function, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("ctx", keyword, annotation=typer.Context),
        *(one.replace(kind=keyword, annotation=hints[one.name]) for one in own),
        *(_parameter(setting, hidden=hidden) for setting in _settings(own, hints)),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def _names() -> list[str]:
    return [setting.name for setting in SETTINGS.values() if setting.option]


def _parameter(setting: Setting, *, hidden: bool = False) -> inspect.Parameter:
    kind: Any = list[str] if setting.several else {"flag": bool, "texts": list[str]}.get(setting.kind, str)
    option = typer.Option(
        setting.option,
        help=setting.help,
        metavar=setting.metavar or None,
        rich_help_panel=setting.panel,
        show_default=False,
        hidden=hidden,
    )
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def _merged(before: Mapping[str, Any], behind: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind the command's name is the later word; tables are added up."""
    tables = {setting.name for setting in SETTINGS.values() if setting.kind == "texts"}
    merged = {name: value if name in tables else value or None for name, value in behind.items()}
    for name, value in before.items():
        if value and name in tables:
            merged[name] = [*value, *(merged.get(name) or ())]
        elif merged.get(name) is None:
            merged[name] = value
    return merged
