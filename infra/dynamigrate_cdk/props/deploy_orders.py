"""What a deploy carries to set the history straight: the repair of a migration that did not finish, or a baseline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import jsii
from constructs import Construct, IValidation

from ..errors import InvalidProp


class _Given(NamedTuple):
    """
    An order in CDK's context.

    Attributes:
        path: The path of the construct that is meant; None: it does not say.
        text: The whole value.
    """

    path: str | None
    value: str
    text: str


@dataclass(frozen=True)
class _Order:
    """
    A kind of order.

    Attributes:
        name: The name of the prop, and of the value in CDK's context.
        form: What an order looks like.
        how: How to write one.
    """

    name: str
    form: re.Pattern[str]
    how: str

    def check(self, where: str, given: object) -> str:
        """
        The order that is *given*, checked.

        Raises:
            InvalidProp: It does not parse.
        """
        if not isinstance(given, str) or self.form.fullmatch(given) is None:
            raise InvalidProp(where, f"{self.name} is {given!r}.", self.how)
        return given

    def for_construct(self, construct: Construct, given: str | None, history: Construct) -> str | None:
        """
        What is *given*, else what CDK's context has for the *history* that *construct* works on.

        Raises:
            InvalidProp: It does not parse, or does not say which construct it is for.
        """
        where = construct.node.path
        if given is not None:
            return self.check(where, given)
        found = self.in_context(construct)
        if found is None:
            return None
        value = self.check(where, found.value)
        if found.path is not None:
            return value if found.path == history.node.path else None
        others = _paths_like(history)
        if len(others) > 1:
            raise InvalidProp(
                where,
                f"{self.name} is {found.text!r}, and the app has several histories: {', '.join(others)}.",
                f"Say which is meant: cdk deploy -c {self.name}=<path>={value}, with the path of one of them.",
            )
        return value

    def in_context(self, construct: Construct) -> _Given | None:
        text = str(construct.node.try_get_context(self.name) or "")
        path, equals, value = text.rpartition("=")
        return _Given(path if equals else None, value, text) if text else None


_REPAIR: Final = _Order(
    "repair",
    re.compile(r"[0-9]+:(applied|pending)", re.ASCII),
    "Write <id>:pending to have a migration run again, or <id>:applied to count it as done: "
    "cdk deploy -c repair=20261123090000:pending.",
)
_BASELINE: Final = _Order(
    "baseline",
    re.compile(r"[0-9]+", re.ASCII),
    "Write the id of the newest migration that was done by hand before there was a history: "
    "cdk deploy -c baseline=20261123090000.",
)


def repair_for(construct: Construct, given: str | None, *, history: Construct | None = None) -> str | None:
    """
    The repair *given*, else the one in CDK's context that is meant for *construct*.

    In the context it may begin with the construct's path and an equals sign. It has to where the app has several of
    them: an id is only unique within one history, and a repair of the wrong one would run a migration twice.

    Args:
        history: The construct whose path is meant; *construct* itself, unless it works on another one's history.

    Raises:
        InvalidProp: It does not parse, or does not say which construct it is for.
    """
    return _REPAIR.for_construct(construct, given, history or construct)


def baseline_for(construct: Construct, given: str | None) -> str | None:
    """
    The id *given* up to which all migrations count as applied, else the one in CDK's context, as for a repair.

    Raises:
        InvalidProp: It does not parse, or does not say which construct it is for.
    """
    return _BASELINE.for_construct(construct, given, construct)


def check_addressees(construct: Construct) -> None:
    """Have a synth fail that was given a repair, or a baseline, for a construct that the app does not have."""
    construct.node.add_validation(_Addressees(construct))


@jsii.implements(IValidation)
class _Addressees:
    """Checks that once the app is whole, as the construct that is meant may be made after this one."""

    def __init__(self, construct: Construct) -> None:
        self._construct = construct

    def validate(self) -> list[str]:
        paths = sorted(_paths_like(self._construct))
        if self._construct.node.path != paths[0]:
            return []  # one says it for all
        return [problem for order in (_REPAIR, _BASELINE) for problem in self._problems(order, paths)]

    def _problems(self, order: _Order, paths: list[str]) -> Iterator[str]:
        found = order.in_context(self._construct)
        if found is not None and found.path is not None and found.path not in paths:
            ways = ", or ".join(f"-c {order.name}={one}={found.value}" for one in paths)
            yield (
                f"-c {order.name}={found.text} is for {found.path or 'no path'}, and the app has no Migrations there. "
                f"Say {ways}."
            )


def _paths_like(construct: Construct) -> list[str]:
    """The paths of all constructs of its kind in the app, itself included."""
    return [str(one.node.path) for one in construct.node.root.node.find_all() if isinstance(one, type(construct))]
