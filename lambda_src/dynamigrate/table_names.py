"""The tables that migrations are given, by the names that they use for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from .errors import MigrationsError


class UnknownTable(MigrationsError, KeyError):
    """A name that is not in ``ctx.tables``."""

    def __str__(self) -> str:
        # A KeyError would show it with quotes around it.
        return f"{self.message} {self.next_step}".rstrip()


class TableNames(Mapping[str, str]):
    """
    Logical name to physical name, as given. Asking for a name that is not there is an error that lists those that are.

    Args:
        used: Called with each physical name that is looked up, before it is given.
    """

    __slots__ = ("_names", "_used")

    def __init__(self, names: Mapping[str, str], used: Callable[[str], None] = lambda _table: None) -> None:
        self._names = dict(names)
        self._used = used

    def __getitem__(self, name: str) -> str:
        """
        Raises:
            UnknownTable: It was not given.
            NotReady: It can't be used.
        """
        if name in self._names:
            self._used(self._names[name])
            return self._names[name]
        raise UnknownTable(
            f"ctx.tables has no {name!r}: it has {listed_names(self)}.",
            next_step=(
                f"Give the table to the construct, as in tables={{{name!r}: table}}, or to migrate(tables=...); or "
                "correct the name."
            ),
        )

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(self._names)

    def __reduce__(self) -> tuple[type[TableNames], tuple[dict[str, str]]]:
        # A copy in another process is of the names alone: nobody waits for tables there.
        return TableNames, (self._names,)


def listed_names(names: Iterable[str]) -> str:
    """The names in words, for the end of a sentence."""
    return ", ".join(map(repr, names)) or "none"
