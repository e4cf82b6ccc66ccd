"""What the function runs on, as wheels and markers of requirements name it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final, Self

from packaging.tags import Tag, compatible_tags, cpython_tags

from ..errors import InvalidProp

# Lambda's name of an architecture, and that of wheels and of the system.
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
# Python 3.11 is on Amazon Linux 2, all later ones on Amazon Linux 2023: a wheel made for a newer C library can't load.
_GLIBC_AL2: Final = 26
_GLIBC_AL2023: Final = 34
_ON_AL2: Final = ("3.11",)
# The oldest C library that wheels are made for. ARM came with the profile of 2014.
_OLDEST_GLIBC: Final = {"aarch64": 17, "x86_64": 5}
_OLD_NAMES: Final = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
# What uv knows by name; the newest that the function's C library covers is taken.
_UV_GLIBC: Final = (34, 17)

# Modules of the standard library by the version that no longer has them.
_REMOVED: Final = {
    "3.12": frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    "3.13": frozenset(
        {
            *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis"),
            *("nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
        }
    ),
}
_ADDED: Final = {"3.14": frozenset({"annotationlib", "compression"})}
_OF_WINDOWS: Final = frozenset({"_winapi", "_winreg", "msvcrt", "nt", "winreg", "winsound"})


@dataclass(frozen=True, kw_only=True)
class Platform:
    """
    A Python version and an architecture of Lambda.

    Attributes:
        python: The version, as in ``3.13``.
        architecture: In Lambda's words: ``arm64`` or ``x86_64``.
    """

    python: str
    architecture: str

    @classmethod
    def check(cls, where: str, *, python: str, architecture: str) -> Self:
        """
        The platform, if wheels can be made for it.

        Raises:
            InvalidProp: It is an architecture that no wheel is made for.
        """
        if architecture not in _MACHINES:
            raise InvalidProp(
                where,
                f"architecture is {architecture}, and Lambda has {' and '.join(_MACHINES)}.",
                "Give lambda_.Architecture.ARM_64 or lambda_.Architecture.X86_64.",
            )
        return cls(python=python, architecture=architecture)

    def __str__(self) -> str:
        return f"Python {self.python} on Linux, {self.architecture}"

    @property
    def machine(self) -> str:
        """The processor, as the system and wheels call it: ``aarch64`` or ``x86_64``."""
        return _MACHINES[self.architecture]

    @property
    def version(self) -> tuple[int, int]:
        major, _, minor = self.python.partition(".")
        return int(major), int(minor)

    @property
    def wheel_platforms(self) -> tuple[str, ...]:
        """The platforms that wheels may be made for, the best first."""
        names = []
        for minor in range(self._glibc, _OLDEST_GLIBC[self.machine] - 1, -1):
            names.append(f"manylinux_2_{minor}_{self.machine}")
            if minor in _OLD_NAMES:
                names.append(f"{_OLD_NAMES[minor]}_{self.machine}")
        return (*names, f"linux_{self.machine}")

    @property
    def uv_platform(self) -> str:
        """The platform in uv's words."""
        return f"{self.machine}-manylinux_2_{next(minor for minor in _UV_GLIBC if minor <= self._glibc)}"

    @property
    def tags(self) -> frozenset[Tag]:
        """Every tag of a wheel that can be installed there."""
        interpreter = f"cp{self.python.replace('.', '')}"
        platforms = self.wheel_platforms
        return frozenset(
            [
                *cpython_tags(self.version, [interpreter], platforms),
                *compatible_tags(self.version, interpreter, platforms),
            ]
        )

    @property
    def markers(self) -> dict[str, str]:
        """The environment that markers of requirements are evaluated in."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
            "extra": "",
        }

    @property
    def standard_library(self) -> frozenset[str]:
        """What can be imported there without being packed: as in this Python, but for what is known to differ."""
        names = set(sys.stdlib_module_names) | {"__main__", "antigravity", "this"}
        for version, added in _ADDED.items():
            if _parsed(version) <= self.version:
                names |= added
        for version, removed in _REMOVED.items():
            if _parsed(version) <= self.version:
                names -= removed
            else:
                names |= removed
        return frozenset(names - _OF_WINDOWS)

    @property
    def _glibc(self) -> int:
        return _GLIBC_AL2 if self.python in _ON_AL2 else _GLIBC_AL2023


def _parsed(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
