"""The terminal that commands are shown in: what a person sees and does in it, and the picture of that."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as ET

import pytest

from tests.terminal.picture import drawn
from tests.terminal.session import TerminalSession


class Run(Protocol):
    def __call__(self, code: str, *, columns: int = 80) -> TerminalSession: ...


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs a program of Python's in a terminal."""
    sessions = []

    def begin(code: str, *, columns: int = 80) -> TerminalSession:
        command = [sys.executable, "-c", code]
        sessions.append(TerminalSession(command, cwd=tmp_path, environment=os.environ, columns=columns))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.__exit__(None, None, None)


def test_a_program_finds_a_terminal_of_the_size_that_was_asked_for(run: Run) -> None:
    """For its input, its output and its errors."""
    code = "import os, sys; print(*[os.get_terminal_size(f.fileno()).columns for f in (sys.stdin, sys.stdout, sys.stderr)])"
    session = run(code, columns=72)
    assert session.finish() == 0
    assert session.lines == ["72 72 72"]


def test_what_is_written_over_is_gone(run: Run) -> None:
    """As of a bar in motion: what a person sees is the last of it."""
    session = run(r"print('10%', end='\r'); print('20%', end='\r\x1b[2K'); print('\x1b[32m30%\x1b[0m')")
    assert session.finish() == 0
    assert session.lines == ["30%"]
    assert b"10%" in session.raw


def test_an_answer_is_typed(run: Run) -> None:
    """And shows, as a terminal echoes it."""
    session = run("print('then', input('Sure? '))")
    session.wait_for("Sure?")
    session.type("yes\n")
    assert session.finish() == 0
    assert session.lines == ["Sure? yes", "then yes"]


def test_ctrl_c_interrupts(run: Run) -> None:
    """As a signal that the terminal sends."""
    session = run(
        "import time\ntry:\n print('at it')\n time.sleep(60)\nexcept KeyboardInterrupt: raise SystemExit(130)"
    )
    session.wait_for("at it")
    session.type("\x03")
    assert session.finish() == 130


def test_what_never_shows_is_said_with_what_does(run: Run) -> None:
    """And is not waited for once the program has ended."""
    session = run("print('something else')")
    with pytest.raises(TimeoutError, match="something else"):
        session.wait_for("this")


def test_a_picture_has_the_text_and_its_looks(run: Run) -> None:
    """Well-formed, and as wide as its longest line."""
    session = run(r"print('\x1b[1;31mdirty\x1b[0m  \x1b[2ma < b & c\x1b[0m'); print('x' * 100)", columns=100)
    session.finish()
    picture = drawn(session.screen, title="a state", prompt="dynamigrate status")
    texts = {one.text: one.attrib for one in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
    assert list(texts) == ["$", "dynamigrate status", "dirty", "a < b & c", "x" * 100]
    assert texts["dirty"]["font-weight"] == "bold"
    assert len({texts[one]["fill"] for one in ("dirty", "a < b & c", "x" * 100)}) == 3
    [width] = re.findall(r'<svg [^>]*width="(\d+)"', picture)
    assert float(texts["x" * 100]["x"]) + float(texts["x" * 100]["textLength"]) < int(width)
    assert picture == drawn(session.screen, title="a state", prompt="dynamigrate status"), "the same each time"
