"""A repair that a deploy carries: what to make of a migration that began and did not finish."""

from __future__ import annotations

import re
from typing import Final

from constructs import Construct

from .errors import InvalidProp

CONTEXT_KEY: Final = "repair"
_REPAIR: Final = re.compile(r"[0-9]+:(applied|pending)", re.ASCII)
_HOW: Final = (
    "Write <id>:pending to have a migration run again, or <id>:applied to count it as done: "
    "cdk deploy -c repair=20261123090000:pending."
)


def repair_for(construct: Construct, given: str | None) -> str | None:
    """
    The repair *given*, else the one in CDK's context that is meant for *construct*.

    In the context it may begin with the construct's path and an equals sign. It has to where the app has several of
    them: an id is only unique within one history, and a repair of the wrong one would run a migration twice.

    Raises:
        InvalidProp: It does not parse, or does not say which construct it is for.
    """
    where = construct.node.path
    if given is not None:
        return _check(where, given)
    text = construct.node.try_get_context(CONTEXT_KEY)
    if text is None or text == "":
        return None
    path, equals, repair = str(text).rpartition("=")
    _check(where, repair)
    if equals:
        return repair if path == where else None
    others = [one.node.path for one in construct.node.root.node.find_all() if isinstance(one, type(construct))]
    if len(others) > 1:
        raise InvalidProp(
            where,
            f"repair is {text!r}, and the app has several histories: {', '.join(others)}.",
            f"Say which is meant: cdk deploy -c repair={where}={repair}.",
        )
    return repair


def _check(where: str, repair: object) -> str:
    if not isinstance(repair, str) or _REPAIR.fullmatch(repair) is None:
        raise InvalidProp(where, f"repair is {repair!r}.", _HOW)
    return repair
