"""Props that are true or false."""

from __future__ import annotations

from ..errors import InvalidProp


def check_flags(where: str, **flags: object) -> None:
    """
    Raises:
        InvalidProp: One of them is neither: of most values it can't be told what was meant, and text counts as true.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise InvalidProp(where, f"{name} is {value!r}.", "Give True or False.")
