"""Records as items of the state tables, in DynamoDB's own notation."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ..contract import ItemKey, MigrationAttr
from ..contract.choices import Phase, choices
from ..contract.names import is_id
from ..error_text import printable
from ..errors import MigrationsError
from ..figures import figures as kept_figures
from ..figures import number
from ..log import log_event
from ..plan import Direction
from ..records import Details, Failure, Record
from .attributes import json_of, map_of, number_of, storable, text_of, value_of, whole_of

if TYPE_CHECKING:
    from ..restore_point import RestorePoint
    from ..verification import Verification

# An item holds 400 KB in all; an error's text should not crowd out the checkpoint.
LONGEST_MESSAGE: Final = 8_000
_MOST_NAMED: Final = 10
# Beside the figures of a progress, whose values are numbers.
_WAITS_FOR: Final = "waits_for"
_DIRECTIONS: Final = {one.value: one for one in Direction}
_logger = logging.getLogger(__name__)


def detail_attributes(details: Details) -> dict[str, Any]:
    """What of *details* is there to be written."""
    texts = {
        MigrationAttr.DESCRIPTION: details.description,
        MigrationAttr.CHECKSUM: details.checksum,
        MigrationAttr.RUN_ID: details.run_id,
        MigrationAttr.ACTOR: details.actor,
        MigrationAttr.APP_VERSION: details.app_version,
        # What has run before the application is what code knows that has no phases.
        MigrationAttr.PHASE: details.phase if details.phase == "after" else None,
        MigrationAttr.RESTORE_POINT: restore_point_text(details.restore_point),
    }
    return {name.value: {"S": storable(text)} for name, text in texts.items() if text}


def failure_attribute(failure: Failure) -> dict[str, Any]:
    return {
        "M": {
            "type": {"S": printable(failure.type, LONGEST_MESSAGE)},
            "message": {"S": printable(failure.message, LONGEST_MESSAGE)},
            "where": {"S": printable(failure.where, LONGEST_MESSAGE)},
        }
    }


def progress_attribute(
    done: float, total: float, figures: Mapping[str, float], waits_for: str = ""
) -> dict[str, Any] | None:
    """The progress as an attribute; None: there is nothing in it that could be kept."""
    counted = {"done": number(done), "total": number(total)}
    if None in counted.values():
        return None
    numbers = {name: {"N": _number_text(value)} for name, value in {**kept_figures(figures), **counted}.items()}
    # Code that does not know it reads numbers alone.
    return {"M": numbers | ({_WAITS_FOR: {"S": storable(waits_for)}} if waits_for else {})}


def _number_text(value: Any) -> str:
    # Sixteen digits are what a float has, and what a number in an item may have more of.
    return str(value) if isinstance(value, int) else f"{value:.16g}"


def item_id(item: Mapping[str, Any]) -> str:
    """The partition key, whatever it is called."""
    return text_of(item, ItemKey.OURS) or text_of(item, ItemKey.GO) or ""


def read_records(table: str, items: Iterable[Mapping[str, Any]]) -> list[Record]:
    """
    Each of *items* that is a migration's; others are left out with a warning.

    Raises:
        MigrationsError: There are items, and none is a migration's: the table is another one.
    """
    records, odd = [], []
    for item in items:
        if is_id(item_id(item)):
            records.append(read_record(table, item))
        else:
            odd.append(item_id(item))
    if odd and not records:
        raise _no_migration(table, odd[0])
    if odd:
        told = [printable(one, 100) for one in odd[:_MOST_NAMED]]
        sentence = f"The table {table} has items that are no migrations, and they are passed over: {', '.join(told)}."
        log_event(
            _logger, logging.WARNING, "history.item_passed_over", sentence, table=table, items=told, count=len(odd)
        )
    return records


def read_record(table: str, item: Mapping[str, Any]) -> Record:
    """
    Id and mark decide. A mark that is neither true nor false counts as dirty, so that a person looks at it; any other
    attribute that makes no sense is left out with a warning, and stays in the item as it is.

    Raises:
        MigrationsError: The item is no migration's.
    """
    migration_id = item_id(item)
    if not is_id(migration_id):
        raise _no_migration(table, migration_id)
    odd: list[str] = []
    read = _Reader(item, odd)
    progress, figures, waits_for = read.progress()
    record = Record(
        id=migration_id,
        dirty=read.dirty(),
        details=Details(
            description=read.text(MigrationAttr.DESCRIPTION),
            checksum=read.text(MigrationAttr.CHECKSUM),
            run_id=read.text(MigrationAttr.RUN_ID),
            actor=read.text(MigrationAttr.ACTOR),
            app_version=read.text(MigrationAttr.APP_VERSION),
            phase=read.phase(),
            restore_point=read.of(MigrationAttr.RESTORE_POINT, restore_point_of),
        ),
        action=read.direction(),
        started_at=read.text(MigrationAttr.STARTED_AT),
        finished_at=read.text(MigrationAttr.FINISHED_AT),
        duration_ms=read.of(MigrationAttr.DURATION_MS, whole_of),
        failure=read.failure(),
        checkpoint=read.of(MigrationAttr.CHECKPOINT, json_of),
        progress=progress,
        figures=figures,
        detached=read.text(MigrationAttr.DETACHED),
        waits_for=waits_for,
        verified=read.of(MigrationAttr.VERIFIED, _verification_of),
        clean_since=read.of(MigrationAttr.CLEAN_SINCE, _moment_of),
        cost=read.of(MigrationAttr.COST, _figures_of) or {},
    )
    if odd:
        sentence = f"The item of {migration_id} in {table} has attributes that make no sense, and they are left out: {', '.join(odd)}."
        log_event(
            _logger, logging.WARNING, "history.attribute_not_read", sentence, migration=migration_id, attributes=odd
        )
    return record


class _Reader:
    """One item's attributes; the names of those that make no sense go to *odd*."""

    def __init__(self, item: Mapping[str, Any], odd: list[str]) -> None:
        self._item = item
        self._odd = odd

    def of(self, name: str, read: Callable[[Mapping[str, Any], str], Any]) -> Any:
        # Most items have half of what one may have.
        if name not in self._item:
            return None
        value = read(self._item, name)
        if value is None:
            self._odd.append(str(name))
        return value

    def text(self, name: str) -> str | None:
        found: str | None = self.of(name, text_of)
        return found

    def dirty(self) -> bool:
        for name in (MigrationAttr.DIRTY, MigrationAttr.DIRTY_GO):
            if name in self._item:
                mark = value_of(self._item, name, "BOOL")
                if not isinstance(mark, bool):
                    self._odd.append(str(name))
                return mark is not False
        return False

    def direction(self) -> Direction:
        told = self.text(MigrationAttr.ACTION)
        if told is None:
            return Direction.DO
        if told not in _DIRECTIONS:
            self._odd.append(str(MigrationAttr.ACTION))
        return _DIRECTIONS.get(told, Direction.DO)

    def phase(self) -> Phase | None:
        told = self.text(MigrationAttr.PHASE)
        if told is not None and told not in choices(Phase):
            self._odd.append(str(MigrationAttr.PHASE))
        return "after" if told == "after" else None

    def failure(self) -> Failure | None:
        parts = self.of(MigrationAttr.ERROR, map_of)
        if not parts:
            return None
        return Failure(**{name: text_of(parts, name) or "" for name in ("type", "message", "where")})

    def progress(self) -> tuple[tuple[float, float] | None, dict[str, float], str]:
        parts = self.of(MigrationAttr.PROGRESS, map_of)
        if not parts:
            return None, {}, ""
        figures = {name: value for name in parts if (value := number_of(parts, name)) is not None}
        done, total = figures.pop("done", None), figures.pop("total", None)
        if done is None or total is None:
            self._odd.append(str(MigrationAttr.PROGRESS))
            return None, {}, ""
        return (done, total), figures, text_of(parts, _WAITS_FOR) or ""


