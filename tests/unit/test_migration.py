"""`Migration` and `function_migration`."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import InvalidMigration, InvalidMigrationName, InvalidSetting, Migration, MigrationsError
from dynamigrate.contract.names import id_key, is_id, parse_file_name
from tests.unit.fakes import refuse


def migration(migration_id: str, description: str = "create users", **settings: Any) -> Migration:
    """One that nobody may run."""
    return Migration(migration_id, description, refuse, **settings)


class TestAMigration:
    """What it is given, and what it says of itself."""

    def test_is_what_it_was_given(self) -> None:
        """Id and description as written, and the functions uncalled."""
        one = Migration("0020", "create  users", do=refuse, undo=refuse)
        assert (one.id, one.description, one.do, one.undo) == ("0020", "create  users", refuse, refuse)

    def test_can_be_undone_if_it_says_how(self) -> None:
        """`can_undo` tells whether there is an `undo`."""
        assert Migration("1", "one", refuse, refuse).can_undo
        assert not Migration("1", "one", refuse).can_undo

    def test_does_not_change(self) -> None:
        """It is frozen."""
        one: Any = migration("1")
        with pytest.raises(FrozenInstanceError):
            one.id = "2"

    @pytest.mark.parametrize(
        ("description", "name"),
        [("create users", "1_create_users"), ("create  the\tusers ", "1_create_the_users"), ("", "1")],
    )
    def test_is_called_by_id_and_words(self, description: str, name: str) -> None:
        """As its file would be."""
        assert str(migration("1", description)) == name

    @pytest.mark.parametrize(
        "bad", ["", "one", "1a", " 1", "1\n", "-1", "+1", "1_000", "1.0", "٣", "²", "\N{FULLWIDTH DIGIT ONE}"]
    )
    def test_needs_digits_for_an_id(self, bad: str) -> None:
        """ASCII ones, and nothing else, though Python's own `int` would take several of these."""
        with pytest.raises(InvalidMigrationName) as caught:
            migration(bad)
        assert str(caught.value) == (
            f"{bad!r} is not a migration id. An id is a string of digits (0-9), such as '20261123090000'."
        )

    @pytest.mark.parametrize("bad", [1, None, b"1", 1.0], ids=repr)
    def test_needs_a_string_for_an_id(self, bad: Any) -> None:
        """A number would lose its zeros."""
        with pytest.raises(InvalidMigrationName, match="is not a migration id"):
            migration(bad)

    @pytest.mark.parametrize(("name", "bad"), [("do", None), ("do", 1), ("undo", "undo"), ("undo", 0)])
    def test_needs_functions(self, name: str, bad: Any) -> None:
        """When it is made, rather than when it runs."""
        functions: dict[str, Any] = {"do": refuse, "undo": refuse, name: bad}
        with pytest.raises(InvalidMigration) as caught:
            Migration("1", "create users", **functions)
        assert str(caught.value) == (
            f"1_create_users: {name} is {bad!r}, which can't be called. "
            f"Give a function of one argument: def {name}(ctx): ..."
        )
        assert caught.value.migration_id == "1"

    @pytest.mark.parametrize(("name", "bad"), [("out_of_order", "allowed"), ("changed", "warning"), ("changed", True)])
    def test_takes_no_setting_that_means_nothing(self, name: str, bad: Any) -> None:
        """A slip of the pen must not read as permission."""
        with pytest.raises(InvalidSetting, match=rf"^1_create_users: {name}={bad!r} is unknown\. Use one of \("):
            migration("1", **{name: bad})


class TestOrder:
    """By value."""

    def test_nine_comes_before_ten(self) -> None:
        """And a date before neither."""
        ids = ["20261123090000", "10", "9", "0100", "1" + "0" * 5000]
        assert [one.id for one in sorted(map(migration, ids))] == [
            "9",
            "10",
            "0100",
            "20261123090000",
            "1" + "0" * 5000,
        ]

    def test_zeros_in_front_do_not_count(self) -> None:
        """``01`` and ``1`` are one id: equal, and one in a set."""
        assert migration("01") == migration("1", "another")
        assert len({migration("01"), migration("1"), migration("0001")}) == 1
        assert migration("0") == migration("00")

    def test_other_ids_are_others(self) -> None:
        """Whatever else is the same."""
        assert migration("1") != migration("10")
        assert migration("1") < migration("2") <= migration("02") < migration("10")

    def test_nothing_else_compares(self) -> None:
        """A migration equals no text, and is neither before nor after one."""
        mixed: list[Any] = [migration("1"), "2"]
        assert migration("1") != "1"
        with pytest.raises(TypeError, match="'<' not supported"):
            sorted(mixed)


