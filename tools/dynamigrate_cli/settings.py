"""The settings of one command: from its options, the environment and ``pyproject.toml``, in that order."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from .faults import UsedWrongly
from .given import Given, from_environment, from_file, from_options, merged, wrong
from .options import OTHER_TABLES, SETTINGS
from .pyproject import Pyproject
from .stack_name import StackName

# What only a command that runs here has a use for.
_HERE: Final = ("migrations", "table", "lock-table", "lock-id", "tables", "params")


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
                from_options(setting, options),
                from_environment(setting, environ),
                from_file(setting, pyproject),
            )
            given |= merged(setting, [dict(found) for found in sources])
        if environ.get("NO_COLOR") and given["no-color"].rank > 1:
            given["no-color"] = Given(value=True, origin="NO_COLOR", rank=1)
        # boto3 knows AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs know this, too.
        if environ.get("AWS_REGION") and given["region"].rank > 2:
            given["region"] = Given(environ["AWS_REGION"], "AWS_REGION", 2)
        settings = cls(given, pyproject)
        settings._refuse_both()
        return settings._with_its_profile()

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

    @property
    def stacks(self) -> tuple[StackName, ...]:
        """
        The stacks that are to be shown beside each other; none where no more than one was given.

        Raises:
            UsedWrongly: Two of them have one name.
        """
        given = self.given["stack"]
        if not isinstance(given.value, tuple):
            return ()
        found = [StackName.read(one, given.origin) for one in given.value]
        labels = [one.label for one in found]
        if twice := next((one for one in labels if labels.count(one) > 1), ""):
            raise UsedWrongly(
                f"{given.origin} {twice} is given twice.",
                "Leave one out, or name them apart: --stack test=Orders@one --stack live=Orders@two. Nothing was done.",
            )
        return tuple(found)

    def at(self, one: StackName) -> Settings:
        """The same settings for one stack alone."""
        origin, rank = self.given["stack"].origin, self.given["stack"].rank
        profile = {"profile": Given(one.profile, origin, rank)} if one.profile else {}
        return replace(self, given={**self.given, "stack": Given(one.stack, origin, rank), **profile})

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

    def _with_its_profile(self) -> Settings:
        """With the stack that counts by its bare name, and the profile that was named with it."""
        given = self.given["stack"]
        if isinstance(given.value, tuple) or not self.stack:
            return self
        return self.at(StackName.read(self.stack, given.origin))

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


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsedWrongly("The folder of this shell was deleted.", "Change to one that is there.") from error


def _refuse_unknown(pyproject: Pyproject) -> None:
    for key in pyproject.values:
        if key in SETTINGS or key in OTHER_TABLES:
            continue
        near = difflib.get_close_matches(key.replace("_", "-"), SETTINGS, n=1)
        known = f"Did you mean {near[0]}?" if near else f"The keys are {', '.join(SETTINGS)}."
        raise wrong(f"{pyproject.where(key)}: {key}", "is no setting", known)