def _verification_of(item: Mapping[str, Any], name: str) -> Verification | None:
    if (value := json_of(item, name)) is None:
        return None
    # Here, as in those below: most runs that do nothing meet none.
    from ..verification import Verification

    return Verification.from_dict(value)


def restore_point_text(point: RestorePoint | None) -> str | None:
    return None if point is None else json.dumps(point.to_dict())


def restore_point_of(item: Mapping[str, Any], name: str) -> RestorePoint | None:
    if (value := json_of(item, name)) is None:
        return None
    from ..restore_point import RestorePoint

    return RestorePoint.from_dict(value)


def _figures_of(item: Mapping[str, Any], name: str) -> Mapping[str, float] | None:
    value = json_of(item, name)
    return kept_figures(value) if isinstance(value, dict) else None


def _moment_of(item: Mapping[str, Any], name: str) -> str | None:
    """The time that is there as text; None: there is none that can be read."""
    text = text_of(item, name)
    try:
        return text if text and datetime.fromisoformat(text).tzinfo else None
    except ValueError:
        return None


def _no_migration(table: str, item: str) -> MigrationsError:
    return MigrationsError(
        f"The table {table} has an item {item!r}, which is no migration.",
        next_step="Check that this is the table of migrations, and not one of the application's.",
    )
