"""What `cdk -c` says to one construct by its path has to reach one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import jsii
from constructs import Construct, IConstruct, IValidation

_KEYS: Final = ("repair", "baseline")


def check_addressees(construct: Construct) -> None:
    """Have the synth fail that was given a repair, or a baseline, for a construct that the app does not have."""
    construct.node.add_validation(_Addressees(construct))


@jsii.implements(IValidation)
class _Addressees:
    """Looked at when the app is whole: the construct that is meant may be made after this one."""

    def __init__(self, construct: Construct) -> None:
        self._construct = construct

    def validate(self) -> list[str]:
        paths = sorted(str(one.node.path) for one in self._all())
        if self._construct.node.path != paths[0]:
            return []  # one says it for all
        return [problem for key in _KEYS for problem in self._problems(key, paths)]

    def _all(self) -> Iterator[IConstruct]:
        return (one for one in self._construct.node.root.node.find_all() if isinstance(one, type(self._construct)))

    def _problems(self, key: str, paths: list[str]) -> Iterator[str]:
        path, equals, value = str(self._construct.node.try_get_context(key) or "").rpartition("=")
        if equals and path not in paths:
            ways = ", or ".join(f"-c {key}={one}={value}" for one in paths)
            yield f"-c {key}={path}={value} is for {path or 'no path'}, and the app has no Migrations there. Say {ways}."
