"""The settings of one command: from its options, the environment and ``pyproject.toml``, in that order."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .faults import UsedWrongly
from .options import OTHER_TABLES, SETTINGS, Setting
from .pyproject import Pyproject

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})
_DEFAULT: Final = "default"
# What only a command that runs here has a use for.
_HERE: Final = ("migrations", "table", "lock-table", "lock-id", "tables", "params")


@dataclass(frozen=True)
class Given:
    """
    A value, and where it was given.

    Attributes:
        origin: In words: ``--table``, ``DYNAMIGRATE_TABLE``, ``pyproject.toml:7``, or ``default``.
        rank: 0 for an option, 1 for the environment, 2 for the file, 3 for a default: the lower wins.
    """

    value: Any
    origin: str
    rank: int


@dataclass(frozen=True)
class Settings:
    """
    Settings of one command, each with its origin.

    Attributes:
        given: By key; one of a table under ``tables.orders``.
        pyproject: The file that was read.
    """

    given: Mapping[str, Given]
    pyproject: Pyproject = field(default_factory=Pyproject)

    @classmethod
    def read(
        cls,
        options: Mapping[str, Any],
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Settings:
        """
        The settings, from all that may give them.

        Args:
            options: By `Setting.name`, as the command line gave them; what is None was not given.
            environ: The environment's variables; this process's own unless given.
            folder: Where to begin to look for ``pyproject.toml``; the current folder unless given.

        Raises:
            UsedWrongly: A value can't be what it is; says which, where, and what would do.
        """
        environ = os.environ if environ is None else environ
        pyproject = Pyproject.find(folder or _here())
        _refuse_unknown(pyproject)
        given: dict[str, Given] = {}
        for setting in SETTINGS.values():
            sources = (
                _from_options(setting, options),
                _from_environment(setting, environ),
                _from_file(setting, pyproject),
            )
            given |= _merged(setting, [dict(found) for found in sources])
        if environ.get("NO_COLOR") and given["no-color"].rank > 1:
            given["no-color"] = Given(value=True, origin="NO_COLOR", rank=1)
        # boto3 knows AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs know this, too.
        if environ.get("AWS_REGION") and given["region"].rank > 2:
            given["region"] = Given(environ["AWS_REGION"], "AWS_REGION", 2)
        settings = cls(given, pyproject)
        settings._refuse_both()
        return settings

    def __getitem__(self, key: str) -> Any:
        return self.given[key].value

    def text(self, key: str) -> str:
        """A text; empty where nothing was given."""
        value = self.given[key].value
        return "" if value is None else str(value)

    def texts(self, key: str) -> dict[str, str]:
        """A table of texts: ``tables`` or ``params``."""
        begins = f"{key}."
        return {name.removeprefix(begins): one.value for name, one in self.given.items() if name.startswith(begins)}

    @property
    def migrations(self) -> Path:
        return Path(self["migrations"])

    @property
    def stack(self) -> str:
        """The stack whose function is asked; empty where the command runs here."""
        return "" if self._here_is_meant() or self.state_of else self.text("stack")

    @property
    def state_of(self) -> str:
        """The stack whose names a run here takes; empty: the settings' own. The stronger of it and `stack` counts."""
        weaker = self.text("stack") and self.given["stack"].rank < self.given["state-of"].rank
        return "" if weaker else self.text("state-of")

    def is_default(self, key: str) -> bool:
        return self.given[key].rank == 3

    def options(self, *keys: str) -> list[str]:
        """The options of *keys* that were given on the command line, as they can be given again."""
        found: list[str] = []
        for whole, one in self.given.items():
            key, _, name = whole.partition(".")
            if one.rank == 0 and key in keys:
                value = f"{name}={one.value}" if name else str(one.value)
                found += [SETTINGS[key].option, value]
        return found

    def _here_is_meant(self) -> bool:
        """The command line names a state or a folder, and something weaker a stack."""
        return self.given["stack"].rank > 0 and any(one.rank == 0 for one in self._of(*_HERE))

    def _of(self, *keys: str) -> list[Given]:
        return [one for key, one in self.given.items() if key.partition(".")[0] in keys]

    def _refuse_both(self) -> None:
        stack, state_of = self.given["stack"], self.given["state-of"]
        if stack.value and state_of.value and stack.rank == state_of.rank:
            raise UsedWrongly(
                f"Both {stack.origin} and {state_of.origin} are given.",
                "--stack asks the deployed function; --state-of runs the folder here, with that function's names. "
                "Give one of them.",
            )
        if not stack.value or stack.rank > 0:
            return
        if here := sorted({one.origin.split()[0] for one in self._of(*_HERE) if one.rank == 0}):
            raise UsedWrongly(
                f"{here[0]} is given beside --stack, whose function has its own.",
                "Leave one of them out; nothing was done.",
            )


