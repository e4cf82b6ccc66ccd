"""One command as it is carried out: its settings, its place, and the terminal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .faults import ExitCode, Fault, Interrupted, UsedWrongly
from .settings import Settings
from .terminal import Beside, Terminal

if TYPE_CHECKING:
    from .aws import Aws
    from .places import Answer, Place
    from .wording import Wording

# What finds the same place again.
_WHERE = (
    "migrations",
    "table",
    "lock-table",
    "lock-id",
    "tables",
    "params",
    "stack",
    "state-of",
    "construct",
    "endpoint-url",
    "profile",
    "region",
)


@dataclass
class Session:
    """
    What a command has to work with.

    Attributes:
        settings: Each with its origin.
    """

    settings: Settings
    terminal: Terminal

    @classmethod
    def begin(cls, options: Mapping[str, Any]) -> Session:
        """
        Raises:
            UsedWrongly: A setting can't be what it is.
        """
        settings = Settings.read(options)
        return cls(settings, Terminal(color=not settings["no-color"]))

    @cached_property
    def aws(self) -> Aws:
        from .aws import Aws

        return Aws(self.settings)

    @cached_property
    def wording(self) -> Wording:
        """How commands are said that find the same place again."""
        from .wording import Wording

        return Wording(self.settings.options(*_WHERE))

    @cached_property
    def place(self) -> Place:
        """
        What carries commands out.

        Raises:
            Fault: It can't be found.
        """
        settings = self.settings
        if settings.stack:
            from .places.deployed import DeployedPlace

            return DeployedPlace(self.aws, settings.stack, settings.text("construct"))
        from .places.local import LocalPlace
        from .places.names import Names

        if state_of := settings.state_of:
            from .places.stacks import find_function

            function = find_function(self.aws, state_of, settings.text("construct"))
            return LocalPlace(self.aws, Names.deployed(settings, function))
        return LocalPlace(self.aws, Names.of(settings))

    @property
    def is_here(self) -> bool:
        """Whether the engine runs in this process."""
        return not self.settings.stack

    def ask(self, action: str, **arguments: Any) -> Answer:
        """
        Have a command carried out that takes a moment; None is left out.

        Raises:
            Fault: It could not be asked.
        """
        with _prints_beside_the_answer():
            return self.place.ask(_event(action, arguments), listener=self.terminal.warned)

    def run(self, action: str, **arguments: Any) -> Answer:
        """
        Have a command carried out that may take long: how far it is is shown meanwhile.

        Raises:
            Fault: It could not be asked.
        """
        from .progress import Progress

        place = self.place
        try:
            with _prints_beside_the_answer(), Progress(self.terminal, place.short_words) as progress:
                answer = place.ask(_event(action, arguments), listener=progress.hear, long=True)
                return place.follow(answer, listener=progress.hear)
        except KeyboardInterrupt:
            if not place.goes_on:
                raise
            cancel, status = (self.wording.command({"action": one}) for one in ("cancel", "status"))
            raise Interrupted(
                "You no longer watch, and the function goes on.",
                f"Run {cancel} to stop it, or {status} to see how far it is.",
            ) from None

    def show(self, answer: Answer, lines: Callable[[Answer], None]) -> None:
        """
        Put *answer* out: as JSON where that is wanted, else for a person.

        Args:
            lines: Puts an answer out that did not fail.
        """
        if self.settings["json"]:
            self.terminal.print(json.dumps(answer, ensure_ascii=False))
        elif answer.get("ok"):
            lines(answer)
        if not answer.get("ok"):
            from .render.errors import show_error

            show_error(self.terminal, self.wording, answer)

    def fail(self, fault: Fault) -> None:
        """Put out why the command can't be carried out."""
        if fault.said is not None:
            self.show(fault.said, lambda _answer: None)
            return
        from .render.errors import show_fault

        if self.settings["json"]:
            self.terminal.print(json.dumps(fault.answer(), ensure_ascii=False))
        show_fault(self.terminal, fault)

    def code(self, answer: Answer) -> ExitCode:
        """What the program ends with after *answer*."""
        if answer.get("interrupted"):
            return ExitCode.INTERRUPTED
        if (answer.get("error") or {}).get("type") == "InvalidArgument":
            return ExitCode.USED_WRONGLY
        return ExitCode.DONE if answer.get("ok") else ExitCode.FAILED

    def confirm(self, question: str, command: str) -> None:
        """
        Ask, where a person is there.

        Args:
            command: The command in words, for the refusal.

        Raises:
            UsedWrongly: Nobody is there to ask, and --yes was not given.
            Declined: The answer was no.
        """
        if self.settings["yes"]:
            return
        if not self.terminal.has_person:
            raise UsedWrongly(
                f"{command} has to be confirmed, and there is no terminal to ask at. Nothing was done.",
                "Add --yes to have it done.",
                kind="ConfirmationNeeded",
            )
        self.terminal.ask(question)


def _prints_beside_the_answer() -> contextlib.AbstractContextManager[object]:
    """A block in which what migrations print goes to stderr: stdout is the answer's."""
    beside: Any = Beside()
    return contextlib.redirect_stdout(beside)


def _event(action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = {name.rstrip("_"): value for name, value in arguments.items() if value is not None and value is not False}
    return {"action": action, **given}
