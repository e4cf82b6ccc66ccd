"""The tables that migrations are given, by the names that they use for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .errors import MigrationsError


class UnknownTable(MigrationsError, KeyError):
    """A name that is not in ``ctx.tables``."""

    def __str__(self) -> str:
        # A KeyError would show it with quotes around it.
        return f"{self.message} {self.next_step}".rstrip()


class TableNames(Mapping[str, str]):
    """Logical name to physical name, as given; what is asked for and not there is told with what there is."""

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)

    def __getitem__(self, name: str) -> str:
        """
        Raises:
            UnknownTable: It was not given.
        """
        if name in self._names:
            return self._names[name]
        raise UnknownTable(
            f"ctx.tables has no {name!r}: it has {listed_names(self)}.",
            next_step=(
                f"Give the table to the construct, as in tables={{{name!r}: table}}, or to migrate(tables=...); or "
                "correct the name."
            ),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(self._names)


def listed_names(names: Iterable[str]) -> str:
    """In words, for the end of a sentence."""
    return ", ".join(map(repr, names)) or "none"