def _merged(setting: Setting, sources: Sequence[Mapping[str, Given]]) -> dict[str, Given]:
    """The strongest of each; of a table, of each of its names."""
    if setting.kind == "texts":
        found: dict[str, Given] = {}
        for source in reversed(sources):
            found |= source
        return found
    for source in sources:
        if setting.key in source:
            return {setting.key: source[setting.key]}
    return {setting.key: Given(setting.default, _DEFAULT, 3)}


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsedWrongly("The folder of this shell was deleted.", "Change to one that is there.") from error


def _from_options(setting: Setting, options: Mapping[str, Any]) -> Iterator[tuple[str, Given]]:
    value = options.get(setting.name)
    if value is None:
        return
    if setting.kind != "texts":
        yield setting.key, Given(value, setting.option, 0)
        return
    for one in value:
        name, equals, text = one.partition("=")
        if not (equals and name):
            raise UsedWrongly(
                f"{setting.option} {one!r} is no {setting.metavar}.",
                f"For example {setting.option} {_example(setting)}; nothing was done.",
            )
        yield f"{setting.key}.{name}", Given(text, f"{setting.option} {name}", 0)


def _from_environment(setting: Setting, environ: Mapping[str, str]) -> Iterator[tuple[str, Given]]:
    text = environ.get(setting.variable)
    if text is None:
        return
    variable = setting.variable
    if setting.kind == "texts":
        try:
            value = json.loads(text or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            name, _, example = _example(setting).partition("=")
            raise _wrong(variable, "is no JSON object of texts", f"It looks like {json.dumps({name: example})}.")
        for name, one in value.items():
            yield f"{setting.key}.{name}", Given(one, variable, 1)
    elif setting.kind == "flag":
        if text.lower() not in _TRUE | _FALSE:
            raise _wrong(variable, f"is {text!r}", "It is true or false.")
        yield setting.key, Given(text.lower() in _TRUE, variable, 1)
    else:
        # An empty variable takes back what a file gives.
        yield setting.key, Given(_checked(setting, text or setting.default, variable), variable, 1)


def _from_file(setting: Setting, pyproject: Pyproject) -> Iterator[tuple[str, Given]]:
    if setting.key not in pyproject.values:
        return
    value, where = pyproject.values[setting.key], pyproject.where(setting.key)
    named = f"{where}: {setting.key}"
    if setting.kind == "texts":
        if not isinstance(value, dict):
            raise _wrong(named, f"is {value!r}", f"It is a table: write [tool.dynamigrate.{setting.key}].")
        for name, one in value.items():
            inner = pyproject.where(setting.key, name)
            if not isinstance(one, str):
                raise _wrong(f"{inner}: {setting.key}.{name}", f"is {one!r}", "It is a text, in quotes.")
            yield f"{setting.key}.{name}", Given(one, inner, 2)
    elif setting.kind == "flag":
        if not isinstance(value, bool):
            raise _wrong(named, f"is {value!r}", "It is true or false, without quotes.")
        yield setting.key, Given(value, where, 2)
    elif not isinstance(value, str) or not value:
        raise _wrong(named, f"is {value!r}", "It is a text, in quotes.")
    else:
        value = str(pyproject.folder / value) if setting.kind == "path" else value
        yield setting.key, Given(_checked(setting, value, named), where, 2)


def _checked(setting: Setting, value: Any, where: str) -> Any:
    if setting.choices and value not in setting.choices:
        raise _wrong(where, f"is {value!r}", f"It is one of {', '.join(setting.choices)}.")
    return value


def _refuse_unknown(pyproject: Pyproject) -> None:
    for key in pyproject.values:
        if key in SETTINGS or key in OTHER_TABLES:
            continue
        near = difflib.get_close_matches(key.replace("_", "-"), SETTINGS, n=1)
        known = f"Did you mean {near[0]}?" if near else f"The keys are {', '.join(SETTINGS)}."
        raise _wrong(f"{pyproject.where(key)}: {key}", "is no setting", known)


def _example(setting: Setting) -> str:
    return "orders=Data-Orders-1X2Y" if setting.key == "tables" else "batch=7"


def _wrong(where: str, what: str, expected: str) -> UsedWrongly:
    return UsedWrongly(f"{where} {what}.", f"{expected} Nothing was done.", kind="InvalidSetting")
