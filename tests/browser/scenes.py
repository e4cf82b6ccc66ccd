"""Histories as a dashboard may find them: answers of the function, as `docs/reference/commands.md` has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dynamigrate.widget import Parameters, Viewer, page

NOW: Final = datetime(2026, 11, 26, 14, 3, 12, tzinfo=UTC)
ENDPOINT: Final = "arn:aws:lambda:eu-central-1:111122223333:function:OrderMigrations-Function"
NAME: Final = "OrderMigrations/Migrations"
HOSTILE: Final = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;b&gt;\u202e\x1b[31m</style></svg>" + "W" * 120
)

Json = dict[str, Any]
_DESCRIPTIONS: Final = (
    "add users",
    "order status",
    "split names",
    "ship to country",
    "totals in cents",
    "index by customer",
    "mark as read",
    "drop text totals",
    "count characters",
    "tax by line",
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """
    What a widget is shown of.

    Attributes:
        answers: As a widget's function has them.
        beside: Those of other histories.
        event: What CloudWatch sends beside its context.
        buttons: The words on its buttons.
        says: Texts that have to be seen in it.
    """

    answers: Any
    beside: Mapping[str, object] = field(default_factory=dict)
    event: Json = field(default_factory=dict)
    buttons: tuple[str, ...] = ()
    says: tuple[str, ...] = ()

    def html(self, *, dark: bool = False, width: int | None = None, offset: str = "+00:00") -> str:
        """What the function would answer, at `NOW`."""
        context = {"theme": "dark" if dark else "light", "width": width, "timezone": {"offsetISO": offset}}
        return page(
            self.answers,
            Viewer.read(context),
            now=NOW.timestamp(),
            endpoint=ENDPOINT,
            parameters=Parameters.read(self.event),
            beside=self.beside,
        )


def ago(minutes: float) -> str:
    """A moment so many minutes before `NOW`."""
    return (NOW - timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ids(count: int) -> list[str]:
    """That many ids, oldest first, a few days apart."""
    first = NOW - timedelta(days=3 * count)
    return [f"{first + timedelta(days=3 * number):%Y%m%d090000}" for number in range(count)]


def applied(count: int) -> list[Json]:
    """That many that are applied."""
    return [
        {
            "id": one,
            "description": _DESCRIPTIONS[number % len(_DESCRIPTIONS)],
            "state": "applied",
            "applied_at": ago(3 * 1440 * (count - number) - 40),
            "seconds": round(0.4 + number * 1.7, 3),
            "run_id": "20261120T090000Z-0a1b2c3d",
            "actor": "deploy d-7 of stack OrderMigrations",
        }
        for number, one in enumerate(ids(count))
    ]


def row(migration: str, description: str, state: str, **more: Any) -> Json:
    return {"id": migration, "description": description, "state": state, **more}


def status(rows: list[Json], **more: Any) -> Json:
    """The answer to ``status``."""
    states = [one["state"] for one in rows]
    counted = ("applied", "pending", "held", "running", "dirty", "missing")
    current = [one["id"] for one in rows if one["state"] in {"applied", "missing"}]
    return {
        "ok": True,
        "current": current[-1] if current else None,
        "counts": {state: states.count(state) for state in counted if state in states},
        "lock": {"held": False},
        "state": {"table_name": "Migrations", "lock_table_name": "Lock", "lock_id": "migrations"},
        **more,
        "migrations": rows,
    }


def run(minutes: float, result: str = "succeeded", **more: Any) -> Json:
    return {
        "run_id": "20261126T133000Z-5e6f7a8b",
        "started_at": ago(minutes),
        "seconds": 12.4,
        "command": "migrate",
        "result": result,
        "applied": [],
        "undone": [],
        "actor": "deploy d-12 of stack OrderMigrations",
        "deploy_id": "d-12",
        "app_version": "2026.11.3",
        **more,
    }


def answers(found: Json, runs: list[Json] | None = None, history: str = NAME) -> Json:
    return {"history": history, "status": found, "runs": [run(61, applied=[ids(6)[5]])] if runs is None else runs}


def lock(minutes: float = 2, until: float = -13, **more: Any) -> Json:
    """Held since that many minutes, until so many ago."""
    return {
        "held": True,
        "holder": "stack OrderMigrations, function OrderMigrations-Function, log stream 2026/11/26/[$LATEST]0123",
        "since": ago(minutes),
        "until": ago(until),
        "request_id": "request-1",
        "run_id": "20261126T140100Z-9c0d1e2f",
        **more,
    }


PROGRESS: Final[Json] = {
    "done": 7_680,
    "total": 12_000,
    "percent": 64.0,
    "per_second": 310.5,
    "written": 7_100,
    "throttles": 3,
    "failed": 0,
    "write_rate": 280.0,
    "write_ceiling": 500.0,
    "dollars": 0.021,
    "estimated_dollars": 0.033,
    "seconds_left": 14,
}
SLOW: Final[Json] = {
    **PROGRESS,
    "done": 7_680_000,
    "total": 12_000_000,
    "per_second": 640.0,
    "write_rate": 488.0,
    "seconds_left": 6_750,
    "dollars": 10.16,
    "estimated_dollars": 15.88,
}
RUNNING, DIRTY, HELD, PENDING = "20261126101500", "20261126090000", "20261127090000", "20261126140000"
REPAIR: Final = {"action": "repair", "migration": DIRTY, "as": "pending", "confirm": True}
ERROR: Final = {
    "type": "ValueError",
    "message": "order 1004 has no name: was it placed before 2026?",
    "where": "20261126090000_split_names.py:14",
}


def _running() -> Json:
    rows = [*applied(6), row(RUNNING, "totals in cents", "dirty")]
    dirty = [
        {
            "migration": RUNNING,
            "found": "running",
            "in": "do",
            "began": ago(2),
            "progress": PROGRESS,
            "next": {"action": "status"},
        }
    ]
    return answers(status(rows, dirty=dirty, next={"action": "status"}, lock=lock()))


def _dirty() -> Json:
    rows = [*applied(6), row(DIRTY, "split names", "dirty"), row(PENDING, "tax by line", "pending")]
    dirty = {
        "migration": DIRTY,
        "found": "failed",
        "in": "do",
        "began": ago(23),
        "error": ERROR,
        "restore_point": {
            "at": ago(23),
            "tables": {"orders": True},
            "works_from": ago(18),
            "commands": [
                "aws dynamodb restore-table-to-point-in-time --source-table-name Orders --target-table-name Orders-2"
            ],
        },
        "next": REPAIR,
    }
    failed = run(23, "failed", failed=DIRTY, note=f"{DIRTY}_split_names failed: ValueError: order 1004 has no name")
    return answers(status(rows, dirty=[dirty], next=REPAIR), [failed, run(4_400, applied=ids(6)[3:])])


def _held() -> Json:
    rows = [
        *applied(6),
        row(
            HELD,
            "drop text totals",
            "held",
            phase="after",
            waits_for=[f"{ids(6)[4]}_totals_in_cents has not been clean for 7 days"],
            ready_at=ago(-2_000),
        ),
    ]
    application = {"deployed_at": ago(61), "deploy_id": "d-12", "app_version": "2026.11.3"}
    return answers(status(rows, application=application))


def _detached(**changes: Any) -> Json:
    rows = [*applied(6), row(RUNNING, "count characters", "running")]
    its = lock(
        200,
        goes_on={"slice": 4, "began": ago(200), "execution": "execution-1", "command": "detached"},
    )
    one = {
        "migration": RUNNING,
        "began": ago(200),
        "progress": SLOW,
        "done_about": ago(-112.5),
        "lock": {**its, **changes},
        "cancel": {"action": "cancel", "migration": RUNNING, "confirm": True},
    }
    return answers(status(rows, running=[one]))


def _fleet() -> Json:
    found = _running()
    fleet = {"migration": RUNNING, "workers": 8, "at_work": 7}
    goes_on = {"slice": 3, "began": ago(40), "ends_before": ago(-600), "execution": "execution-1", "command": "migrate"}
    rate = {"write_units": 500.0, "until": ago(-70), "by": "invoke, request request-9"}
    found["status"]["lock"] = lock(40, goes_on={**goes_on, "fleet": fleet}, rate=rate)
    found["status"]["dirty"][0]["progress"] = {
        **PROGRESS,
        "done": 64_100_000,
        "total": 100_000_000,
        "per_second": 41_000,
        "seconds_left": 875,
        "workers": 7,
        "dollars": 40.9,
        "estimated_dollars": 64.2,
        "waits_for": "alarm orders-write-throttles",
    }
    return found


def _hundreds() -> Json:
    rows = applied(480)
    rows += [row("20261126120000", "tax by line", "pending"), row("20261126130000", "tax totals", "pending")]
    return answers(status(rows, next={"action": "migrate"}))


def _hostile() -> Json:
    """All texts are somebody's who means harm."""

    def poisoned(value: Any) -> Any:
        match value:
            case str() if value.startswith("2026") or value in {
                "failed",
                "dirty",
                "applied",
                "pending",
                "repair",
                "do",
            }:
                return value
            case str():
                return HOSTILE
            case dict():
                return {name: poisoned(one) for name, one in value.items()}
            case list():
                return [poisoned(one) for one in value]
        return value

    found: Json = poisoned(_dirty())
    return {**found, "history": f"Stack/{HOSTILE}"}


