"""Settings: which of options, environment and ``pyproject.toml`` gives a value, and what is said of one that can't be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_cli.faults import UsedWrongly
from dynamigrate_cli.options import SETTINGS
from dynamigrate_cli.settings import Settings
from tests.cli.command_line import CommandLine


def _read(folder: Path, toml: str = "", environ: dict[str, str] | None = None, **options: Any) -> Settings:
    if toml:
        (folder / "pyproject.toml").write_text(toml)
    return Settings.read(options, environ=environ or {}, folder=folder)


def test_an_option_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    """And each value knows where it is from, to the line."""
    toml = '[project]\nname = "shop"\n\n[tool.dynamigrate]\n# ours\ntable = "File"\nlock-table = "File-Lock"\nregion = "eu-west-1"\n'
    settings = _read(tmp_path, toml, {"DYNAMIGRATE_TABLE": "Env", "DYNAMIGRATE_LOCK_TABLE": "Env-Lock"}, table="Option")
    found = {key: (settings[key], settings.given[key].origin) for key in ("table", "lock-table", "region", "lock-id")}
    assert found == {
        "table": ("Option", "--table"),
        "lock-table": ("Env-Lock", "DYNAMIGRATE_LOCK_TABLE"),
        "region": ("eu-west-1", "pyproject.toml:8"),
        "lock-id": ("migrations", "default"),
    }


def test_tables_are_merged_name_by_name(tmp_path: Path) -> None:
    """One table can be given on the command line, and the others stay as they are in the file."""
    toml = '[tool.dynamigrate.tables]\norders = "File-Orders"\nusers = "File-Users"\n'
    settings = _read(tmp_path, toml, tables=["orders=Other-Orders", "notes=a=b"])
    assert settings.texts("tables") == {"orders": "Other-Orders", "users": "File-Users", "notes": "a=b"}
    assert settings.given["tables.users"].origin == "pyproject.toml:3"


def test_the_file_is_the_nearest_one_that_has_the_table(tmp_path: Path) -> None:
    """A folder of the file is relative to it, wherever the command is typed."""
    (tmp_path / "pyproject.toml").write_text('[tool.dynamigrate]\nmigrations = "lambda_src/migrations"\n')
    inner = tmp_path / "service" / "code"
    inner.mkdir(parents=True)
    (tmp_path / "service" / "pyproject.toml").write_text('[project]\nname = "service"\n')
    assert _read(inner).migrations == tmp_path / "lambda_src" / "migrations"


def test_an_empty_variable_takes_back_what_the_file_says(tmp_path: Path) -> None:
    """So that a stack in the file can be set aside for one command."""
    settings = _read(tmp_path, '[tool.dynamigrate]\nstack = "Orders"\n', {"DYNAMIGRATE_STACK": ""})
    assert settings.stack == ""


def test_a_state_on_the_command_line_beats_a_stack_in_the_file(tmp_path: Path) -> None:
    """Whoever types a table's name means that table; a folder in the file does not mean that."""
    toml = '[tool.dynamigrate]\nstack = "Orders"\nmigrations = "changes"\n'
    assert _read(tmp_path, toml).stack == "Orders"
    assert _read(tmp_path, toml, table="Mine").stack == ""


def test_of_a_stack_to_ask_and_one_for_its_names_the_stronger_counts(tmp_path: Path) -> None:
    """A pipeline may have the one in its environment, and type the other."""
    environ = {"DYNAMIGRATE_STACK": "Orders"}
    settings = _read(tmp_path, environ=environ, state_of="Orders")
    assert (settings.stack, settings.state_of) == ("", "Orders")
    settings = _read(tmp_path, '[tool.dynamigrate]\nstate-of = "Others"\n', environ)
    assert (settings.stack, settings.state_of) == ("Orders", "")


def test_colors_are_off_by_no_color_too(tmp_path: Path) -> None:
    """As every program should have it; an empty one says nothing."""
    assert _read(tmp_path, environ={"NO_COLOR": "1"})["no-color"] is True
    assert _read(tmp_path, environ={"NO_COLOR": ""})["no-color"] is False


def test_the_region_may_be_aws_own(tmp_path: Path) -> None:
    """AWS_REGION, which boto3 does not know, is weaker than ours."""
    assert _read(tmp_path, environ={"AWS_REGION": "eu-west-1"}).given["region"].origin == "AWS_REGION"
    assert _read(tmp_path, environ={"AWS_REGION": "eu-west-1"}, region="us-east-1")["region"] == "us-east-1"


