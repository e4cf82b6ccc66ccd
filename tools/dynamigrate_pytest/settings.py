"""What a team says once for all tests of its migrations."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pytest

_FOLDER: Final = "migrations"
EMBEDDED: Final = "embedded"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Attributes:
        folder: Where the migrations are.
        endpoint: Of the stand-in that tests run on; ``embedded``: the embedded AWS; empty: moto, in this process.
        tables: Logical names to physical ones, as ``ctx.tables`` has them.
        params: As ``ctx.params`` has them.
    """

    folder: Path
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

        def setting(name: str, shared_name: str) -> str:
            given = config.getoption(f"dynamigrate_{name}") or os.environ.get(f"DYNAMIGRATE_TEST_{name.upper()}")
            return str(given or config.getini(f"dynamigrate_{name}") or shared.get(shared_name, ""))

        return cls(
            folder=config.rootpath / (setting("migrations", "migrations") or _FOLDER),
            # The shared one may be of an account: it is never a test's.
            endpoint=setting("endpoint", ""),
            tables=_texts(shared.get("tables")),
            params=_texts(shared.get("params")),
        )


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
