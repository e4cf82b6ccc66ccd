"""Whether a `Migrations` has the `AfterMigrations` that files of its folder need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jsii
from constructs import IValidation


@jsii.implements(IValidation)
class CompanionIsThere:
    """
    Looks once the app is whole, as the companion is made after the construct.

    Args:
        files: Those whose phase is after.
        is_there: Whether the companion was made.
    """

    def __init__(self, files: Sequence[str], is_there: Callable[[], bool]) -> None:
        self._files = files
        self._is_there = is_there

    def validate(self) -> list[str]:
        files = self._files
        if not files or self._is_there():
            return []
        what = "its phase is after, and nothing would run it"
        if len(files) > 1:
            what = "their phase is after, and nothing would run them"
        # CDK puts the construct's path before it.
        told = (
            f"{', '.join(files)}: {what}, as this construct has no AfterMigrations. Make one in a stack of its own, "
            'AfterMigrations(after_stack, "After", migrations=...), and have it wait: .execute_after(application).'
        )
        return [told]
