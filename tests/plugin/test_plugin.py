"""The plugin as pytest loads it: what it costs everybody, where it finds what, and how a failure looks."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from dynamigrate_pytest.template import path_of_test, source_of_test
from tests.plugin.conftest import ID

pytest_plugins = ["pytester"]

MIGRATION = """
from dynamigrate import Backfill, Update

def add(item, ctx):
    if "status" not in item:
        return Update(set={"status": ctx.params.get("status", "NEW")})

do = Backfill(table="orders", transform=add)
"""
TEST = f"""
def test_it(migration_test):
    migration_test.make_table("orders", key="orderId", items=[{{"orderId": "1001"}}])
    migration_test.do("{ID}")
    assert migration_test.items(migration_test.tables["orders"]) == [{{"orderId": "1001", "status": "NEW"}}]
"""


@pytest.fixture(autouse=True)
def _as_everybody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DYNAMIGRATE_MIGRATIONS", "DYNAMIGRATE_TEST_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def write(folder: Path, text: str = MIGRATION, name: str = f"{ID}_add_status.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(dedent(text), encoding="utf-8")
    return file


class TestEverybodysTests:
    """Who has it installed and does not use it notices nothing."""

    def test_load_next_to_nothing(self) -> None:
        """Neither boto3, nor moto, nor the engine."""
        code = (
            "import pytest, sys\nbefore = set(sys.modules)\nimport dynamigrate_pytest.plugin\n"
            "print(*sorted(set(sys.modules) - before))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["dynamigrate_pytest", "dynamigrate_pytest.plugin"]

    def test_are_left_alone(self, pytester: pytest.Pytester) -> None:
        """No fixture of its own begins by itself, and no setting of theirs is touched."""
        pytester.makepyfile("""
            import sys

            def test_it(request):
                assert not [name for name in request.fixturenames if "migration" in name or "dynamigrate" in name]
        """)
        done = pytester.runpytest_inprocess("-W", "error", "--strict-config", "--strict-markers")
        done.assert_outcomes(passed=1)

    def test_can_do_without(self, pytester: pytest.Pytester) -> None:
        """Its name is the one that pytest's own option takes."""
        pytester.makepyfile("def test_it(migration_test):\n    pass\n")
        done = pytester.runpytest_subprocess("-p", "no:dynamigrate")
        done.assert_outcomes(errors=1)
        done.stdout.fnmatch_lines(["*fixture 'migration_test' not found*"])


class TestWhereItLooks:
    """For the migrations."""

    def test_beside_the_test(self, pytester: pytest.Pytester) -> None:
        """In the folder whose folder `tests` it stands in, whatever is said of others."""
        write(pytester.path / "infra/migrations")
        write(pytester.path / "infra/migrations/tests", TEST, "test_status.py")
        write(pytester.path / "others", "def do(ctx): pass\n", "1_other.py")
        pytester.makeini("[pytest]\ndynamigrate_migrations = others\n")
        pytester.runpytest_inprocess().assert_outcomes(passed=1)

    @pytest.mark.parametrize("how", ["option", "environment", "ini", "pyproject", "default"])
    def test_where_it_is_told(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        """By whatever is said first in this order; the others lead nowhere."""
        folder = "migrations" if how == "default" else "elsewhere"
        write(pytester.path / folder)
        pytester.makepyfile(TEST)
        options, ways = [], ("option", "environment", "ini", "pyproject", "default")
        later = dict.fromkeys(ways[ways.index(how) + 1 :], "nowhere") | {how: "elsewhere"}
        if "option" in later:
            options = ["--dynamigrate-migrations", later["option"]]
        if "environment" in later:
            monkeypatch.setenv("DYNAMIGRATE_MIGRATIONS", later["environment"])
        if "ini" in later:
            pytester.makeini(f"[pytest]\ndynamigrate_migrations = {later['ini']}\n")
        if "pyproject" in later:
            write(pytester.path, f'[tool.dynamigrate]\nmigrations = "{later["pyproject"]}"\n', "pyproject.toml")
        pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)

    def test_for_names_and_parameters_in_the_shared_settings(self, pytester: pytest.Pytester) -> None:
        """Those of the command line; its endpoint may be an account's, and is not taken."""
        write(pytester.path / "migrations")
        write(
            pytester.path,
            """
            [tool.dynamigrate]
            endpoint_url = "http://127.0.0.1:1"
            tables = { orders = "Data-Orders" }
            params = { status = "OLD" }
            """,
            "pyproject.toml",
        )
        pytester.makepyfile(TEST.replace('"status": "NEW"', '"status": "OLD"'))
        pytester.runpytest_inprocess().assert_outcomes(passed=1)

    def test_in_vain(self, pytester: pytest.Pytester) -> None:
        """The error has the folder, or the ids that there are."""
        pytester.makepyfile(TEST)
        done = pytester.runpytest_inprocess()
        done.stdout.fnmatch_lines([f"*NoMigrationsAvailable: {pytester.path}/migrations is no folder*"])
        write(pytester.path / "migrations", name="7_other.py")
        done = pytester.runpytest_inprocess()
        done.stdout.fnmatch_lines([f"*MigrationNotFound: '{ID}' is no migration's id here. There are 7; *"])


