"""What can be told of a folder of migrations from its files' text and names alone. Needs the standard library only."""

from __future__ import annotations

from .errors import InvalidLintSetting, LintError, NoBase
from .finding import Finding
from .lint import lint
from .paths import lint_paths
from .registry import RULES
from .rule import Rule
from .settings import Settings, read_settings

__all__ = [
    "RULES",
    "Finding",
    "InvalidLintSetting",
    "LintError",
    "NoBase",
    "Rule",
    "Settings",
    "lint",
    "lint_paths",
    "read_settings",
]
