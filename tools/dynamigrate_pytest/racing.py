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
from .values import ABSENT, Raw, as_raw, canonical, differing, told, told_item

_NOT_MADE: Final = {"ConditionalCheckFailedException", "ResourceNotFoundException", "ValidationException"}
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
        except client.exceptions.ClientError as error:
            # There is none, or the item can't be that: it is too large with it, say, or as large as a stand-in takes.
            if error.response["Error"]["Code"] not in _NOT_MADE:
                raise


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
        self._clean = start
        # By the change: the end where it comes before the whole migration; None: the migration can't take it.
        self._after: dict[str, Snapshot | None] = {}

    def meetings(self) -> Iterator[tuple[Request, Change]]:
        """
        Each write of the migration's to an item that is there, with each change that somebody may have made to it.

        What the migration leaves as it is, it may have read all the same; but of items that look alike it is enough to change
        that in one, or a table of wide items would take minutes.
        """
        self._database.put_back(self._start)
        requests = self._trial.run(self._trial.new_target())
        self._clean = self._database.take()
        seen = set()
        for request in requests:
            for name, key in dict.fromkeys(self._met(request)):
                table = self._start.tables[name]
                done = self._clean.tables[name].items.get(key, {}) if name in self._clean.tables else {}
                raw = table.items[key]
                # Where the item is gone afterwards, nothing is known of any attribute.
                touched = {one for one in done if next(differing(raw.get(one, ABSENT), done[one]), None)} | (
                    raw.keys() - done.keys() if done else set()
                )
                looks = name, request.operation, frozenset((one, *raw[one]) for one in raw), frozenset(touched)
                for change in _changes(name, table, raw, done):
                    if change.name in {"", _NEW, *touched} or (looks, change.name) not in seen:
                        seen.add((looks, change.name))
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
        first = self._first(change)
        if first is None:
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
        if end != first and self._last(change) != end:
            details = [f"{change}, {when}", "Had that come first, the end would be another:"]
            details += differences(first, end, ("should be", "is"))
            what = "it writes over what somebody else wrote in between."
            return Finding(kind="lost write", what=what, details=details, advice=_ADVICE)
        return self._unsettled(target, change, when)

    def _first(self, change: Change) -> Snapshot | None:
        """The end where *change* comes before the whole migration; None: it can't take that at all."""
        known = str(change)
        if known not in self._after:
            self._database.put_back(self._start)
            change.carry_out(self._database.client)
            try:
                self._trial.run(self._trial.new_target())
            except MigrationsError:
                self._after[known] = None
            else:
                self._after[known] = self._database.take()
        return self._after[known]

    def _last(self, change: Change) -> Snapshot:
        """The end where *change* comes after it."""
        self._database.put_back(self._clean)
        change.carry_out(self._database.client)
        return self._database.take()

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
