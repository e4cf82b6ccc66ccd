"""What others write while a migration runs is there afterwards, or was seen by it: nothing is written over it unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dynamigrate import MigrationsError

from .finding import Finding
from .repeating import cause
from .requests import Request
from .snapshot import Snapshot, TableState, differences, key_text
from .trial import Trial
from .values import Raw, as_raw, canonical, told, told_item

_NEW: Final = "written_meanwhile"
_ADVICE: Final = (
    "Between reading an item and writing it somebody else may change it: set only the attributes that are yours "
    "(update_item, never put_item of what was read), on the condition that what was read is still so, and read again where it "
    "is not. A Backfill does all that, without overwrite=True."
)
_SETTLE: Final = "Return None for an item that is as it should be."


@dataclass(frozen=True)
class Change:
    """
    What the application writes: one attribute of one item, or that there is no such item any more.

    Attributes:
        value: In DynamoDB's notation.
    """

    table: str
    key: Raw
    name: str = ""
    value: Any = None

    def __str__(self) -> str:
        what = f"set {self.name} to {told(self.value)}" if self.name else "deleted it"
        return f"{self.table} {told_item(self.key)}: the application {what}"

    def carry_out(self, client: Any) -> None:
        """Make it, if the item is there."""
        there = {"ConditionExpression": "attribute_exists(#key)"}
        names = {"#key": next(iter(self.key))}
        try:
            if not self.name:
                client.delete_item(TableName=self.table, Key=self.key, ExpressionAttributeNames=names, **there)
                return
            client.update_item(
                TableName=self.table,
                Key=self.key,
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={**names, "#name": self.name},
                ExpressionAttributeValues={":value": self.value},
                **there,
            )
        except (client.exceptions.ConditionalCheckFailedException, client.exceptions.ResourceNotFoundException):
            return


def losing_a_write(trial: Trial, start: Snapshot) -> Finding | None:
    """
    What is neither as if the application had written first, nor as if it had written last, where it writes to an item right
    before the migration does.
    """
    race = _Race(trial, start)
    for request, change in race.meetings():
        found = race.run(request, change)
        if found is not None:
            return found
    return None


class _Race:
    def __init__(self, trial: Trial, start: Snapshot) -> None:
        self._trial = trial
        self._database = trial.database
        self._start = start
        self._ends: dict[str, list[Snapshot]] = {}

    def meetings(self) -> Iterator[tuple[Request, Change]]:
        """Each write of the migration's to an item that is there, with each change that somebody may have made to it."""
        self._database.put_back(self._start)
        requests = self._trial.run(self._trial.new_target())
        clean = self._database.take()
        for request in requests:
            for name, key in dict.fromkeys(self._met(request)):
                table = self._start.tables[name]
                done = clean.tables[name].items.get(key, {}) if name in clean.tables else {}
                for change in _changes(name, table, table.items[key], done):
                    yield request, change

    def _met(self, request: Request) -> Iterator[tuple[str, str]]:
        """The tables and keys of items that are there, which *request* writes to."""
        for name, written in request.written:
            table = self._start.tables.get(name)
            if table is None or not all(one in written for one in table.keys):
                continue
            key = key_text(as_raw({one: written[one] for one in table.keys}))
            if key in table.items:
                yield name, key

    def run(self, request: Request, change: Change) -> Finding | None:
        """What comes of *change* right before *request*."""
        ends = self._serial(change)
        if ends is None:
            return None
        self._database.put_back(self._start)
        target = self._trial.new_target()

        def meet(now: Request) -> None:
            if now.number == request.number:
                change.carry_out(self._database.client)

        when = f"right before {request}"
        try:
            self._trial.run(target, before=meet)
        except MigrationsError:
            # Then a deploy fails, and the next one has to come to a good end.
            try:
                self._trial.recover(target, "do")
            except MigrationsError as error:
                what = "it fails where somebody else writes in between, and again when it is run again."
                return Finding(kind="stuck", what=what, details=[f"{change}, {when}", cause(error)], advice=_ADVICE)
        end = self._database.take()
        if not any(end == one for one in ends):
            details = [f"{change}, {when}", "Had that come first, the end would be another:"]
            details += differences(ends[0], end, ("should be", "is"))
            what = "it writes over what somebody else wrote in between."
            return Finding(kind="lost write", what=what, details=details, advice=_ADVICE)
        return self._unsettled(target, change, when)

    def _serial(self, change: Change) -> list[Snapshot] | None:
        """The two good ends: with the change first, and with the migration first; None: it can't take the change at all."""
        known = str(change)
        if known not in self._ends:
            self._database.put_back(self._start)
            change.carry_out(self._database.client)
            try:
                self._trial.run(self._trial.new_target())
            except MigrationsError:
                self._ends[known] = []
            else:
                first = self._database.take()
                self._trial.done(self._start)
                change.carry_out(self._database.client)
                self._ends[known] = [first, self._database.take()]
        return self._ends[known] or None

    def _unsettled(self, target: Any, change: Change, when: str) -> Finding | None:
        looks = [record.verified for record in target.records() if record.verified is not None]
        if not looks or looks[0].clean:
            return None
        look = looks[0]
        keys = [f"it would change the item {key}" for key in look.keys]
        details = [f"{change}, {when}", f"A look afterwards: {look.findings}", *keys]
        what = "once it is done, it would still change items: it does not settle."
        return Finding(kind="unsettled", what=what, details=details, advice=look.about_unsettled or _SETTLE)


def _changes(name: str, table: TableState, raw: Raw, done: Raw) -> Iterator[Change]:
    """
    To the item *raw*, of which the migration makes *done*: an attribute that nobody knows, another value of each that it has
    or is given, and that it is gone.
    """
    key = table.key_of(raw)
    yield Change(name, key, _NEW, {"S": "by the application"})
    others = [one for one in table.items.values() if one is not raw]
    for attribute in sorted({*raw, *done} - {*table.keys}):
        value = raw.get(attribute) or done[attribute]
        other = _other_value(attribute, value, others)
        if other is not None:
            yield Change(name, key, attribute, other)
    yield Change(name, key)


def _other_value(attribute: str, value: Any, others: Sequence[Mapping[str, Any]]) -> Any:
    """Another value that the attribute may have: if possible what it has elsewhere."""
    [(kind, content)] = value.items()
    for one in others:
        other = one.get(attribute)
        if other is not None and kind in other and canonical(other) != canonical(value):
            return other
    match kind:
        case "S":
            return {"S": f"{content} (changed)"}
        case "N":
            return {"N": "1" if Decimal(content) != 1 else "2"}
        case "BOOL":
            return {"BOOL": not content}
        case "L":
            return {"L": [*content, {"S": "added"}]}
        case "M":
            return {"M": {**content, _NEW: {"S": "by the application"}}}
        case "SS":
            return {"SS": [*content, "added"]}
        case _:
            return None