def _all() -> Json:
    """One that failed, one that runs detached, one that is held."""
    rows = [
        *applied(9),
        row(DIRTY, "split names", "dirty"),
        row(RUNNING, "count characters", "running"),
        _held()["status"]["migrations"][-1],
    ]
    dirty, running = _dirty()["status"]["dirty"], _detached()["status"]["running"]
    found = status(rows, dirty=dirty, running=running, next=REPAIR, application=_held()["status"]["application"])
    return answers(
        found,
        [
            *_dirty()["runs"][:1],
            run(205),
            run(1_500, applied=ids(9)[6:9]),
            run(9_000, "unfinished", applied=ids(9)[4:5]),
        ],
    )


def _error() -> Json:
    error = {
        "type": "InvalidMigration",
        "message": "20261126090000_split_names.py has no function do.",
        "next": "Give it one, def do(ctx): ..., and deploy again.",
    }
    return {"history": NAME, "status": {"ok": False, "error": error}, "runs": [run(61, applied=ids(2))]}


def _stages() -> Scene:
    """Staging is ahead, production waits, one can't be asked."""
    staging = answers(status([*applied(8), row(PENDING, "tax by line", "applied", applied_at=ago(70), seconds=3.1)]))
    prod = answers(
        status([*applied(8), row(PENDING, "tax by line", "pending")], next={"action": "migrate"}),
        history="Prod-Migrations/Migrations",
    )
    test = {**_with_rows(_detached(), applied(8)), "history": "Test-Migrations/Migrations"}
    broken = {**_with_rows(_dirty(), applied(8)), "history": "Load-Migrations/Migrations"}
    denied = "This widget's function is not allowed to call that one. Grant its role lambda:InvokeFunction on it."
    return Scene(
        answers=staging,
        event={"name": "staging"},
        beside={"test": test, "load": broken, "prod": prod, "prod-us": denied},
        says=(
            "staging",
            "test",
            "load",
            "prod",
            "prod-us",
            "no answer",
            "not allowed",
            "Not applied everywhere",
            "not deployed",
            "pending",
        ),
    )


