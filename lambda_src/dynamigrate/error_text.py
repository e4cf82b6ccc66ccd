"""
Any error, and any value of a user's, in words that can be printed, stored and sent.

Nothing here raises, whatever it is given: an error that can't be told would hide the one that a person has to mend.
"""

from __future__ import annotations

import re
from typing import Any, Final

# Colors and cursor movements of a terminal: CSI, then strings with their end (OSC, DCS and so on), then the short ones.
_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-Z\\-~]"
)
# What has no form of its own, what XML can't hold, and halves of surrogate pairs. A \r that ends a line stays.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_LONE_RETURN: Final = re.compile("\r(?!\n)")
_SAY_NOTHING: Final = frozenset({"unhandled errors in a TaskGroup", "Exceptions from Trio nursery"})
_LONGEST: Final = 4_000
_LONGEST_PART: Final = 300
_MOST_PARTS: Final = 5
_DEEPEST: Final = 3


def printable(text: object, limit: int | None = None) -> str:
    """
    *text* without colors and control characters, as valid Unicode, cut to *limit* characters.

    Line ends and tabs stay; a bare carriage return, which overwrites a line, becomes a line feed. What can't be printed
    becomes an escape, such as ``\\x00``; so does half of a surrogate pair, which stands for a byte that was no text.
    """
    told = str.__str__(text) if isinstance(text, str) else _text(text)
    if limit is not None and len(told) > 2 * limit:
        # Long enough that what the escapes take away leaves a whole text.
        told = told[: 2 * limit]
    if not told.isprintable():
        told = _UNPRINTABLE.sub(_escaped, _LONE_RETURN.sub("\n", _ESCAPES.sub("", told)))
    return told if limit is None or len(told) <= limit else f"{told[: max(limit - 1, 0)]}…"


def type_name(error: object) -> str:
    """The name of *error*'s class."""
    # A metaclass may have a name of its own for it.
    return printable(type.__dict__["__name__"].__get__(type(error)), _LONGEST_PART)


def error_message(error: BaseException, limit: int = _LONGEST, *, cause: bool = True) -> str:
    """
    What *error* says, with its notes, with the errors in it where it is a group, and, if *cause*, with what it was
    raised from; may be empty.

    What an error of the engine's was raised from is left out: it says that itself.
    """
    return _message(error, limit, 0, cause=cause)


def describe_error(error: BaseException, limit: int = _LONGEST) -> str:
    """The class of *error*, and what it says."""
    return _described(error, limit, 0)


def safe_repr(value: object, limit: int = _LONGEST_PART) -> str:
    """``repr(value)``, printable."""
    try:
        return printable(repr(value), limit)
    except BaseException:  # noqa: BLE001 - see above
        return f"a {type_name(value)}"


def _described(error: BaseException, limit: int, depth: int) -> str:
    said = _message(error, limit, depth)
    return f"{type_name(error)}: {said}" if said else type_name(error)


def _message(error: BaseException, limit: int, depth: int, *, cause: bool = True) -> str:
    said = _group(error, limit, depth) if isinstance(error, BaseExceptionGroup) else printable(_text(error), limit)
    notes = _attribute(error, "__notes__")
    if isinstance(notes, list | tuple):
        for note in notes[:_MOST_PARTS]:
            said += f" (note: {printable(note, _LONGEST_PART)})"
    origin = (
        _attribute(error, "__cause__")
        if cause and depth < _DEEPEST and _attribute(error, "tells_its_cause") is not True
        else None
    )
    if isinstance(origin, BaseException):
        said += f" (caused by {_described(origin, _LONGEST_PART, depth + 1)})"
    return printable(said.strip(), limit)


def _group(group: BaseExceptionGroup[Any], limit: int, depth: int) -> str:
    said = printable(_attribute(group, "message") or "", limit // 2)
    parts = _attribute(group, "exceptions")
    if not isinstance(parts, tuple) or depth >= _DEEPEST:
        return said
    told = [_described(part, _LONGEST_PART, depth + 1) for part in parts[:_MOST_PARTS]]
    if more := len(parts) - len(told):
        told.append(f"and {more} more")
    inside = "; ".join(told)
    # What a task group says of itself is the same whatever happened in it.
    return f"{said}: {inside}" if said and said not in _SAY_NOTHING else inside


def _attribute(error: BaseException, name: str) -> Any:
    try:
        return getattr(error, name, None)
    except BaseException:  # noqa: BLE001 - see above
        return None


def _text(value: object) -> str:
    try:
        return str(value)
    except BaseException as error:  # noqa: BLE001 - see above
        return f"its text can't be made: {type_name(error)}"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
