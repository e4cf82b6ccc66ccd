"""The tests of the page about tests pass, as pytest runs them."""

import re

import pytest

import dynamigrate
from tests.docs.blocks import PROJECT

pytest_plugins = ["pytester"]

PAGE = (PROJECT / "docs/how-to/testing.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# A pytest within this one forgets what it has imported, and a package would be left with names of two editions.
for _name in dynamigrate.__all__:
    getattr(dynamigrate, _name)


@pytest.mark.slow
def test_all_pass(pytester: pytest.Pytester) -> None:
    """The one beside its migration, and those that stand elsewhere."""
    files = dict(_FILE.findall(PAGE))
    others = [text for text in _BLOCK.findall(PAGE) if text not in files.values()]
    count = sum(text.count("\ndef test_") for text in [*files.values(), *others])
    assert (len(files), len(others), count) == (2, 2, 8)
    for name, text in {**files, **{f"test_{number}.py": text for number, text in enumerate(others)}}.items():
        (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / name).write_text(text, encoding="utf-8")
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=count)


def test_its_table_has_every_assertion_and_fixture() -> None:
    """And none that is not there."""
    plugin = (PROJECT / "tools/dynamigrate_pytest/plugin.py").read_text(encoding="utf-8")
    fixtures = re.findall(r"^def (migrat\w+)\(", plugin, re.MULTILINE)
    told = re.findall(r"`(migrat(?:ion_\w+|ed_to))`", PAGE)
    assert set(fixtures) == set(told)
    methods = (PROJECT / "tools/dynamigrate_pytest/migration_test.py").read_text(encoding="utf-8")
    asserted = set(re.findall(r"def (assert_\w+)\(", methods))
    assert set(re.findall(r"(assert_\w+)\(", PAGE)) == asserted
    for option in re.findall(r"--dynamigrate-\w+", PAGE):
        assert f'"{option}"' in plugin
