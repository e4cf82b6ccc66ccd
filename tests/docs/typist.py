"""Somebody who types a page: writes its files, runs its commands, and looks whether what is shown is what the page says."""

import ast
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.docs.typed_page import File, Step, Typed, is_shown
from tests.terminal.session import TerminalSession

_PATIENCE: Final = 240.0
# Prints, behind what the command said, where the shell is afterwards and what it has exported.
_SHELL: Final = "{command}\nstatus=$?\nexec 3>{after}; printf '%s\\0' \"$PWD\" >&3; env -0 >&3; exit $status"


class Typist:
    """
    Attributes:
        folder: Where the shell is.
        environment: What it has exported.
        instead: What is done in place of commands that begin so; each is called with the typist.
        background: Commands that begin so stay, in a terminal of their own, once they have shown what the page has.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        instead: Mapping[str, Callable[["Typist"], None]],
        background: str,
    ) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.instead = instead
        self.background = background
        self.said: list[tuple[Typed, str]] = []
        self._after = folder / ".after"
        # What is another each time: as it stands on the page, and here.
        self._here: dict[str, str] = {}
        self._sessions: list[TerminalSession] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for session in self._sessions:
            with suppress(OSError):  # it has ended
                session.type("\x03")
            session.finish()
            session.__exit__(None, None, None)

    def do(self, step: Step) -> None:
        """
        Raises:
            AssertionError: What it shows is not what the page says.
        """
        if isinstance(step, File):
            self._write(step)
        else:
            self._type(step)

    def _write(self, file: File) -> None:
        path = self.folder / self._as_here(file.path)
        if (found := re.search(r"\d{14}", file.path)) and not path.exists():
            [path] = path.parent.glob(path.name.replace(found[0], "*"))
            actual = re.search(r"\d{14}", path.name)
            assert actual is not None
            self._here[found[0]] = actual[0]
        text = self._as_here(file.text)
        path.write_text(_with_parts(path.read_text(), text) if file.in_part else text)

    def _type(self, typed: Typed) -> None:
        command = self._as_here(typed.command)
        for beginning, instead in self.instead.items():
            if command.startswith(beginning):
                instead(self)
                assert not typed.shown, "nobody looks at what this one would show"
                return
        said = self._in_background(command, typed) if command.startswith(self.background) else self._run(command)
        self.said.append((typed, said))
        assert is_shown(said, typed.shown), f"$ {command}\n{said}\nis not what the page shows:\n" + "\n".join(
            typed.shown
        )

    def _run(self, command: str) -> str:
        script = _SHELL.format(command=command, after=self._after)
        with self._terminal(script) as session:
            code = session.finish(within=_PATIENCE)
            said = "\n".join(session.lines)
        assert code == 0, f"$ {command}\n{said}\nended with {code}"
        where, *exported = self._after.read_bytes().decode().rstrip("\0").split("\0")
        self.folder = Path(where)
        self.environment = dict(one.split("=", 1) for one in exported)
        return said

    def _terminal(self, script: str) -> TerminalSession:
        return TerminalSession(
            ["bash", "-c", script], cwd=self.folder, environment=self.environment, columns=100, rows=400
        )

    def _in_background(self, command: str, typed: Typed) -> str:
        session = self._terminal(f"exec {command}")
        self._sessions.append(session)
        session.wait_until(lambda: is_shown("\n".join(session.lines), typed.shown), within=_PATIENCE)
        self._note_ports(session.lines, typed)
        return "\n".join(session.lines)

    def _note_ports(self, lines: list[str], typed: Typed) -> None:
        there = re.search(r"127\.0\.0\.1:\d+", "\n".join(typed.shown))
        here = re.search(r"127\.0\.0\.1:\d+", "\n".join(lines))
        if there and here:
            self._here[there[0]] = here[0]

    def _as_here(self, text: str) -> str:
        for there, here in self._here.items():
            text = text.replace(there, here)
        return text


def _with_parts(whole: str, parts: str) -> str:
    """*whole*, in which each function that *parts* has is the one of *parts*."""
    lines, wanted = whole.splitlines(), parts.splitlines()
    new = {one.name: _lines(one) for one in ast.parse(parts).body if isinstance(one, ast.FunctionDef)}
    for old in reversed([one for one in ast.parse(whole).body if isinstance(one, ast.FunctionDef)]):
        if old.name in new:
            lines[_lines(old)] = wanted[new.pop(old.name)]
    assert not new, f"there is no {', '.join(new)} to replace"
    return "\n".join(lines) + "\n"


def _lines(function: ast.FunctionDef) -> slice:
    first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
    return slice(first - 1, function.end_lineno)


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what leads a program to this repository, or to anybody's account."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("AWS_", "CDK_", "PYTHON", "VIRTUAL_ENV", "PYTEST", "COV_"))
    } | {"PATH": environment.get("PATH", os.defpath)}
