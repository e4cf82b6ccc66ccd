"""What a deploy carries to set the history straight: a repair of a migration that began and did not finish, a baseline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from constructs import Construct

from .errors import InvalidProp


@dataclass(frozen=True)
class _Order:
    """
    Attributes:
        name: Of the prop, and of the value in CDK's context.
        form: What it looks like.
        how: To write it.
    """

    name: str
    form: re.Pattern[str]
    how: str

    def check(self, where: str, given: object) -> str:
        """
        Raises:
            InvalidProp: It does not parse.
        """
        if not isinstance(given, str) or self.form.fullmatch(given) is None:
            raise InvalidProp(where, f"{self.name} is {given!r}.", self.how)
        return given

    def for_construct(self, construct: Construct, given: str | None) -> str | None:
        """
        What is *given*, else what CDK's context has for *construct*.

        Raises:
            InvalidProp: It does not parse, or does not say which construct it is for.
        """
        where = construct.node.path
        if given is not None:
            return self.check(where, given)
        text = construct.node.try_get_context(self.name)
        if text is None or text == "":
            return None
        path, equals, value = str(text).rpartition("=")
        self.check(where, value)
        if equals:
            return value if path == where else None
        others = [one.node.path for one in construct.node.root.node.find_all() if isinstance(one, type(construct))]
        if len(others) > 1:
            raise InvalidProp(
                where,
                f"{self.name} is {text!r}, and the app has several histories: {', '.join(others)}.",
                f"Say which is meant: cdk deploy -c {self.name}=<path>={value}, with the path of one of them.",
            )
        return value


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


def repair_for(construct: Construct, given: str | None) -> str | None:
    """
    The repair *given*, else the one in CDK's context that is meant for *construct*.

    In the context it may begin with the construct's path and an equals sign. It has to where the app has several of
    them: an id is only unique within one history, and a repair of the wrong one would run a migration twice.

    Raises:
        InvalidProp: It does not parse, or does not say which construct it is for.
    """
    return _REPAIR.for_construct(construct, given)


def baseline_for(construct: Construct, given: str | None) -> str | None:
    """
    The same for the migration up to which all count as applied.

    Raises:
        InvalidProp: As for a repair.
    """
    return _BASELINE.for_construct(construct, given)
