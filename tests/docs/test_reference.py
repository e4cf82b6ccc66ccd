"""The reference that is made from docstrings has every public name."""

import inspect
import re
from types import ModuleType

import pytest

import dynamigrate
import dynamigrate_cdk
from tests.docs.blocks import PROJECT


@pytest.mark.parametrize(
    ("page", "module"), [("engine.md", dynamigrate), ("constructs.md", dynamigrate_cdk)], ids=["engine", "constructs"]
)
def test_every_public_name_is_in_it(page: str, module: ModuleType) -> None:
    """Once; errors have a page of their own."""
    text = (PROJECT / "docs/reference" / page).read_text(encoding="utf-8")
    shown = re.findall(rf"^::: {module.__name__}\.([A-Z_a-z]+)$", text, re.MULTILINE)
    public = [name for name in module.__all__ if not _is_error(getattr(module, name))]
    assert sorted(shown) == sorted(public)


def _is_error(one: object) -> bool:
    return inspect.isclass(one) and issubclass(one, Exception)
