"""Any error can be put in words, whatever was made of it."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.error_text import describe_error, error_message, printable, safe_repr
from dynamigrate.errors import MigrationsError


class NoText(Exception):
    def __str__(self) -> str:
        raise AttributeError("no name")

    __repr__ = __str__


class NoStr(Exception):
    def __str__(self) -> str:
        return 7  # type: ignore[return-value]  # noqa: PLE0307


class ExitsWhenTold(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


class OddEverywhere(Exception):
    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise RuntimeError

    @property
    def __cause__(self) -> BaseException:  # type: ignore[override]
        raise RuntimeError


class Named(type):
    __name__ = property(lambda cls: 1 / 0)


class WithoutAName(Exception, metaclass=Named):
    pass


def _with_notes() -> Exception:
    error = ValueError("no name")
    error.add_note("while order 7 was read")
    return error


def _raised_from() -> Exception:
    error = ValueError("no name")
    error.__cause__ = KeyError("name")
    return error


def _in_a_circle() -> Exception:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    return first


def _deep_group() -> BaseException:
    group: BaseException = ValueError("innermost")
    for depth in range(500):
        group = BaseExceptionGroup(f"level {depth}", [group])
    return group


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoText(), "NoText: its text can't be made: AttributeError"),
        (NoStr(), "NoStr: its text can't be made: TypeError"),
        (ExitsWhenTold(), "ExitsWhenTold: its text can't be made: SystemExit"),
        (OddEverywhere("odd"), "OddEverywhere: odd"),
        (WithoutAName("odd"), "WithoutAName: odd"),
        (asyncio.CancelledError(), "CancelledError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(2), "SystemExit: 2"),
        (ValueError("file \udcff"), "ValueError: file \\udcff"),
        (ValueError("\x1b[31mno table\x1b[0m \x00\r\nnext"), "ValueError: no table \\x00\r\nnext"),
        (_with_notes(), "ValueError: no name (note: while order 7 was read)"),
        (_raised_from(), "ValueError: no name (caused by KeyError: 'name')"),
        (
            ExceptionGroup("two orders", [ValueError("order 7 has no name"), KeyError("x")]),
            "ExceptionGroup: two orders: ValueError: order 7 has no name; KeyError: 'x'",
        ),
        (
            ExceptionGroup("unhandled errors in a TaskGroup", [ValueError("order 7 has no name")]),
            "ExceptionGroup: ValueError: order 7 has no name",
        ),
        (BaseExceptionGroup("group", [KeyboardInterrupt()]), "BaseExceptionGroup: group: KeyboardInterrupt"),
        (
            ExceptionGroup("many", [ValueError(str(number)) for number in range(7)]),
            "ExceptionGroup: many: ValueError: 0; ValueError: 1; ValueError: 2; ValueError: 3; ValueError: 4; and 2 more",
        ),
        (MigrationsError("It broke.", next_step="Mend it."), "MigrationsError: It broke. Mend it."),
    ],
)
def test_an_error_is_told(error: BaseException, told: str) -> None:
    """Its class, its text, what is in it, its notes and what it was raised from."""
    assert describe_error(error) == told


@pytest.mark.parametrize(
    "error", [_in_a_circle(), _deep_group(), ValueError("x" * 10_000_000), ValueError(["y"] * 10**6)]
)
def test_what_is_told_has_an_end(error: BaseException) -> None:
    """Causes in a circle, groups in groups, and arguments of megabytes."""
    assert len(describe_error(error)) < 5_000


def test_an_engines_error_does_not_tell_its_cause_twice() -> None:
    """Its own words have it."""
    error = MigrationsError("transform raised KeyError: 'name'.")
    error.__cause__ = KeyError("name")
    assert error_message(error) == "transform raised KeyError: 'name'."


@given(st.text(st.characters(categories=None) | st.sampled_from("\x1b\x9b\x07[]m0;\ud800\udfff"), max_size=50))
def test_printable_text_can_go_anywhere(text: str) -> None:
    """Into JSON, UTF-8 and XML: no control character but line ends and the tab, and no half of a pair."""
    told = printable(text)
    assert json.loads(json.dumps(told, ensure_ascii=False).encode()) == told
    assert all(one in "\r\n\t" or (one >= " " and not "\x7f" <= one <= "\x9f") for one in told)
    assert printable(told) == told


@given(st.text(st.characters(categories=None), max_size=100), st.integers(1, 50))
def test_a_limit_holds(text: str, limit: int) -> None:
    """Escapes count as well."""
    assert len(printable(text, limit)) <= limit


@pytest.mark.parametrize(
    ("colored", "plain"),
    [
        ("\x1b[1;31mred\x1b[m", "red"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x07", "link"),
        ("\x9b31mred", "red"),
        ("\x1b(Bset", "set"),
        ("\x1b]never ends", "never ends"),
        ("50%\r100%", "50%\n100%"),
        ("one\r\ntwo", "one\r\ntwo"),
        ("plain, žluťoučký, 日本, 🦊\tand\nlines", "plain, žluťoučký, 日本, 🦊\tand\nlines"),
    ],
)
def test_colors_are_taken_away(colored: str, plain: str) -> None:
    """What a terminal would have acted on is gone; text of any language stays as it is."""
    assert printable(colored) == plain


def test_a_value_without_repr_is_named_by_its_class() -> None:
    """So that a message about it can be made."""
    assert safe_repr(NoText()) == "a NoText"
