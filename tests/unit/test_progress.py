"""Progress can't harm: nothing that is told of a migration, or logged by it, fails it."""

import logging
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate import MemorySource, MemoryTarget, Migration, MigrationFailed, migrate
from dynamigrate.figures import figures, number
from dynamigrate.runtime import Runtime
from tests.unit.fakes import FakeClock


class Numpy:
    """A number as numpy has them: of no Python type, and known by what it becomes."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __float__(self) -> float:
        return float(self.value)


class NumpyInt(Numpy):
    def __index__(self) -> int:
        return int(self.value)


class Odd:
    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __index__ = __lt__ = __str__


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (3, 3),
        (-3, -3),
        (True, 1),
        (12.5, 12.5),
        (Fraction(1, 2), 0.5),
        (Decimal("12.5"), 12.5),
        (Decimal(7), 7),
        (10**17, 10**17),
        (10**40, 10**40),
        (Numpy(1.5), 1.5),
        (NumpyInt(7), 7),
        (1e-200, 0),
        (10**400, None),
        (-(10**400), None),
        (1e300, None),
        (Decimal("1e500"), None),
        (Decimal("NaN"), None),
        (Decimal("sNaN"), None),
        (math.inf, None),
        (math.nan, None),
        (None, None),
        ("12", None),
        (b"12", None),
        (1j, None),
        ([1], None),
        (object(), None),
        (Odd(), None),
    ],
)
def test_a_number_is_kept_where_an_item_can_hold_it(value: Any, kept: float | None) -> None:
    """Fractions stay fractions."""
    assert number(value) == kept


@given(st.integers() | st.floats() | st.decimals() | st.fractions())
def test_what_is_kept_is_in_range(value: Any) -> None:
    """Of DynamoDB, which has 38 digits up to 10^126."""
    told = number(value)
    assert told is None or (math.isfinite(told) and abs(told) < 10**126)


def test_figures_of_any_name() -> None:
    """Those that no item can have are left out, and so is what comes after a hundred."""
    assert figures({"message": 1, "": 2, "x" * 101: 3, "\udcff": 4, "é": 5}) == {"message": 1, "é": 5}
    assert len(figures({f"n{one}": one for one in range(1000)})) == 100


def _told(told: Any, *, fail: bool = False, **options: Any) -> tuple[MemoryTarget, str]:
    def do(ctx: Any) -> None:
        told(ctx)
        if fail:
            raise RuntimeError("to be looked at")

    target, source = MemoryTarget(), MemorySource()
    source.add(Migration("1", "count", do=do))
    try:
        return target, str(migrate(source, target, runtime=Runtime(clock=FakeClock()), **options).applied)
    except MigrationFailed as error:
        return target, str(error)


ODD: list[Any] = [None, "12", math.nan, math.inf, Odd(), [], 1j, 10**400]


@pytest.mark.parametrize("odd", ODD, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("place", ["done", "total", "figure"])
def test_an_odd_value_is_dropped_with_one_warning(odd: Any, place: str, caplog: pytest.LogCaptureFixture) -> None:
    """The migration goes on; what can be kept is kept."""

    def tell(ctx: Any) -> None:
        for done in (1, 2, 3):
            given: dict[str, Any] = {"done": done, "total": 3, "figure": 1, "other": 0.5, place: odd}
            ctx.progress(given.pop("done"), given.pop("total"), **given)

    target, result = _told(tell, fail=True)
    assert "to be looked at" in result
    assert [vars(record).get("event") for record in caplog.records].count("progress.not_kept") == 1
    (record,) = target.records()
    assert record.progress == ((3, 3) if place == "figure" else None)
    assert record.figures == ({"other": 0.5} if place == "figure" else {})


def test_a_fraction_is_kept() -> None:
    """And so is more than there was."""
    target, _ = _told(lambda ctx: ctx.progress(12.5, 10, seconds_left=Fraction(1, 4)), fail=True)
    (record,) = target.records()
    assert (record.progress, record.figures) == ((12.5, 10), {"seconds_left": 0.25})


@pytest.mark.parametrize(
    "name", ["message", "name", "args", "asctime", "exc_info", "msg", "run_id", "level", "self", "migration"]
)
def test_a_figure_may_have_any_name(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Also one that logging keeps for itself."""
    caplog.set_level(logging.INFO)
    measured: list[Any] = []
    target, result = _told(lambda ctx: ctx.progress(1, 1, **{name: 7}), fail=True, measure=measured.append)
    assert "to be looked at" in result
    assert target.records()[0].figures == {name: 7}
    assert measured == [{"done": 1, "total": 1, name: 7}]
    (line,) = [record for record in caplog.records if vars(record).get("event") == "migration.progress"]
    assert vars(line)[f"{name}_" if name != "self" else name] == 7


def test_whoever_measures_fails_no_migration(caplog: pytest.LogCaptureFixture) -> None:
    """It is not the migration's."""

    def measure(figures: Any) -> None:
        raise RuntimeError("no metrics")

    assert _told(lambda ctx: ctx.progress(1, 1), measure=measure)[1] == "('1',)"
    assert "progress.not_kept" in [vars(record).get("event") for record in caplog.records]


class Broken(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("no way to write")


def _circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (lambda logger: logger.info("counted", extra={"message": 1, "name": Odd(), "args": (2,)}), "counted"),  # noqa: G101
        (lambda logger: logger.info("%d items", "seven"), "%d items ('seven',)"),
        (lambda logger: logger.info("%s and %s", 1), "%s and %s (1,)"),  # noqa: PLE1206
        (lambda logger: logger.info(Odd()), "its text can't be made: RuntimeError"),
        (lambda logger: logger.info("with %s", Odd()), "with %s a tuple"),
        (lambda logger: logger.info("counted", extra="seven"), "counted"),
        (lambda logger: logger.info("circle %s", _circle()), "circle [[...]]"),
        (lambda logger: logger.info("%(done)d of it", {"done": 7}), "7 of it"),
        (lambda logger: logger.warning("half a pair \udcff"), "half a pair \udcff"),
        (lambda logger: logger.log("loud", "counted"), "counted"),
        (lambda logger: logger.exception("without an error"), "without an error"),  # noqa: LOG004
    ],
)
def test_a_line_that_can_not_be_made_is_said_as_far_as_it_can(
    log: Any, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And fails nothing."""
    caplog.set_level(logging.INFO)
    assert _told(lambda ctx: log(ctx.logger))[1] == "('1',)"
    assert line in [record.getMessage() for record in caplog.records]


def test_a_handler_that_raises_fails_no_migration() -> None:
    """Nor the run, whose own lines it gets as well."""
    logger = logging.getLogger("dynamigrate.run")
    handler = Broken()

    def add(ctx: Any) -> None:
        logger.addHandler(handler)
        ctx.logger.warning("counted")

    try:
        assert _told(add)[1] == "('1',)"
    finally:
        logger.removeHandler(handler)


def test_the_logger_is_the_one_that_was_given() -> None:
    """With all that it has; a line says where it was logged."""
    logger = logging.getLogger("of the test")
    records: list[logging.LogRecord] = []

    def keep(record: logging.LogRecord) -> bool:
        records.append(record)
        return False

    logger.addFilter(keep)
    _told(lambda ctx: ctx.logger.warning("here"), logger=logger)
    (record,) = [record for record in records if record.msg == "here"]
    assert record.filename == "test_progress.py"
