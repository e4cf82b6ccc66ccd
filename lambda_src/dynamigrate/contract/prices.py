"""What may be given as the prices of request units: checked at synth, and where a run begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from ..errors import InvalidSetting

_NAMES: Final = ("read", "write")


def fault_of_prices(value: object) -> tuple[str, str] | None:
    """
    What is wrong with *value* as the prices of a million request units, for the end of a sentence about it, and what to do
    about it; None: nothing.
    """
    advice = 'Give dollars a million request units: {"read": 0.125, "write": 0.625}.'
    if not isinstance(value, Mapping):
        return "is no mapping", advice
    if unknown := [name for name in value if name not in _NAMES]:
        return f"has {unknown[0]!r} in it, which is no kind of request unit", advice
    if missing := [name for name in _NAMES if name not in value]:
        return f"does not say what it is for {missing[0]!r}", advice
    for name in _NAMES:
        price = value[name]
        if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < math.inf:
            return f"has {price!r} for {name!r}, which is no price", advice
    return None


def check_prices(value: object) -> None:
    """
    Raises:
        InvalidSetting: *value* is neither prices nor None.
    """
    if value is not None and (fault := fault_of_prices(value)) is not None:
        from ..error_text import safe_repr

        raise InvalidSetting(f"prices={safe_repr(value)} {fault[0]}.", next_step=fault[1])
