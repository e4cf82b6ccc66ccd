"""A command that is carried out here, on a state and a folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from dynamigrate import DynamoDBTarget, FolderSource, MigrationsError
from dynamigrate.commands.process_door import ProcessDoor, new_run_id
from dynamigrate.commands.registry import respond

from ..aws import Aws
from ..faults import Fault, Interrupted, UsedWrongly
from . import Answer, Listener, LogLine, nobody
from .cloudwatch import watching
from .interrupts import Interrupts
from .names import Names
from .whoever import whoever

_LOGGER: Final = "dynamigrate"
# Commands that call functions of migrations.
_AT_WORK: Final = frozenset({"plan", "verify", "migrate", "step", "to", "undo", "rewind", "reset"})
_INTERRUPTED: Final = LogLine(
    message="Interrupted: the run stops at its next checkpoint, or before its next migration. Once more interrupts it at "
    "once, and leaves the migration dirty.",
    level="WARNING",
)
_NO_STATE: Final = (
    "Check --table and --lock-table, --region and --profile (`dynamigrate config`); where nothing has run yet, "
    'invoke {"action": "migrate"}, which makes them.'
)
# What a record of `logging` has beside the fields of an event.
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "event", "taskName"}


class LocalPlace:
    """
    Runs the engine in this process.

    Args:
        names: Where the state is, and what migrations get.
    """

    def __init__(self, aws: Aws, names: Names) -> None:
        self._aws = aws
        self._names = names

    @property
    def words(self) -> str:
        return f"table {self._names.table} in {self._aws.place}"

    @property
    def short_words(self) -> str:
        return f"table {self._names.table}"

    @property
    def goes_on(self) -> bool:
        return False

    def ask(self, event: Mapping[str, object], *, listener: Listener = nobody, long: bool = False) -> Answer:
        door = self._door(str(event["action"]))

        def hear(line: LogLine) -> None:
            interrupts.watch(line)
            listener(line)

        with Interrupts(lambda: listener(_INTERRUPTED)) as interrupts, _heard(hear):
            door.interrupted = interrupts.reason
            answer: Answer = respond(dict(event), door)
        if (answer.get("error") or {}).get("type") == "KeyboardInterrupt":
            raise Interrupted("Interrupted; no migration was under way.", kind="Interrupted")
        if (answer.get("error") or {}).get("type") == "StateMissing":
            answer["error"]["next"] = _NO_STATE
        return {**answer, "interrupted": True} if interrupts.count else answer

    def follow(self, answer: Answer, *, listener: Listener = nobody) -> Answer:
        """Nothing goes on after a command here."""
        return answer

    def _door(self, action: str) -> ProcessDoor:
        names = self._names
        if not names.folder.is_dir():
            raise Fault(
                f"There is no folder {names.folder} ({names.folder_origin}).",
                'Give --migrations DIR, or migrations = "DIR" in [tool.dynamigrate]; `dynamigrate new "..."` makes the '
                "first migration.",
                kind="NoFolder",
            )
        client, run_id = self._aws.state_client(), new_run_id()
        try:
            target = DynamoDBTarget(
                client,
                table_name=names.table,
                lock_table_name=names.lock_table,
                lock_id=names.lock_id,
                holder=whoever(),
                run_id=run_id,
            )
        except MigrationsError as error:
            raise UsedWrongly(error.message, f"{error.next_step} Nothing was done.", kind="InvalidSetting") from error
        return ProcessDoor(
            source=FolderSource(names.folder),
            target=target,
            run_id=run_id,
            actor=whoever(),
            state={"table_name": names.table, "lock_table_name": names.lock_table, "lock_id": names.lock_id},
            tables=names.tables,
            params=names.params,
            policy=names.policy,
            hint_at=self._aws.hint,
            # There is no log here that would have a traceback.
            otherwise="",
            **names.more,
            # Migrations get one that is as AWS's settings have it.
            **({"client": self._aws.client("dynamodb"), **watching(self._aws)} if action in _AT_WORK else {}),
        )


@contextmanager
def _heard(listener: Listener) -> Iterator[None]:
    """A block whose lines *listener* gets, and nobody else."""
    handler = _Listening(listener)
    logger = logging.getLogger(_LOGGER)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class _Listening(logging.Handler):
    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        try:
            line = LogLine(
                message=record.getMessage(),
                event=str(getattr(record, "event", "")),
                level=record.levelname,
                fields=fields,
            )
        except Exception:  # noqa: BLE001 - as every handler of logging: a line of a migration's own may be anything
            self.handleError(record)
        else:
            self._listener(line)
