"""What a rule is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .folder import Folder
from .git_base import Base
from .module import Module
from .settings import Settings


class Hit(NamedTuple):
    """
    Where a rule found something, and what.

    Attributes:
        node: None: the whole file.
        message: What is wrong.
        fix: What to do here; empty: what the rule always says.
        path: Where *module* is None, as the file can't be parsed.
        line: Where there is no node.
    """

    module: Module | None
    node: ast.AST | None
    message: str
    fix: str = ""
    path: Path | None = None
    line: int = 1


class Surroundings(NamedTuple):
    """
    What a rule may know beside the folder.

    Attributes:
        base: What the folder is compared with, or None.
        tables: The names in `ctx.tables`, with whatever they stand for; None: they are not known.
    """

    settings: Settings
    base: Base | None = None
    tables: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    Attributes:
        name: In words with hyphens.
        reason: Why it matters, in a sentence or two.
        fix: What to do where a finding has nothing better to say.
        silenceable: Whether a comment silences it: not where the folder can't be deployed as it is.
        at_synth: Whether the construct warns of it.
        is_asked: Whether it can be told at all, by what is known.
    """

    code: str
    name: str
    reason: str
    fix: str
    judge: Callable[[Folder, Surroundings], Iterator[Hit]]
    silenceable: bool = True
    at_synth: bool = False
    is_asked: Callable[[Surroundings], bool] = lambda _around: True

    @property
    def page(self) -> str:
        """Where the documentation has it."""
        return f"docs/reference/lint.md#{self.code.lower()}"
