"""Where a command's words go: answers to stdout, all else to stderr; with colors in a terminal, plain in a pipe."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .faults import Declined

if TYPE_CHECKING:
    from rich.console import Console

    from .places import LogLine


# What the answer says, too.
_ANSWERED = frozenset({"migration.repaired", "history.baselined", "lock.unlocked", "migration.changed"})


# What would move the cursor, or ring: a migration's own words, an item's key or a log may have it.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


def clean(text: str) -> str:
    """*text* with what a terminal would obey made visible."""
    return text.translate(_CONTROL)


@dataclass
class Terminal:
    """
    Attributes:
        color: Whether a terminal gets colors; a pipe never does.
    """

    color: bool = True

    @property
    def is_terminal(self) -> bool:
        """Whether stdout is one; else it is a pipe or a file."""
        return sys.stdout.isatty()

    @property
    def has_person(self) -> bool:
        """Whether somebody is there who can be asked."""
        # There may be no stdin at all: `<&-`.
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def has_bars(self) -> bool:
        """Whether stderr is a terminal on which the cursor can be moved back."""
        return sys.stderr.isatty() and not self.err.is_dumb_terminal

    @cached_property
    def out(self) -> Console:
        """stdout, where it is a terminal."""
        return self._console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """stderr."""
        return self._console(stderr=True)

    def _console(self, *, stderr: bool) -> Console:
        from rich.console import Console
        from rich.theme import Theme

        return Console(
            stderr=stderr,
            no_color=not self.color,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            theme=Theme(STYLES),
        )

    def print(self, text: str = "") -> None:
        """A line of the answer, as it is."""
        sys.stdout.write(f"{text}\n")

    def say(self, text: Any, style: str = "", *, whole: bool = False, indent: int = 0) -> None:
        """
        A line of the answer for a person: wrapped in a terminal, as it is in a pipe.

        Args:
            whole: It can be copied: where it is too long, the terminal breaks it, and nobody else.
            indent: Columns before each of its lines.
        """
        text = clean(text) if isinstance(text, str) else text
        if self.is_terminal:
            _print(self.out, text, style, whole=whole, indent=indent)
        else:
            self.print(f"{' ' * indent}{text}")

    def tell(self, text: Any, style: str = "", *, whole: bool = False) -> None:
        """A line beside the answer, on stderr."""
        text = clean(text) if isinstance(text, str) else text
        try:
            if sys.stderr.isatty():
                _print(self.err, text, style, whole=whole)
            else:
                sys.stderr.write(f"{text}\n")
        except OSError:
            give_up_stderr()

    def warned(self, line: LogLine) -> None:
        """Pass on what the log warns of, and nothing else."""
        if line.level == "WARNING" and line.event not in _ANSWERED:
            self.tell(line.message, "warning")

    def ask(self, question: str) -> None:
        """
        Raises:
            Declined: The answer is not yes.
        """
        _forget_what_was_typed()
        said = ""
        try:
            sys.stderr.write(f"{question} [y/N] ")
            sys.stderr.flush()
            said = sys.stdin.readline()
        finally:
            if not said:  # Ctrl-D or Ctrl-C, which leave the cursor behind the question
                sys.stderr.write("\n")
        if said.strip().lower() not in {"y", "yes"}:
            raise Declined("Nothing was done.")


class Beside:
    """
    stdout as migrations have it: it is stderr, as theirs is not the answer. Where nobody reads it any more, as of a
    terminal that was closed, that is no reason for a migration to fail.
    """

    def write(self, text: str) -> int:
        try:
            return sys.stderr.write(text)
        except OSError:
            give_up_stderr()
            return len(text)

    def flush(self) -> None:
        try:
            sys.stderr.flush()
        except OSError:
            give_up_stderr()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


def give_up_stdout() -> None:
    """Whoever read the answer has had enough, as `head` has: nothing may be written to the pipe as Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def give_up_stderr() -> None:
    """Nobody reads it any more, as of a terminal that was closed: no reason to leave a run before its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _forget_what_was_typed() -> None:
    """A line that was typed before the question was there does not answer it."""
    try:
        import termios
    except ImportError:  # Windows
        return
    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _print(console: Console, text: Any, style: str, *, whole: bool, indent: int = 0) -> None:
    if indent and not whole:
        from rich.padding import Padding

        console.print(Padding(text, (0, 0, 0, indent), expand=False), style=style or None)
    else:
        console.print(f"{' ' * indent}{text}" if indent else text, style=style or None, soft_wrap=whole)


# Named colors of the terminal's own, which are readable on dark and on light.
STYLES = {
    "applied": "green",
    "pending": "yellow",
    "held": "yellow",
    "running": "cyan",
    "dirty": "bold red",
    "missing": "red",
    "error": "bold red",
    "warning": "yellow",
    "heading": "bold",
    "command": "bold cyan",
    "quiet": "dim",
    "gone": "red",
    "new": "green",
}
