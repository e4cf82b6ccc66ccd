"""Which Python the function runs."""

from __future__ import annotations

import re
import sys
from typing import Final

from aws_cdk import aws_lambda as lambda_

from ..errors import InvalidProp

# By name: CDK before 2.226 has no constant for the newest, and CloudFormation takes it all the same.
_RUNTIMES: Final = {
    version: lambda_.Runtime(f"python{version}", lambda_.RuntimeFamily.PYTHON, supports_inline_code=True)
    for version in ("3.11", "3.12", "3.13", "3.14")
}
_OTHERWISE: Final = "3.14"
NEWEST_RUNTIME: Final = _RUNTIMES[_OTHERWISE]


def python_runtime(where: str, given: lambda_.Runtime | None) -> tuple[lambda_.Runtime, str]:
    """
    The runtime, and its version as in ``3.13``.

    Unless *given*, it is that of the Python that synthesizes, because only that one can compile for it.

    Raises:
        InvalidProp: It is no Python that the engine runs on.
    """
    if given is None:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        version = here if here in _RUNTIMES else _OTHERWISE
        return _RUNTIMES[version], version
    name = given.name if isinstance(given, lambda_.Runtime) else repr(given)
    match = re.fullmatch(r"python(3\.\d+)", name)
    if match is None or match[1] not in _RUNTIMES:
        raise InvalidProp(
            where,
            f"runtime is {name}, and the function needs Python {', '.join(_RUNTIMES)}.",
            "Give one of these, such as lambda_.Runtime.PYTHON_3_13, or leave it out.",
        )
    return given, match[1]
