"""The whole of what the widget shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any


def page(answers: Mapping[str, Any]) -> str:
    """The HTML of *answers*."""
    return f"<pre>{escape(json.dumps(answers, indent=2, default=str))}</pre>"


def fault(what: str) -> str:
    """The HTML where there are none."""
    return f"<p>{escape(what)}</p>"