def _with_rows(found: Json, rows: list[Json]) -> Json:
    """The same history with other migrations applied."""
    others = [one for one in found["status"]["migrations"] if one["state"] != "applied"]
    return {**found, "status": {**found["status"], "migrations": [*rows, *others], "current": rows[-1]["id"]}}


def _empty() -> Json:
    note = "There are no state tables yet; the first deploy or migrate makes them."
    return answers(status([], note=note), [])


def _no_tables() -> Json:
    note = "There are no state tables yet; the first deploy or migrate makes them."
    return answers(status([row(PENDING, "add users", "pending")], note=note, next={"action": "migrate"}), [])


def _lock_overdue() -> Json:
    return answers(
        status(
            [*applied(6), row(PENDING, "tax by line", "pending")], lock=lock(34, until=19), next={"action": "migrate"}
        )
    )


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "empty": lambda: Scene(answers=_empty(), says=("There are no migrations yet", "no state tables yet")),
    "no-tables": lambda: Scene(
        answers=_no_tables(), says=("1 migration pending", "dynamigrate up --stack OrderMigrations")
    ),
    "applied": lambda: Scene(
        answers=answers(status(applied(8))), says=("All 8 migrations are applied", "Nobody holds it")
    ),
    "pending": lambda: Scene(
        answers=answers(status([*applied(6), row(PENDING, "tax by line", "pending")], next={"action": "migrate"})),
        says=("1 migration pending", '{"action": "migrate"}'),
    ),
    "running": lambda: Scene(
        answers=_running(),
        buttons=("Pause",),
        says=("1 migration under way", "64 %", "7,680 of about 12,000", "14 s left", "$0.02"),
    ),
    "paused": lambda: Scene(
        answers={**_running(), "status": {**_running()["status"], "lock": lock(paused=True)}},
        buttons=("Resume",),
        says=("paused", "64 %"),
    ),
    "dirty": lambda: Scene(
        answers=_dirty(),
        says=(
            "1 thing needs you",
            "split names failed",
            ERROR["message"],
            "split_names.py:14",
            '"action": "repair"',
            f"dynamigrate repair {DIRTY} --as pending --stack OrderMigrations",
        ),
    ),
    "held": lambda: Scene(answers=_held(), says=("1 migration held", "has not been clean for 7 days", "ready")),
    "detached": lambda: Scene(
        answers=_detached(),
        buttons=("Pause",),
        says=("detached", "64 %", "slice 4", "1 h 52 min left", "done about 15:55", "$10.16 of about $15.88"),
    ),
    "standing-still": lambda: Scene(
        answers=_detached(until=ago(42)), says=("stands still", "42 min ago", '"action": "unlock"', "no process")
    ),
    "lock-overdue": lambda: Scene(
        answers=_lock_overdue(), says=("past its deadline", "19 min ago", '"action": "unlock"')
    ),
    "fleet": lambda: Scene(
        answers=_fleet(),
        buttons=("Pause",),
        says=("7 of 8 workers", "41,000 a second", "$40.90 of about $64.20", "orders-write-throttles"),
    ),
    "stages": _stages,
    "error": lambda: Scene(answers=_error(), says=("can't be told", "has no function do", "Give it one")),
    "hundreds": lambda: Scene(answers=_hundreds(), says=("2 migrations pending", "470 more migrations")),
    "hostile": lambda: Scene(
        answers=_hostile(), says=("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "&lt;b&gt;")
    ),
    "all": lambda: Scene(
        answers=_all(),
        buttons=("Pause",),
        says=("split names failed", "drop text totals", "count characters", "1 thing needs you"),
    ),
}
