"""What the environment says."""

from pathlib import Path

import pytest

import dynamigrate
from dynamigrate.contract import Env
from dynamigrate.errors import InvalidSetting
from dynamigrate.handler.settings import Settings


def test_an_empty_environment_has_the_defaults() -> None:
    """The tables and the lock of the seed's driver, and the folder beside the engine."""
    settings = Settings.read({})
    assert settings.migrations_folder == Path(dynamigrate.__file__).parents[1] / "migrations"
    assert (settings.table_name, settings.lock_table_name, settings.lock_id) == (
        "_migrations",
        "_migrations-lock",
        "migrations",
    )
    assert (settings.policy.out_of_order, settings.policy.missing, settings.policy.changed) == (
        "error",
        "error",
        "warn",
    )
    assert (dict(settings.tables), dict(settings.params), settings.log_level) == ({}, {}, "INFO")
    assert settings.on_failure == "stop"


def test_every_variable_is_read() -> None:
    """Each has another value than its default."""
    settings = Settings.read(
        {
            Env.MIGRATIONS_FOLDER: "steps",
            Env.MIGRATIONS_TABLE: "m",
            Env.LOCK_TABLE: "l",
            Env.LOCK_ID: "i",
            Env.TABLES: '{"orders": "Orders-1"}',
            Env.PARAMS: '{"region": "EU"}',
            Env.STACK_NAME: "S",
            Env.APP_VERSION: "1.2",
            Env.OUT_OF_ORDER: "allow",
            Env.MISSING: "ignore",
            Env.CHANGED: "error",
            Env.ON_FAILURE: "undo",
            Env.LOG_LEVEL: "DEBUG",
            Env.PRICES: '{"read": 0.1, "write": 0.5}',
        }
    )
    assert settings.migrations_folder.name == "steps"
    assert (settings.table_name, settings.lock_table_name, settings.lock_id) == ("m", "l", "i")
    assert (dict(settings.tables), dict(settings.params)) == ({"orders": "Orders-1"}, {"region": "EU"})
    assert (settings.stack_name, settings.app_version, settings.log_level) == ("S", "1.2", "DEBUG")
    assert settings.on_failure == "undo"
    assert settings.prices == {"read": 0.1, "write": 0.5}
    assert (settings.policy.out_of_order, settings.policy.missing, settings.policy.changed) == (
        "allow",
        "ignore",
        "error",
    )


@pytest.mark.parametrize("name", list(Env))
def test_an_empty_variable_is_none(name: Env) -> None:
    """CloudFormation can't leave one out."""
    assert Settings.read({name: ""}) == Settings.read({})


@pytest.mark.parametrize("name", [Env.TABLES, Env.PARAMS])
@pytest.mark.parametrize("value", ["orders", "[]", '"x"', "1", '{"orders": 3}', '{"orders": null}', "{"])
def test_a_map_that_is_none_is_refused(name: Env, value: str) -> None:
    """By the variable's name, and without its value, which may be confidential."""
    with pytest.raises(InvalidSetting) as raised:
        Settings.read({name: value})
    assert raised.value.message.startswith(f"The environment variable {name.value} is no JSON object of strings.")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("cheap", "is no mapping"),
        ("[]", "is no mapping"),
        ('{"read": 1}', "does not say what it is for 'write'"),
        ('{"read": 1, "write": -1}', "has -1 for 'write', which is no price"),
        ('{"read": 1, "write": "2"}', "has '2' for 'write', which is no price"),
        ('{"read": 1, "write": 2, "store": 3}', "has 'store' in it, which is no kind of request unit"),
    ],
)
def test_prices_that_are_none_are_refused(value: str, fault: str) -> None:
    """With what they would look like."""
    with pytest.raises(InvalidSetting) as raised:
        Settings.read({Env.PRICES: value})
    assert raised.value.message.startswith(f"The environment variable {Env.PRICES.value} is {value!r}, which {fault}. ")
    assert '{"read": 0.125, "write": 0.625}' in raised.value.message


@pytest.mark.parametrize("name", [Env.OUT_OF_ORDER, Env.MISSING, Env.CHANGED, Env.LOG_LEVEL])
def test_an_unknown_choice_is_refused(name: Env) -> None:
    """By the variable's name, with what it may be."""
    with pytest.raises(InvalidSetting) as raised:
        Settings.read({name: "perhaps"})
    assert raised.value.message.startswith(f"The environment variable {name.value} is 'perhaps'. It is one of ")
    assert raised.value.next_step == "The Migrations construct sets it: correct its props, and deploy again."