def test_a_failure_is_its_message_and_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    """None of the plugin's own lines, nor of the hundred runs' logs."""
    write(
        pytester.path / "migrations",
        "from dynamigrate import Backfill, Update\n"
        "do = Backfill(table='orders', transform=lambda item, ctx: Update(set={'n': item['n'] + 1}))\n",
    )
    pytester.makepyfile(f"""
        def test_it(migration_test):
            migration_test.make_table("orders", key="orderId", items=[{{"orderId": "1001", "n": 1}}])
            migration_test.assert_repeatable("{ID}")
    """)
    done = pytester.runpytest_inprocess("--log-level=DEBUG")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            ">       migration_test.assert_repeatable*",
            f"E       AssertionError: {ID}_add_status: done a second time, it changes what it did the first time.",
            'E         orders {"orderId": "1001"}: n was 2, is 3',
            "E       The smallest case that shows it, 1 of 1 items:",
            'E         orders {"orderId": "1001", "n": 1}',
        ]
    )
    text = done.stdout.str()
    assert "dynamigrate_pytest/" not in text
    assert "backfill." not in text
    assert "would still change" not in text


@pytest.mark.parametrize("call", ["do", "assert_repeatable"])
def test_a_migration_that_raises_is_told_by_its_own_lines(pytester: pytest.Pytester, call: str) -> None:
    """What it raised, where, and the line of the test; none of what lies between."""
    write(pytester.path / "migrations", MIGRATION.replace('"status" not in item', 'item["state"] != ""'))
    pytester.makepyfile(TEST.replace("migration_test.do", f"migration_test.{call}"))
    done = pytester.runpytest_inprocess("-q", "--show-capture=no")
    done.assert_outcomes(failed=1)
    said = done.stdout.str()
    done.stdout.fnmatch_lines(
        [f"migrations/{ID}_add_status.py:5: KeyError", f"*{ID}_add_status failed: add, given the item*"]
    )
    frames = [line for line in said.splitlines() if ".py:" in line and not line.startswith(("E ", "FAILED "))]
    assert {line.split(":")[0].rpartition("/")[2] for line in frames} == {
        f"{ID}_add_status.py",
        "test_a_migration_that_raises_is_told_by_its_own_lines.py",
    }


@pytest.mark.slow
def test_processes_of_xdist_are_apart(pytester: pytest.Pytester) -> None:
    """Each has its DynamoDB."""
    write(pytester.path / "migrations")
    pytester.makepyfile(TEST + TEST.replace("test_it", "test_it_too") + TEST.replace("test_it", "test_it_again"))
    pytester.runpytest_subprocess("-n", "2", "-q").assert_outcomes(passed=3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["backfill", "function"])
def test_the_test_that_a_migration_begins_with_needs_its_data(pytester: pytest.Pytester, kind: str) -> None:
    """As it is written it fails, and says that it is given nothing to judge; with data it passes."""
    undo = "undo = Backfill(table='orders', transform=lambda item, ctx: Update(remove=['status']))\n"
    text = MIGRATION + undo
    if kind == "function":
        text = text.replace("do = Backfill(", "_do = Backfill(").replace("undo = ", "_undo = ")
        text += "def do(ctx):\n    _do(ctx)\ndef undo(ctx):\n    _undo(ctx)\n"
        text = text.replace("un_do", "_undo")
    migration = write(pytester.path / "migrations", text)
    written = source_of_test(ID, "add_status", backfill=kind == "backfill", undo=True)
    file = path_of_test(migration)
    write(file.parent, written.replace('"1001"}]', '"1001", "status": "OLD"}]'), file.name)
    done = pytester.runpytest_inprocess()
    done.stdout.fnmatch_lines(["*it changes nothing of the data that this test made, so there is nothing to judge.*"])
    result = written.replace('expected = [{"orderId": "1001"}]', 'expected = [{"orderId": "1001", "status": "NEW"}]')
    assert result != written
    write(file.parent, result, file.name)
    pytester.runpytest_inprocess().assert_outcomes(passed=6 if kind == "backfill" else 5)


def test_says_how_to_name_a_folder_that_is_not_found(pytester: pytest.Pytester) -> None:
    """With each way to say it, and none of the engine's own lines."""
    pytester.makepyfile(TEST)
    said = pytester.runpytest_subprocess().stdout.str()
    assert (
        f"{pytester.path / 'migrations'} is no folder. Say where the migrations are: --dynamigrate-migrations DIR, "
        in said
    )
    assert "dynamigrate_migrations in pytest's configuration" in said
    assert "_manifest.json" not in said
