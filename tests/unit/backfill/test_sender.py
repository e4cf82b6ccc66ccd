"""How one worker's requests are sent again, and when no more."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.units import Ceiling
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.errors import BackfillError, Stopping
from dynamigrate.backfill.sender import RequestSender
from dynamigrate.backfill.table import Table
from dynamigrate.consumption import Kind, OwnConsumption
from dynamigrate.transport import Request, Transport
from tests.unit.backfill.tables import refusal
from tests.unit.fakes import FakeClock

TABLE = Table(
    name="orders", keys=("id",), visible=None, items=0, bytes=0, read_units={}, write_units={}, consistent=True
)

KINDS: tuple[Kind, ...] = ("read", "write")


class Scene:
    """
    A sender on a transport that does what it is told.

    Attributes:
        sends: Called for each request.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.control = RunControl(self.clock)
        self.sends: Callable[[], Any] = dict
        budgets = [
            Budget(
                kind,
                Ceiling(units=1000.0),
                table="orders",
                clock=self.clock,
                own_consumption=OwnConsumption(),
                segments=8,
            )
            for kind in KINDS
        ]
        self.writes = budgets[1]
        self.sender = RequestSender(
            cast("Transport", self), self.control, self.clock, table=TABLE, reads=budgets[0], writes=budgets[1]
        )

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        answer: dict[str, Any] = self.sends()
        return answer

    def write(self) -> dict[str, Any]:
        return self.sender.write("PutItem", {}, 1)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def _throttled(reason: str = "") -> ClientError:
    error = refusal("ProvisionedThroughputExceededException", "slower")
    if reason:
        error.response["ThrottlingReasons"] = [{"reason": reason, "resource": "arn"}]  # type: ignore[typeddict-unknown-key]
    return error


def test_what_hangs_is_not_sent_again_once_the_run_has_to_stop(scene: Scene) -> None:
    """The function's time is for the checkpoints then."""
    sent: list[float] = []

    def hang() -> None:
        scene.clock.turn(10)
        sent.append(scene.clock.monotonic())
        scene.control.stopping = True
        raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

    scene.sends = hang
    with pytest.raises(Stopping):
        scene.write()
    assert len(sent) == 1


def test_it_gives_up_after_minutes_in_which_nothing_got_through(scene: Scene) -> None:
    """Of requests and pauses."""

    def refuse() -> None:
        raise _throttled()

    scene.sends = refuse
    began = scene.clock.monotonic()
    with pytest.raises(BackfillError, match="took nothing for 300 seconds"):
        scene.write()
    assert 300 <= scene.clock.monotonic() - began < 400


def test_neither_an_operators_pause_nor_the_wait_for_a_turn_is_the_tables_doing(scene: Scene) -> None:
    """Two throttles with ten minutes between them are two throttles."""
    answers = iter([_throttled(), _throttled(), None])

    def answer() -> dict[str, Any]:
        error = next(answers)
        scene.clock.turn(0.01)
        if error is None:
            return {}
        # Whoever has a reservation behind others, waits for long where the ceiling is low.
        scene.writes.limiter.reserve(600_000)
        raise error

    scene.sends = answer
    began = scene.clock.monotonic()
    scene.write()
    assert scene.clock.monotonic() - began > 600


@pytest.mark.parametrize(
    ("reason", "rate"),
    [
        ("TableWriteProvisionedThroughputExceeded", 50),
        ("IndexWriteMaxOnDemandThroughputExceeded", 50),
        ("TableWriteAccountLimitExceeded", 50),
        ("TableWriteKeyRangeThroughputExceeded", 100),
        ("", 100),
    ],
)
def test_the_rate_of_all_halves_where_the_service_says_that_it_is_the_table(
    scene: Scene, reason: str, rate: float
) -> None:
    """A hot key slows its own segment, and so does one throttle without a reason."""
    answers = iter([_throttled(reason)])

    def answer() -> dict[str, Any]:
        for error in answers:
            raise error
        return {}

    scene.sends = answer
    assert scene.writes.limiter.rate == 100
    scene.write()
    assert scene.writes.limiter.rate == rate
    assert scene.sender.tally.throttles == 1


def _said(where: str) -> ClientError:
    error = refusal("ThrottlingException", "slower")
    response: dict[str, Any] = dict(error.response)
    if where == "reasons":
        # ThrottlingException alone spells it so.
        response["throttlingReasons"] = [{"reason": "TableWriteAccountLimitExceeded", "resource": "arn"}]
    elif where == "message":
        response["Error"]["Message"] = "TableWriteAccountLimitExceeded: slower"
    else:
        response["CancellationReasons"] = [
            {"Code": "None"},
            {"Code": "ThrottlingError", "Message": "TableWriteAccountLimitExceeded: slower"},
        ]
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["reasons", "message", "transaction"])
def test_the_tables_limit_is_found_wherever_the_service_names_it(scene: Scene, where: str) -> None:
    """In its list of reasons, or else in its words, those about a part of a transaction too."""
    answers = iter([_said(where)])

    def answer() -> dict[str, Any]:
        for error in answers:
            raise error
        return {}

    scene.sends = answer
    scene.write()
    assert scene.writes.limiter.rate == 50


def test_a_cancelled_transaction_is_sent_again_as_another_one(scene: Scene) -> None:
    """With the same token, the service would take it for the one that it cancelled."""
    tokens: list[str] = []
    error = refusal("TransactionCanceledException")
    error.response["CancellationReasons"] = [{"Code": "TransactionConflict"}]
    answers = iter([error])

    def call(operation: str, request: Any) -> dict[str, Any]:
        tokens.append(request["ClientRequestToken"])
        for error in answers:
            raise error
        return {}

    scene.call = call  # type: ignore[method-assign]
    scene.sender.write("TransactWriteItems", {"TransactItems": [], "ClientRequestToken": "first"}, 2)
    assert tokens[0] == "first"
    assert tokens[1] != "first"


def test_statements_that_met_a_transaction_are_no_throttles(scene: Scene) -> None:
    """They are sent again, and slow down nobody."""
    scene.sender.partly_refused(25, passing=3)
    assert (scene.sender.tally.throttles, scene.sender.tally.retries) == (0, 3)
    assert scene.writes.limiter.rate == 100
    scene.sender.partly_refused(
        25, throttled=["TableWriteKeyRangeThroughputExceeded", "TableWriteAccountLimitExceeded"]
    )
    assert (scene.sender.tally.throttles, scene.writes.limiter.rate) == (2, 50)
