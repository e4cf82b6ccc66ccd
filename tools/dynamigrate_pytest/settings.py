"""What a team says once for all tests of its migrations."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dynamigrate.contract.listing import NOT_DEPLOYED

if TYPE_CHECKING:
    import pytest

_FOLDER: Final = "migrations"
EMBEDDED: Final = "embedded"
_MIGRATION: Final = re.compile(r"[0-9]+_")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Attributes:
        folder: Where the migrations are, but for tests that stand beside others.
        asked_for: The folder was asked for of this run, so that it is that of all tests.
        endpoint: Of the stand-in that tests run on; ``embedded``: the embedded AWS; empty: moto, in this process.
        tables: Logical names to physical ones, as ``ctx.tables`` has them.
        params: As ``ctx.params`` has them.
    """

    folder: Path
    asked_for: bool = False
    endpoint: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """
        From pytest's options, the environment, pytest's configuration and ``[tool.dynamigrate]`` of ``pyproject.toml``, in
        that order.
        """
        shared = _shared(config.rootpath)
        asked = _asked(config, "migrations", "DYNAMIGRATE_MIGRATIONS")
        return cls(
            folder=config.rootpath
            / (asked or config.getini("dynamigrate_migrations") or str(shared.get("migrations", _FOLDER))),
            asked_for=bool(asked),
            # The shared endpoint may be one of an account: it is never a test's.
            endpoint=_asked(config, "endpoint", "DYNAMIGRATE_TEST_ENDPOINT") or config.getini("dynamigrate_endpoint"),
            tables=_texts(shared.get("tables")),
            params=_texts(shared.get("params")),
        )

    def folder_of(self, test: Path) -> Path:
        """The migrations that the file *test* is about: those beside which it stands, in a folder ``tests``, or else all's."""
        beside = test.parent.parent
        if self.asked_for or test.parent.name not in NOT_DEPLOYED:
            return self.folder
        return beside if any(_MIGRATION.match(path.name) for path in beside.glob("*.py")) else self.folder


def _asked(config: pytest.Config, name: str, variable: str) -> str:
    return str(config.getoption(f"dynamigrate_{name}") or os.environ.get(variable, ""))


def _shared(root: Path) -> Mapping[str, Any]:
    try:
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        found = tomllib.loads(text).get("tool", {}).get("dynamigrate", {})
    except (OSError, ValueError):
        # There is none, or somebody else is to say what is wrong with it.
        return {}
    return found if isinstance(found, dict) else {}


def _texts(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
