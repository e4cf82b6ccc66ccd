"""
What the construct and the Lambda function must agree on: names that travel between two programs.

The construct library imports this module at synth, so it needs nothing but the standard library.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

HANDLER: Final = "dynamigrate.handler.handle"
# Of the functions that only look: for a dashboard, and for alarms.
WIDGET_HANDLER: Final = "dynamigrate.handler.widget.handle"
WATCH_HANDLER: Final = "dynamigrate.handler.watch.handle"

DEFAULT_MIGRATIONS_TABLE: Final = "_migrations"
DEFAULT_LOCK_TABLE: Final = "_migrations-lock"
DEFAULT_LOCK_ID: Final = "migrations"


class Env(StrEnum):
    """Environment variables of the function; all values are text, the maps are JSON objects of strings."""

    MIGRATIONS_FOLDER = "DYNAMIGRATE_MIGRATIONS_FOLDER"
    MIGRATIONS_TABLE = "DYNAMIGRATE_MIGRATIONS_TABLE"
    LOCK_TABLE = "DYNAMIGRATE_LOCK_TABLE"
    LOCK_ID = "DYNAMIGRATE_LOCK_ID"
    TABLES = "DYNAMIGRATE_TABLES"
    PARAMS = "DYNAMIGRATE_PARAMS"
    STACK_NAME = "DYNAMIGRATE_STACK_NAME"
    APP_VERSION = "DYNAMIGRATE_APP_VERSION"
    OUT_OF_ORDER = "DYNAMIGRATE_OUT_OF_ORDER"
    MISSING = "DYNAMIGRATE_MISSING"
    CHANGED = "DYNAMIGRATE_CHANGED"
    ON_FAILURE = "DYNAMIGRATE_ON_FAILURE"
    # Whether a point is looked for, before a run's first write, that its tables can be restored to. Not there: none is.
    RESTORE_POINT = "DYNAMIGRATE_RESTORE_POINT"
    # How long each migration's check may take.
    CHECK_LIMIT_SECONDS = "DYNAMIGRATE_CHECK_LIMIT_SECONDS"
    LOG_LEVEL = "DYNAMIGRATE_LOG_LEVEL"
    # Dollars a million request units, where a team pays others than those that the engine knows.
    PRICES = "DYNAMIGRATE_PRICES"
    # Whether the function may make its state tables; without a `MigrationState` it does.
    MAKES_STATE = "DYNAMIGRATE_MAKES_STATE"
    # The state machine in which a run goes on that one invocation has no time for; empty: there is none.
    MACHINE_ARN = "DYNAMIGRATE_MACHINE_ARN"
    # How long a run may take in all, from its first invocation on.
    RUN_LIMIT_SECONDS = "DYNAMIGRATE_RUN_LIMIT_SECONDS"
    # What the names of the parameters begin with in which CloudFormation's event waits for the end of such a run; the
    # run's id follows.
    EVENTS_PATH = "DYNAMIGRATE_EVENTS_PATH"
    # The key that these are encrypted with; empty: that of the account for Systems Manager.
    EVENTS_KEY = "DYNAMIGRATE_EVENTS_KEY"
    # Whether the run after the application's deploy notes it, as there is one.
    AWAITS_APPLICATION = "DYNAMIGRATE_AWAITS_APPLICATION"
    # The state machine in which detached migrations go on; empty: there is none, and they run as any other.
    DETACHED_MACHINE_ARN = "DYNAMIGRATE_DETACHED_MACHINE_ARN"
    # ``before`` or ``after``: which migrations the function runs, those before the application is deployed or after it.
    PHASE = "DYNAMIGRATE_PHASE"
    # What metrics and events call the history: the stack's name and the path in it of its `Migrations`.
    HISTORY = "DYNAMIGRATE_HISTORY"
    # Whether what happens to migrations is sent to the default bus of EventBridge.
    EVENTS = "DYNAMIGRATE_EVENTS"
    # Of functions that only look: the function that migrates, and where they report to; empty: nowhere.
    FUNCTION_ARN = "DYNAMIGRATE_FUNCTION_ARN"
    TOPIC_ARN = "DYNAMIGRATE_TOPIC_ARN"
    # The name of the log of the function that migrates, for links.
    LOG_GROUP = "DYNAMIGRATE_LOG_GROUP"


# Seconds after a run's limit in which whoever has it must have given it up: the lock waits, and the machine runs, as long.
GRACE_SECONDS: Final = 60
# Seconds: with less than this left, a run is not handed over any more.
LEAST_SLICE_SECONDS: Final = 30


class SliceStatus(StrEnum):
    """What the function answers the state machine that calls it for a slice of a run, under ``status``."""

    # The run was handed over once more: call again.
    MORE = "more"
    # Another call is at work on it: ask again in a while.
    WAIT = "wait"
    # The run has come to where workers go on beside each other: start them, by the numbers in ``workers``.
    FLEET = "fleet"
    # The run is over, and whoever waited for it has been answered; so it is with the next one.
    DONE = "done"
    FAILED = "failed"


# Parameters of the template, which have the names of the properties.
BY_PARAMETERS: Final = "parameters"


class Property(StrEnum):
    """Properties of the custom resource. CloudFormation delivers every one as a string."""

    DEPLOY_ID = "DeployId"
    APP_VERSION = "AppVersion"
    SOURCE_DIGEST = "SourceDigest"
    LOCK_WAIT_SECONDS = "LockWaitSeconds"
    REPAIR = "Repair"
    BASELINE = "Baseline"
    # By which a person says which of an app's histories a repair or a baseline is for.
    CONSTRUCT_PATH = "ConstructPath"
    # How a person gives a deploy these two: `BY_PARAMETERS`; by CDK's context or a prop where it is not there.
    ORDERED_BY = "OrderedBy"
    # The ARN of the function version with the code of this deploy; there only where a rollback is to undo it.
    FUNCTION_VERSION = "FunctionVersion"


class Result(StrEnum):
    """Attributes of the custom resource that a successful answer carries (``Fn::GetAtt``)."""

    RUN_ID = "RunId"
    APPLIED = "Applied"
    APPLIED_COUNT = "AppliedCount"
    CURRENT = "Current"
    # How many the run took: more than one where it went on in the state machine.
    INVOCATIONS = "Invocations"
    # What a person should know although nothing failed: sentences, or `NO_WARNINGS`.
    WARNINGS = "Warnings"
    # The newest migration of this code that is applied, by its full name, or a word where there is none.
    STANDS_AT = "StandsAt"
    # How many of this code's migrations are in which state: ``12 applied, 1 held``.
    COUNTS = "Counts"


# An output may not be empty.
NO_WARNINGS: Final = "none"
NOT_LOOKED_AT: Final = "not looked at"


class ItemKey(StrEnum):
    """The partition key of both state tables; ``id`` is what the Go driver's tables have."""

    OURS = "ID"
    GO = "id"