class TestIds:
    """`id_key`, which all of this rests on."""

    @pytest.mark.parametrize("digits", ["0", "00", "1", "01", "9", "10", "099", "100", "20261123090000"])
    @pytest.mark.parametrize("others", ["0", "2", "9", "11", "0100", "3" * 14])
    def test_order_as_numbers_do(self, digits: str, others: str) -> None:
        """The key of each compares as the number it writes."""
        assert (id_key(digits) < id_key(others)) == (int(digits) < int(others))
        assert (id_key(digits) == id_key(others)) == (int(digits) == int(others))

    def test_are_no_numbers(self) -> None:
        """More digits than Python would turn into one are no trouble."""
        assert id_key("9" * 5000) < id_key("1" + "0" * 5000)

    def test_are_told_from_anything_else(self) -> None:
        """`is_id` takes whatever it is given."""
        assert [is_id(one) for one in ("1", "", "x", "1\n", 1, None)] == [True, False, False, False, False, False]


class TestFileNames:
    """`parse_file_name`, which construct and function share."""

    @pytest.mark.parametrize(
        ("name", "parsed"),
        [
            ("20261123090000_create_users.py", ("20261123090000", "create users")),
            ("01_x.py", ("01", "x")),
            ("1_2.py", ("1", "2")),
            ("1__create__users_.py", ("1", "create users")),
            ("1_größe_ändern.py", ("1", "größe ändern")),
        ],
    )
    def test_have_an_id_and_words(self, name: str, parsed: tuple[str, str]) -> None:
        """Digits as written, and spaces where underscores were."""
        assert parse_file_name(name) == parsed

    @pytest.mark.parametrize(
        "name",
        [
            "main.py",
            "create_users.py",
            "1.py",
            "1_.py",
            "1___.py",
            "_1_helper.py",
            "1-create-users.py",
            "1_create users.py",
            "1_create_users",
            "1_create_users.pyc",
            "1_create_users.py\n",
            "٣_create_users.py",
            "",
        ],
    )
    def test_that_do_not_fit_are_told_what_would(self, name: str) -> None:
        """With an example to copy."""
        with pytest.raises(InvalidMigrationName) as caught:
            parse_file_name(name)
        assert str(caught.value) == (
            f"{name!r} is not the name of a migration. Name the file <digits>_<words>.py, such as "
            "20261123090000_create_users.py; a helper's name begins with an underscore."
        )


class TestFunctionMigration:
    """The file that calls it gives the name."""

    CODE = "from dynamigrate import function_migration\nmigration = function_migration(max, min)\n"

    def _made_in(self, file_name: str) -> Migration:
        names: dict[str, Any] = {}
        exec(compile(self.CODE, file_name, "exec"), names)
        made: Migration = names["migration"]
        return made

    @pytest.mark.parametrize(
        "file_name",
        [
            "20261123090000_create_users.py",
            "/var/task/migrations/20261123090000_create_users.py",
            r"C:\app\migrations\20261123090000_create_users.py",
        ],
    )
    def test_takes_id_and_description_from_it(self, file_name: str) -> None:
        """Wherever the file lies, and on whatever system it was compiled."""
        made = self._made_in(file_name)
        assert (made.id, made.description) == ("20261123090000", "create users")
        functions: tuple[Any, Any] = made.do, made.undo
        assert functions == (max, min)

    def test_needs_no_undo(self) -> None:
        """Then it can't be undone."""
        names: dict[str, Any] = {}
        code = "from dynamigrate import function_migration\nmigration = function_migration(max)\n"
        exec(compile(code, "1_one.py", "exec"), names)
        assert not names["migration"].can_undo

    def test_is_the_callers_whoever_wrote_the_function(self) -> None:
        """The call counts, not where `do` was defined: several may share one."""
        assert [self._made_in(name).id for name in ("1_one.py", "2_two.py")] == ["1", "2"]

    @pytest.mark.parametrize("file_name", ["main.py", "<stdin>", "<string>"])
    def test_says_what_name_would_do(self, file_name: str) -> None:
        """A program's main file is no migration's."""
        with pytest.raises(InvalidMigrationName, match=r"such as 20261123090000_create_users\.py"):
            self._made_in(file_name)

    def test_works_in_a_file_that_is_run(self, tmp_path: Path) -> None:
        """As an author would try it."""
        file = tmp_path / "20261123090000_create_users.py"
        file.write_text(self.CODE + "print(migration)\n", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(file)], capture_output=True, text=True, check=True, env={"PYTHONPATH": _source_root()}
        )
        assert done.stdout == "20261123090000_create_users\n"


def _source_root() -> str:
    """Where the package is imported from."""
    file = sys.modules[MigrationsError.__module__].__file__
    assert file is not None
    return str(Path(file).parents[1])
