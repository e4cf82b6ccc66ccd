"""The errors, as one tree."""

import inspect
import textwrap
from collections.abc import Iterator

from dynamigrate import errors


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    """In the order in which they stand in the module."""
    drawn = [line for line in inspect.cleandoc(errors.__doc__ or "").splitlines() if line.startswith("    ")]
    assert textwrap.dedent("\n".join(drawn)).splitlines() == [*_draw(errors.MigrationsError)]


def _draw(error: type[BaseException], depth: int = 0) -> Iterator[str]:
    yield "    " * depth + error.__name__
    for one in vars(errors).values():
        if isinstance(one, type) and issubclass(one, BaseException) and one.__bases__[0] is error:
            yield from _draw(one, depth + 1)
