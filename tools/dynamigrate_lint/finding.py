"""What a rule has found."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class Finding:
    """
    Attributes:
        line, column: Both from 1 on; a finding about a whole file is at 1, 1.
        message: What is wrong here.
        fix: What to do about it.
        end_line: The last line on which a comment silences it.
    """

    path: Path
    line: int
    column: int
    code: str
    message: str
    fix: str
    end_line: int = 0

    @property
    def place(self) -> str:
        """The path as a text that can be written anywhere, whatever bytes are in it."""
        return os.fsencode(self.path).decode("utf-8", "replace")

    def to_json(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        return {
            "path": self.place,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
        }