WRONG: dict[str, tuple[str, dict[str, str], dict[str, Any], str]] = {
    "no_toml": ("[tool.dynamigrate\n", {}, {}, "pyproject.toml is no valid TOML: Expected ']' at the end of a table"),
    "no_table": (
        '[tool]\ndynamigrate = "x"\n', {}, {},
        "pyproject.toml: tool.dynamigrate is 'x', and should be a table. Write [tool.dynamigrate] on a line of its own",
    ),
    "unknown": (
        '[tool.dynamigrate]\nlock_table = "x"\n', {}, {},
        "pyproject.toml:2: lock_table is no setting. Did you mean lock-table? Nothing was done.",
    ),
    "far": ("[tool.dynamigrate]\nqwerty = 1\n", {}, {}, "pyproject.toml:2: qwerty is no setting. The keys are migrations,"),
    "no_text": (
        "[tool.dynamigrate]\n\ntable = 7\n", {}, {},
        "pyproject.toml:3: table is 7. It is a text, in quotes. Nothing was done.",
    ),
    "no_flag": (
        '[tool.dynamigrate]\njson = "yes"\n', {}, {},
        "pyproject.toml:2: json is 'yes'. It is true or false, without quotes.",
    ),
    "no_texts": (
        '[tool.dynamigrate]\ntables = "x"\n', {}, {},
        "pyproject.toml:2: tables is 'x'. It is a table: write [tool.dynamigrate.tables].",
    ),
    "no_inner_text": (
        "[tool.dynamigrate.params]\nbatch = 3\n", {}, {},
        "pyproject.toml:2: params.batch is 3. It is a text, in quotes.",
    ),
    "no_choice": (
        '[tool.dynamigrate]\nphase = "later"\n', {}, {},
        "pyproject.toml:2: phase is 'later'. It is one of before, after.",
    ),
    "no_object": (
        "", {"DYNAMIGRATE_TABLES": "orders"}, {},
        'DYNAMIGRATE_TABLES is no JSON object of texts. It looks like {"orders": "Data-Orders-1X2Y"}.',
    ),
    "no_boolean": ("", {"DYNAMIGRATE_JSON": "maybe"}, {}, "DYNAMIGRATE_JSON is 'maybe'. It is true or false."),
    "no_pair": (
        "", {}, {"tables": ["orders"]},
        "--name 'orders' is no LOGICAL=PHYSICAL. For example --name orders=Data-Orders-1X2Y; nothing was done.",
    ),
    "both": (
        "", {}, {"stack": "A", "state_of": "B"},
        "Both --stack and --state-of are given. --stack asks the deployed function;",
    ),
    "beside": (
        "", {}, {"stack": "A", "table": "B"},
        "--table is given beside --stack, whose function has its own. Leave one of them out; nothing was done.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("toml", "environ", "options", "said"), WRONG.values(), ids=WRONG)
def test_what_can_not_be_is_said_with_its_place(
    tmp_path: Path, toml: str, environ: dict[str, str], options: dict[str, Any], said: str
) -> None:
    """What it is, where it stands, and what would do."""
    with pytest.raises(UsedWrongly) as caught:
        _read(tmp_path, toml, environ, **options)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(said)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    """Rather than a traceback of its bytes."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsedWrongly, match=r"pyproject\.toml can't be read: byte 0 is no UTF-8"):
        _read(tmp_path)


def test_each_setting_can_be_given_in_all_three_ways(tmp_path: Path) -> None:
    """Its variable and its key come from its name; only policies have no option."""
    values: dict[str, Any] = {"text": "x", "path": "x", "flag": True, "texts": {"a": "x"}}
    for setting in SETTINGS.values():
        value = setting.choices[-1] if setting.choices else values[setting.kind]
        key = f"{setting.key}.a" if setting.kind == "texts" else setting.key
        written = json.dumps(value) if setting.kind != "texts" else '{a = "x"}'
        in_file = _read(tmp_path, f"[tool.dynamigrate]\n{setting.key} = {written}\n")
        assert in_file.given[key].origin.endswith("pyproject.toml:2") or setting.kind == "texts"
        in_environment = _read(
            tmp_path,
            "[tool]\n",
            {setting.variable: value if isinstance(value, str) else written.replace("{a = ", '{"a": ')},
        )
        assert in_environment.given[key].origin == setting.variable
        assert bool(setting.option) == (not setting.choices)


def test_config_says_which_endpoint_is_aws_own(cli_in: Callable[..., CommandLine]) -> None:
    """Where the commands go that ``dynamigrate local`` shows, which name none to this program."""
    url = "http://127.0.0.1:4566"
    cli = cli_in(AWS_ENDPOINT_URL=url, AWS_DEFAULT_REGION="us-east-1")
    assert cli("config", "--json").answer["settings"]["endpoint-url"] == {"value": url, "from": "AWS_ENDPOINT_URL"}
    given = cli("config", "--json", "--endpoint-url", "http://127.0.0.1:1").answer["settings"]["endpoint-url"]
    assert given["from"] == "--endpoint-url"
