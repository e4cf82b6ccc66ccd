"""How pages that are typed are compared with what came of it."""

from pathlib import Path

import pytest

from tests.docs.typed_page import File, Typed, is_shown, steps

_SAID = "Applied 20261126101500_store_totals in 0.4 s.\nRun 20261126T101502Z-5a1e77c4.\n"


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (("Applied 20261123090000_store_totals in 1.2 s.", "Run 20261123T090001Z-00000000."), True),
        (("...", "Run 20261123T090001Z-00000000."), True),
        (("Applied 20261123090000_store_totals in 1.2 s.", "..."), True),
        (("Applied 20261123090000_store_totals in 1.2 s.",), False),
        (("Applied 20261123090000_add_status in 1.2 s.", "..."), False),
        (("Undone 20261123090000_store_totals in 1.2 s.", "..."), False),
        ((), False),
    ],
)
def test_ids_and_times_may_differ_and_nothing_else(shown: tuple[str, ...], same: bool) -> None:
    """A line that is not there, or says another thing, is no match."""
    assert is_shown(_SAID, shown) is same


def test_what_is_said_beside_is_no_match() -> None:
    """Unless the page says that it leaves something out."""
    assert not is_shown("a\nb\n", ("b",))
    assert is_shown("a\nb\n", ("...", "b"))
    assert is_shown("", ())


def test_a_page_is_its_files_and_commands_in_order(tmp_path: Path) -> None:
    """A command that goes on in the next line is one."""
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n**`app.py`**\n\n```python\nx = 1\n```\n\nThen:\n\n```console\n$ one \\\n    two\nsaid\n$ three\n```\n\n"
        "```python\nno_file = 1\n```\n\n**`app.py`, in part**\n\n```python\ndef f(): ...\n```\n"
    )
    assert list(steps(page)) == [
        File("app.py", "x = 1\n"),
        Typed("one two", ("said",)),
        Typed("three", ()),
        File("app.py", "def f(): ...\n", in_part=True),
    ]
