"""Text for what takes ASCII alone: descriptions of roles, and dimensions of metrics."""

from __future__ import annotations


def in_ascii(text: str) -> str:
    """*text* with other characters written as ``\\u00fc``, so that no two texts become one."""
    return text.encode("ascii", "backslashreplace").decode("ascii")
