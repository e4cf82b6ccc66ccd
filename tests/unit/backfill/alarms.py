"""Alarms in the state that a test says."""

from collections.abc import Callable, Sequence

from botocore.exceptions import ClientError

from tests.unit.fakes import FakeClock


class FakeAlarms:
    """
    Attributes:
        state: By name; an alarm that is not in it does not exist.
        error: Raised instead of an answer.
        asked: When each question came.
        before: Called before each answer.
    """

    def __init__(self, clock: FakeClock, **state: str) -> None:
        self.state = state
        self.error: Exception | None = None
        self.asked: list[float] = []
        self.before: Callable[[], object] = lambda: None
        self._clock = clock

    def states(self, names: Sequence[str]) -> dict[str, str]:
        self.asked.append(self._clock.time())
        self.before()
        if self.error is not None:
            raise self.error
        return {name: self.state[name] for name in names if name in self.state}


def refusal_of_alarms(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeAlarms")
