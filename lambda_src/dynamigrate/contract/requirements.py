"""What migrations require of each other, and what no requirement can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from ..errors import InvalidMigration
from .names import IdKey, id_key


class Requiring(Protocol):
    """A migration, or what is known of one."""

    @property
    def id(self) -> str: ...

    @property
    def requires(self) -> tuple[str, ...]: ...

    @property
    def replaces(self) -> tuple[str, ...]: ...

    @property
    def phase(self) -> str | None: ...

    @property
    def if_not_ready(self) -> str | None: ...


R = TypeVar("R", bound=Requiring)


def fault_of(migration_id: str, requires: Sequence[str]) -> tuple[str, str] | None:
    """
    What is wrong with *requires* of that migration, for the end of a sentence about it, and what to do about it; None:
    nothing, as far as it says itself.
    """
    own, seen = id_key(migration_id), set[IdKey]()
    for one in requires:
        key = id_key(one)
        if key == own:
            return "requires itself", "Take its own id out of requires."
        if key in seen:
            return f"requires {one} twice", "Take one of them out of requires."
        if key > own:
            return (
                f"requires {one}, which is later: it would run before what it requires",
                "Give it an id above all that it requires, by renaming its file.",
            )
        seen.add(key)
    return None


def check_requirements(migrations: Sequence[R], name: Callable[[R], str]) -> None:
    """
    Refuse what can't be required.

    Args:
        name: What a migration is called in the error.

    Raises:
        InvalidMigration: One requires itself, the same twice, a later one, one that there is not, or, where it would keep
            the application from being deployed, one that runs after that; or some require each other.
    """
    if not any(one.requires for one in migrations):
        return
    known = {id_key(one.id): one for one in migrations}
    replaced = {id_key(part) for one in migrations for part in one.replaces}
    for one in migrations:
        if circle := _circle(one, known):
            raise InvalidMigration(
                f"{name(one)} requires what requires it, in a circle: {' -> '.join(map(name, circle))}.",
                next_step="Take one of these ids out of requires; a migration can only require older ones.",
                migration_id=one.id,
            )
        if fault := fault_of(one.id, one.requires):
            raise InvalidMigration(f"{name(one)} {fault[0]}.", next_step=fault[1], migration_id=one.id)
        unknown = [each for each in one.requires if id_key(each) not in known and id_key(each) not in replaced]
        if unknown:
            raise InvalidMigration(
                f"{name(one)} requires {', '.join(unknown)}, and there is no such migration.",
                next_step="Correct the id in requires, or bring the file back.",
                migration_id=one.id,
            )
        _check_phases(one, known, name)


def _check_phases(one: R, known: Mapping[IdKey, R], name: Callable[[R], str]) -> None:
    """
    In an environment where nothing has run yet, what fails before the application is deployed keeps it from ever being
    deployed, and so what comes after that from being run.
    """
    if one.phase == "after" or one.if_not_ready == "hold":
        return
    for required in (known.get(id_key(each)) for each in one.requires):
        if required is not None and required.phase == "after":
            raise InvalidMigration(
                f"{name(one)} requires {required.id}, which runs after the application is deployed, and itself it runs before: "
                "in a new environment neither would ever run.",
                next_step='Say if_not_ready = "hold" in it, and the next deploy runs it; or phase = "after".',
                migration_id=one.id,
            )


def _circle(start: R, known: Mapping[IdKey, R]) -> list[R]:
    """The way from *start* over what each requires back to it; empty: there is none."""
    own = id_key(start.id)
    ways, seen = [[start]], set[IdKey]()
    while ways:
        way = ways.pop()
        for one in way[-1].requires:
            key = id_key(one)
            if key == own and len(way) > 1:
                return [*way, start]
            if key != own and key in known and key not in seen:
                seen.add(key)
                ways.append([*way, known[key]])
    return []
