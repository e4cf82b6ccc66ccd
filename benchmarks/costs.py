"""
What a run in the state machine costs, worked out: events, state transitions, Lambda's time and DynamoDB's units.

Only what grows with the time, the workers and the segments is counted; what happens once in a run is left out, and so are
claims that come too late, and the rewriting itself, which costs the same however many do it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

# Dollars, in Virginia, 2026: a state transition of a standard workflow; a GB-second of Lambda on Arm, and a call; a write
# and a read unit of a table on demand.
TRANSITION: Final = 25e-6
GB_SECOND: Final = 0.0000133334
CALL: Final = 0.2e-6
WRITE_UNIT: Final = 0.625e-6
READ_UNIT: Final = 0.125e-6

# The most events that an execution's history takes.
MOST_EVENTS: Final = 25_000
# The execution starts and succeeds; its last state is entered and exited.
_FRAME_EVENTS: Final = 4
# A task is entered, scheduled, started, done and exited; the choice after it is entered and exited.
CALL_EVENTS: Final = 7
# Entered, started, done and exited.
_MAP_EVENTS: Final = 4
# Each state that is entered is one.
_CALL_TRANSITIONS: Final = 2

# The construct's own settings: GB, and seconds.
MEMORY: Final = 1.0
CALL_SECONDS: Final = 900
RUN_SECONDS: Final = 3_300

# How often in seconds; what the engine has for these.
SAVE_SECONDS: Final = 5.0
BEAT_SECONDS: Final = 20 / 3
LOOK_SECONDS: Final = 2.0
EXCHANGE_SECONDS: Final = 30.0
SAVES_A_SECOND: Final = 4
THREADS: Final = 32

# Bytes: of a lock's item, of one that a fleet has, more for each of its workers; of a segment's item, and of one that has
# what a worker consumed in a quarter of an hour.
LOCK: Final = 300
FLEET_LOCK: Final = 1_500
WORD: Final = 50
SEGMENT: Final = 500
CONSUMED: Final = 1_900
# A transaction takes a hundred actions, of which one is about the lock.
_MOST_ACTIONS: Final = 99


@dataclass(frozen=True, kw_only=True)
class Cost:
    """
    Attributes:
        events: Of the execution's own history.
        worker_events: Of the history of each worker's execution; 0: there is no fleet.
        seconds: Of functions, all together.
    """

    events: int
    worker_events: int = 0
    transitions: int
    calls: int
    seconds: float
    write_units: float
    read_units: float

    @property
    def machine(self) -> float:
        """Dollars for Step Functions."""
        return self.transitions * TRANSITION

    @property
    def functions(self) -> float:
        """Dollars for Lambda."""
        return self.seconds * MEMORY * GB_SECOND + self.calls * CALL

    @property
    def state(self) -> float:
        """Dollars for DynamoDB's units of lock and segments."""
        return self.write_units * WRITE_UNIT + self.read_units * READ_UNIT

    @property
    def dollars(self) -> float:
        return self.machine + self.functions + self.state


def execution_events(calls: int, *, maps: int = 0) -> int:
    """In the history of an execution that calls its function so often, and succeeds."""
    return _FRAME_EVENTS + calls * CALL_EVENTS + maps * _MAP_EVENTS


def execution_transitions(calls: int, *, maps: int = 0) -> int:
    """Of the same."""
    return calls * _CALL_TRANSITIONS + maps + 1


def most_calls() -> int:
    """As many as fit in the history of one execution."""
    return (MOST_EVENTS - _FRAME_EVENTS) // CALL_EVENTS


def run_alone(*, segments: int, seconds: float = RUN_SECONDS) -> Cost:
    """One function after the other; the first one is called by CloudFormation."""
    calls = math.ceil(seconds / CALL_SECONDS)
    at_work = min(THREADS, segments)
    lock, saves = _written(LOCK), seconds / SAVE_SECONDS
    # Segments and what was consumed, fenced by the lock; the migration's progress, fenced by it too; and the beats.
    save = 2 * (at_work * _written(SEGMENT) + _written(CONSUMED) + lock)
    writes = saves * (save + 2 * (1 + lock)) + seconds / BEAT_SECONDS * lock
    return Cost(
        events=execution_events(calls - 1),
        transitions=execution_transitions(calls - 1),
        calls=calls,
        seconds=seconds,
        write_units=writes + _cleared(segments),
        read_units=(calls - 1) * _scanned(segments),
    )


def run_in_fleet(workers: int, *, segments: int, seconds: float = RUN_SECONDS) -> Cost:
    """As many workers as that, all the time; two calls of the function begin and end it."""
    calls = math.ceil(seconds / CALL_SECONDS)
    lock_bytes = FLEET_LOCK + workers * WORD
    lock, look = _written(lock_bytes), _read(lock_bytes)
    at_work = min(THREADS, segments // workers)
    save_seconds = max(SAVE_SECONDS, workers / SAVES_A_SECOND)
    # Between two saves each says that it is alive.
    words = math.ceil(save_seconds / SAVE_SECONDS) - 1
    save = 2 * (at_work * _written(SEGMENT) + lock) + words * lock
    exchange = 2 * (_written(CONSUMED) + lock)
    writes = workers * seconds * (save / save_seconds + exchange / EXCHANGE_SECONDS)
    reads = workers * seconds * (look / LOOK_SECONDS + workers * _read(CONSUMED) / EXCHANGE_SECONDS)
    # Each segment is claimed once, fenced by the lock; and each worker looks at all, before nothing is left for it.
    claims, looks = segments * 2 * (_written(SEGMENT) + lock), workers * segments * _read(SEGMENT)
    return Cost(
        events=execution_events(2, maps=1),
        worker_events=execution_events(calls),
        transitions=execution_transitions(2, maps=1) + workers * execution_transitions(calls),
        calls=3 + workers * calls,
        seconds=workers * seconds,
        write_units=writes + claims + _cleared(segments),
        read_units=reads + looks + _scanned(segments),
    )


def _cleared(segments: int) -> float:
    """Units to delete the items of all segments."""
    return 2 * (segments * _written(SEGMENT) + math.ceil(segments / _MOST_ACTIONS) * _written(LOCK))


def _scanned(segments: int) -> float:
    """Units to read them all at once."""
    return _read(segments * SEGMENT)


def _written(size: float) -> int:
    """Units of one write, outside of a transaction; within one it is twice as many."""
    return math.ceil(size / 1024)


def _read(size: float) -> int:
    """Units of one read that is consistent."""
    return math.ceil(size / 4096)