class ItemKind(StrEnum):
    """What the ids of other items than locks begin with, in the lock's table; the lock's id follows."""

    RUN = "run#"
    SEGMENT = "segment#"
    DEPLOY = "deploy#"
    VERIFICATION = "verification#"
    APPLICATION = "application#"

    @classmethod
    def begins(cls, lock_id: str) -> bool:
        """Whether *lock_id* could be taken for the id of such an item."""
        return lock_id.startswith(tuple(cls))


class RunAttr(StrEnum):
    """Attributes of a run's item."""

    RUN_ID = "RunId"
    ACTOR = "Actor"
    DEPLOY_ID = "DeployId"
    APP_VERSION = "AppVersion"
    COMMAND = "Command"
    STARTED_AT = "StartedAt"
    DURATION_MS = "DurationMs"
    RESULT = "Result"
    APPLIED = "Applied"
    UNDONE = "Undone"
    FAILED = "Failed"
    NOTE = "Note"
    # The moment before its first write, and which tables can be restored to it; JSON.
    RESTORE_POINT = "RestorePoint"


class MigrationAttr(StrEnum):
    """Attributes of an item in the migrations table."""

    DIRTY = "Dirty"
    DIRTY_GO = "dirty"
    DESCRIPTION = "Description"
    CHECKSUM = "Checksum"
    STARTED_AT = "StartedAt"
    FINISHED_AT = "FinishedAt"
    DURATION_MS = "DurationMs"
    RUN_ID = "RunId"
    ACTOR = "Actor"
    APP_VERSION = "AppVersion"
    ACTION = "Action"
    ERROR = "Error"
    CHECKPOINT = "Checkpoint"
    PROGRESS = "Progress"
    # The id of the run of its own in which a dirty one goes on. Code that does not know it takes it for dirty.
    DETACHED = "Detached"
    # ``after``: it ran once the application was deployed. Not there: before.
    PHASE = "Phase"
    # The moment before its first write, and which tables can be restored to it; JSON.
    RESTORE_POINT = "RestorePoint"
    # What was found when the data was looked at again, and what doing it cost; both JSON.
    VERIFIED = "Verified"
    COST = "Cost"
    # Since when nothing of it is left to be done, as found while the application that is deployed now was.
    CLEAN_SINCE = "CleanSince"


class DeployAttr(StrEnum):
    """Attributes of the item that says which deploy ran last; written only where a rollback is to undo it."""

    DEPLOY_ID = "DeployId"
    FUNCTION_VERSION = "FunctionVersion"
    RUN_ID = "RunId"
    REQUEST_ID = "RequestId"


class ApplicationAttr(StrEnum):
    """Attributes of the item that says which application is deployed; written by the run after its deploy."""

    DEPLOY_ID = "DeployId"
    APP_VERSION = "AppVersion"
    AT = "At"


class LockAttr(StrEnum):
    """Attributes of the lock's item while it is held."""

    OWNER = "Owner"
    BEAT = "Beat"
    LEASE_MS = "LeaseMs"
    DEADLINE_MS = "DeadlineMs"
    ACQUIRED_AT = "AcquiredAt"
    HOLDER = "Holder"
    REQUEST_ID = "RequestId"
    RUN_ID = "RunId"
    STOP = "Stop"
    PAUSE = "Pause"
    RATE = "Rate"
    # Of a run that goes on in another process: what that needs to know, and whether it has yet to be taken up.
    CONTINUATION = "Continuation"
    WAITING = "Waiting"
    # While a fleet works: what each of its workers said last, what all have done, how many may work, and what the first
    # one failed of.
    WORKERS = "Workers"
    FIGURES = "Figures"
    WIDTH = "Width"
    FAILURE = "Failure"
