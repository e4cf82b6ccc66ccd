"""The errors, as one tree."""

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator

import dynamigrate
from dynamigrate import errors


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    """Of every module, in the order in which they stand there; those of this module come first."""
    drawn = [line for line in inspect.cleandoc(errors.__doc__ or "").splitlines() if line.startswith("    ")]
    classes = list(_exceptions())
    roots = [one for one in classes if one.__bases__[0] not in classes]
    assert textwrap.dedent("\n".join(drawn)).splitlines() == [line for root in roots for line in _draw(root, classes)]


def _exceptions() -> Iterator[type[BaseException]]:
    others = (module.name for module in pkgutil.walk_packages(dynamigrate.__path__, "dynamigrate."))
    for name in (errors.__name__, *(other for other in others if other != errors.__name__)):
        for one in vars(importlib.import_module(name)).values():
            if isinstance(one, type) and issubclass(one, BaseException) and one.__module__ == name:
                yield one


def _draw(error: type[BaseException], classes: list[type[BaseException]], depth: int = 0) -> Iterator[str]:
    home = error.__module__.removeprefix("dynamigrate.")
    more = [base.__name__ for base in error.__bases__[1:] if base in classes]
    note = "" if home == "errors" else f" ({', '.join((home, *more))})"
    yield f"{'    ' * depth}{error.__name__}{note}"
    for one in classes:
        if one.__bases__[0] is error:
            yield from _draw(one, classes, depth + 1)
