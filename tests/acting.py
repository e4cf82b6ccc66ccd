"""Transforms of tests that do something beside what they return."""

import functools
from collections.abc import Callable
from typing import Any


def acting(transform: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """*transform*, called only where its items are about to be written, and not to find out what that costs."""

    @functools.wraps(transform)
    def act(item: Any, ctx: Any) -> Any:
        return None if ctx.dry_run else transform(item, ctx)

    return act
