"""One worker of a fleet: the parts that are its own, and what it says to its siblings."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from ..contract import LockAttr, MigrationAttr
from ..fleet import Fleet, FleetStatus, Part, WorkerFailure, said_at
from ..targets.fleets import NO_PARTS
from .attributes import text_of
from .fleet_lock import FleetLock
from .items import item_id
from .lock.status import read_status
from .retries import CONDITION_FAILED, cancellation_reasons, code, item_of, pause, retrying
from .segments import SegmentItems

T = TypeVar("T")

# A transaction takes a hundred actions, of which one is about the lock.
_MOST_ACTIONS: Final = 99
_MOST_READ: Final = 100
# Seconds. A sibling that says nothing new for so long does not count.
_SILENCE: Final = 15.0
_PLACES: Final = 3


class FleetMember:
    """
    Writes its own parts, its own word, and adds to the figures of all; each write is refused once the fleet is over, and
    that of a part once it is another's.

    A part's ``Owner`` is the fleet's token, the worker's number and a token of this process: what an earlier process of
    the same worker had is this one's to take.
    """

    def __init__(self, client: Any, lock: FleetLock, segments: SegmentItems, *, fleet: Fleet, number: int) -> None:
        self.fleet = fleet
        self.number = number
        self.lock = lock
        self._client = client
        self._table = lock.table
        self._clock = lock.clock
        self._prefix = segments.prefix(fleet.migration)
        self._worker = f"{lock.token}/{number}/"
        self._owner = f"{self._worker}{secrets.token_hex(8)}"
        self._heard: dict[int, tuple[str, float]] = {}
        self._hear()

    @property
    def status(self) -> FleetStatus:
        return self.lock.fleet

    def look_if_due(self) -> bool:
        if not self.lock.look_if_due():
            return False
        self._hear()
        return True

    def active(self) -> frozenset[int]:
        now = self._clock.monotonic()
        return frozenset(number for number, (_, at) in self._heard.items() if now - at <= _SILENCE)

    def _hear(self) -> None:
        """
        Take note of what siblings say, and since when they have said nothing else, by this machine's own clock: what is
        heard first is as old as the time that it begins with tells.
        """
        now, wall = self._clock.monotonic(), self._clock.time()
        heard = {}
        for number, word in self.status.workers.items():
            before = self._heard.get(number)
            if before is None:
                heard[number] = word, now - max(0.0, wall - said_at(word, wall))
            else:
                heard[number] = before if before[0] == word else (word, now)
        heard.pop(self.number, None)
        self._heard = heard

    def parts(self, numbers: Sequence[int]) -> dict[int, Part]:
        found = {number: Part() for number in numbers}
        for start in range(0, len(numbers), _MOST_READ):
            for item in self._read(numbers[start : start + _MOST_READ]):
                text = text_of(item, MigrationAttr.CHECKPOINT.value)
                found[int(item_id(item).removeprefix(self._prefix))] = Part(
                    cursor=_cursor(text), text=text, owner=text_of(item, LockAttr.OWNER.value)
                )
        return found

    def _read(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        keys = [self._table.key(f"{self._prefix}{number}") for number in numbers]
        items: list[dict[str, Any]] = []
        for attempt in count():
            request = {self._table.name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._retrying(partial(self._client.batch_get_item, RequestItems=request))
            items += answer["Responses"].get(self._table.name, [])
            keys = answer.get("UnprocessedKeys", {}).get(self._table.name, {}).get("Keys", [])
            if not keys:
                break
            pause(self._clock, attempt)
        return items

    def is_free(self, part: Part) -> bool:
        owner = part.owner
        return owner is None or not owner.startswith(f"{self.lock.token}/") or owner.startswith(self._worker)

    def claim(self, parts: Mapping[int, Part]) -> set[int]:
        return self._transact({number: self._claim(number, part) for number, part in parts.items()}, self._unchanged)

    def save(
        self,
        cursors: Mapping[int, Any],
        figures: Mapping[str, float],
        word: str,
        *,
        by_part: Mapping[int, Mapping[str, float]] = NO_PARTS,
    ) -> set[int]:
        def tell(numbers: Sequence[int]) -> dict[str, Any]:
            return {"Update": self._told(_sum(by_part.get(number, {}) for number in numbers), word)}

        actions = {number: self._save(number, cursor) for number, cursor in cursors.items()}
        done = self._transact(actions, tell)
        if figures or not done:
            self._update(self._told(figures, word))
        return actions.keys() - done

    def give_back(self, numbers: Sequence[int]) -> None:
        names = {"#owner": LockAttr.OWNER.value}
        self._transact(
            {number: self._update_part(number, "REMOVE #owner", names, {}) for number in numbers}, self._unchanged
        )

    def leave(self) -> None:
        action = self.lock.conditional()
        action["UpdateExpression"] = "REMOVE #workers.#number"
        action["ExpressionAttributeNames"] |= {"#workers": LockAttr.WORKERS.value, "#number": str(self.number)}
        self._update(action)

    def fail(self, failure: WorkerFailure) -> None:
        action = self.lock.conditional()
        action["UpdateExpression"] = "SET #failure = if_not_exists(#failure, :failure)"
        action["ExpressionAttributeNames"] |= {"#failure": LockAttr.FAILURE.value}
        action["ExpressionAttributeValues"] |= {":failure": {"S": failure.text}}
        self._update(action)

    def _told(self, figures: Mapping[str, float], word: str) -> dict[str, Any]:
        """The change of the lock's item that goes with a save."""
        action = self.lock.conditional()
        names, values = action["ExpressionAttributeNames"], action["ExpressionAttributeValues"]
        names |= {"#beat": LockAttr.BEAT.value, "#workers": LockAttr.WORKERS.value, "#number": str(self.number)}
        values |= {":one": {"N": "1"}, ":word": {"S": word}}
        sets = ["#beat = #beat + :one", "#workers.#number = :word"]
        if figures:
            names["#figures"] = LockAttr.FIGURES.value
            values[":zero"] = {"N": "0"}
        for place, (name, more) in enumerate(figures.items()):
            names[f"#f{place}"], values[f":f{place}"] = name, {"N": str(round(more, _PLACES))}
            sets.append(f"#figures.#f{place} = if_not_exists(#figures.#f{place}, :zero) + :f{place}")
        action["UpdateExpression"] = f"SET {', '.join(sets)}"
        return action

    def _claim(self, number: int, part: Part) -> dict[str, Any]:
        names = {"#owner": LockAttr.OWNER.value, "#checkpoint": MigrationAttr.CHECKPOINT.value}
        values = {":mine": {"S": self._owner}}
        # Whoever had it between our look and now may have got further.
        seen = "attribute_not_exists(#checkpoint)" if part.text is None else "#checkpoint = :seen"
        owned = "attribute_not_exists(#owner)" if part.owner is None else "#owner = :owner"
        if part.text is not None:
            values[":seen"] = {"S": part.text}
        if part.owner is not None:
            values[":owner"] = {"S": part.owner}
        # An earlier try, whose answer was lost, may have been carried out.
        condition = f"{seen} AND ({owned} OR #owner = :mine)"
        return self._update_part(number, "SET #owner = :mine", names, values, condition)

    def _save(self, number: int, cursor: Any) -> dict[str, Any]:
        names = {"#owner": LockAttr.OWNER.value, "#checkpoint": MigrationAttr.CHECKPOINT.value}
        values = {":cursor": {"S": json.dumps(cursor)}}
        return self._update_part(number, "SET #checkpoint = :cursor", names, values)

    def _update_part(
        self,
        number: int,
        update: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
        condition: str = "#owner = :mine",
    ) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": self._table.key(f"{self._prefix}{number}"),
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": dict(names),
                "ExpressionAttributeValues": {":mine": {"S": self._owner}, **values},
            }
        }

    def _unchanged(self, _numbers: Sequence[int]) -> dict[str, Any]:
        return self.lock.condition()

    def _transact(
        self, actions: Mapping[int, dict[str, Any]], beside: Callable[[Sequence[int]], dict[str, Any]]
    ) -> set[int]:
        """
        Carry out *actions* on parts; returns the numbers of those that were carried out.

        Args:
            beside: Makes what each transaction does with the lock, given the numbers in it.

        Raises:
            LockLost: The fleet is over; nothing was done.
        """
        self.lock.require()
        left, done = list(actions), set[int]()
        while left:
            some = left[:_MOST_ACTIONS]
            refused = self._try([actions[number] for number in some], beside(some))
            if refused:
                left = [number for place, number in enumerate(some) if place not in refused] + left[_MOST_ACTIONS:]
                continue
            done.update(some)
            left = left[_MOST_ACTIONS:]
        return done

    def _try(self, actions: Sequence[dict[str, Any]], beside: dict[str, Any]) -> set[int]:
        """
        One transaction; returns the places of those *actions* that keep it from being carried out.

        Raises:
            LockLost: The fleet is over.
        """
        # The same for all tries: what is added is added once.
        token = secrets.token_hex(16)
        try:
            self._retrying(
                partial(self._client.transact_write_items, TransactItems=[*actions, beside], ClientRequestToken=token)
            )
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if reasons and reasons[-1].get("Code") == "ConditionalCheckFailed":
                self._refused(reasons[-1].get("Item"))
            refused = {
                place for place, reason in enumerate(reasons[:-1]) if reason.get("Code") == "ConditionalCheckFailed"
            }
            if not refused:
                raise
            return refused
        return set()

    def _update(self, action: dict[str, Any]) -> None:
        """
        Change the lock's item alone.

        Raises:
            LockLost: The fleet is over.
        """
        self.lock.require()
        try:
            self._retrying(partial(self._client.update_item, **action))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            self._refused(item_of(error))

    def _refused(self, item: Mapping[str, Any] | None) -> None:
        self.lock.refused(read_status(self.lock.seen.lock_id, item) if item else None)
        self.lock.require()

    def _retrying(self, call: Callable[[], T]) -> T:
        return self._table.adapting(lambda: retrying(self._client, self._clock, call))


def _sum(counted: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for figures in counted:
        for name, more in figures.items():
            total[name] = total.get(name, 0) + more
    return total


def _cursor(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        # It is as if the part had not begun, which does no harm.
        return None
