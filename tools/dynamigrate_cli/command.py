"""How a command is made: a function with its own options, and around it the settings that every command takes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand

from .options import SETTINGS, Setting
from .session import Session

_Function = TypeVar("_Function", bound=Callable[..., None])
# Of what stands before the command's name, until it is merged into what stands behind it.
_BEFORE: Final = "settings before the command"
_OWN: Final = "Options"


class SectionedCommand(TyperCommand):
    """A command whose help has its own options first, and those of every command below headings of their own."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            heading = getattr(parameter, "rich_help_panel", None) or _OWN
            if parameter.param_type_name == "argument":
                heading = "Arguments"
            sections.setdefault(heading, []).append(record)
        for heading, rows in sorted(sections.items(), key=lambda one: _ORDER.index(one[0])):
            with formatter.section(heading):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples stand as they were written."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write("Examples:\n")
            formatter.write("".join(f"  {line}\n" for line in self.epilog.splitlines()))


_ORDER: Final = ("Arguments", _OWN, "Where", "How")


def command(app: typer.Typer, name: str, *, examples: str, **settings: Any) -> Callable[[_Function], _Function]:
    """
    Register a function as a command of *app*. Its first parameter is the `Session`; the others are its own.

    Args:
        examples: Lines that could be typed as they are, for the help.
        settings: Further ones of `typer.Typer.command`.
    """

    def register(function: _Function) -> _Function:
        app.command(name, cls=SectionedCommand, epilog=examples, **settings)(with_settings(function))
        return function

    return register


def with_settings(function: Callable[..., None]) -> Callable[..., None]:
    """*function* as typer is to see it: the settings' options in the place of the session."""
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    _session, *own = signature.parameters.values()
    ours = [_parameter(setting) for setting in SETTINGS.values() if setting.option]
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @functools.wraps(function)
    def run(**given: Any) -> None:
        ctx: typer.Context = given.pop("ctx")
        options = {setting.name: given.pop(setting.name) for setting in SETTINGS.values() if setting.option}
        function(Session.begin(_merged(ctx.meta.get(_BEFORE, {}), options)), **given)

    keyword = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints.get(one.name, one.annotation)) for one in own
    ]
    parameters = [context, *keyword, *ours]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def remembering(function: Callable[[], None]) -> Callable[..., None]:
    """*function*, the program's own, with the settings' options: ``dynamigrate --stack Orders status`` is allowed."""
    ours = [_parameter(setting, hidden=True) for setting in SETTINGS.values() if setting.option]
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @functools.wraps(function)
    def run(**given: Any) -> None:
        ctx: typer.Context = given.pop("ctx")
        ctx.meta[_BEFORE] = given
        function()

    parameters = [context, *ours]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def _parameter(setting: Setting, *, hidden: bool = False) -> inspect.Parameter:
    kind: Any = {"flag": bool, "texts": list[str]}.get(setting.kind, str)
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
    merged = dict(behind)
    for name, value in before.items():
        if isinstance(value, list):
            merged[name] = [*value, *(merged.get(name) or ())]
        elif merged.get(name) is None:
            merged[name] = value
    return merged
