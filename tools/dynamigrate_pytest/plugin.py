"""What pytest loads. It is loaded in every run of pytest where the package is installed, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dynamigrate import Outcome, Source, Target

    from .client_type import DynamoDBClient
    from .engine import MigrationEngine
    from .migration_test import MigrationTest
    from .settings import Settings

_FOLDER = "the folder of migrations (default: migrations)"
_ENDPOINT = (
    "where tests of migrations find DynamoDB: http://127.0.0.1:8000, or 'embedded' for the embedded AWS; otherwise it is moto, in "
    "process"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dynamigrate", "tests of migrations (dynamigrate)")
    group.addoption("--dynamigrate-migrations", metavar="DIR", default=None, help=_FOLDER)
    group.addoption("--dynamigrate-endpoint", metavar="URL", default=None, help=_ENDPOINT)
    parser.addini("dynamigrate_migrations", _FOLDER, default="")
    parser.addini("dynamigrate_endpoint", _ENDPOINT, default="")


@pytest.fixture(scope="session")
def migration_settings(pytestconfig: pytest.Config) -> Settings:
    """What was said in options, environment and configuration."""
    from .settings import Settings

    return Settings.of(pytestconfig)


@pytest.fixture
def migration_source(request: pytest.FixtureRequest, migration_settings: Settings) -> Source:
    """The migrations: those beside which the test stands, in a folder ``tests``, or else those of the folder that was said."""
    from dynamigrate import FolderSource, NoMigrationsAvailable

    folder = migration_settings.folder_of(request.path)
    if not folder.is_dir():
        __tracebackhide__ = True
        raise NoMigrationsAvailable(
            f"{folder} is no folder.",
            next_step="Say where the migrations are: --dynamigrate-migrations DIR, dynamigrate_migrations in pytest's configuration, "
            "or migrations in [tool.dynamigrate] of pyproject.toml.",
        )
    return FolderSource(folder)


@pytest.fixture
def migration_tables(migration_settings: Settings) -> dict[str, str]:
    """``ctx.tables``; a test may add to it."""
    return dict(migration_settings.tables)


@pytest.fixture
def migration_params(migration_settings: Settings) -> dict[str, str]:
    """``ctx.params``; a test may add to it."""
    return dict(migration_settings.params)


@pytest.fixture
def migration_state() -> Callable[[], Target]:
    """Makes an empty history: in memory. Functions that use ``ctx.lock_condition()`` need a `DynamoDBTarget` here."""
    from dynamigrate import MemoryTarget

    return MemoryTarget


@pytest.fixture
def migration_dynamodb(_dynamigrate_stand_in: Any) -> DynamoDBClient:
    """A client of DynamoDB with no table of anybody else's; clients that migrations make find the same."""
    client: DynamoDBClient = _dynamigrate_stand_in[0].client
    return client


@pytest.fixture
def migration_engine(
    migration_source: Source, migration_tables: dict[str, str], migration_params: dict[str, str]
) -> MigrationEngine:
    """The engine with its state in memory, and no AWS at all."""
    from dynamigrate import MemoryTarget

    from .engine import MigrationEngine

    return MigrationEngine(migration_source, MemoryTarget(), tables=migration_tables, params=migration_params)


@pytest.fixture
def migration_dynamodb_engine(
    migration_source: Source,
    migration_dynamodb: DynamoDBClient,
    migration_tables: dict[str, str],
    migration_params: dict[str, str],
) -> MigrationEngine:
    """The engine with its state, and its migrations' data, in DynamoDB."""
    from dynamigrate import DynamoDBTarget

    from .engine import MigrationEngine

    target = DynamoDBTarget(migration_dynamodb, table_name="dynamigrate-test", lock_table_name="dynamigrate-test-lock")
    return MigrationEngine(
        migration_source, target, dynamodb=migration_dynamodb, tables=migration_tables, params=migration_params
    )


@pytest.fixture
def migrated_to(
    migration_source: Source,
    migration_dynamodb: DynamoDBClient,
    migration_state: Callable[[], Target],
    migration_tables: dict[str, str],
    migration_params: dict[str, str],
) -> Callable[[str], Outcome]:
    """
    Called with an id, brings the test's own tables to where that migration is the newest that is applied, forward or back.
    """
    from .engine import MigrationEngine

    engine = MigrationEngine(migration_source, migration_state(), dynamodb=migration_dynamodb)
    # The test's own, to which it may add until it calls this.
    engine.tables, engine.params = migration_tables, migration_params
    return engine.to


@pytest.fixture
def migration_test(
    _dynamigrate_stand_in: Any,
    migration_source: Source,
    migration_state: Callable[[], Target],
    migration_tables: dict[str, str],
    migration_params: dict[str, str],
) -> MigrationTest:
    """Makes data, runs one migration on it, and asserts what has to hold of any."""
    from .migration_test import MigrationTest

    _, traffic, database = _dynamigrate_stand_in
    return MigrationTest(
        migration_source, database, traffic, migration_state, tables=migration_tables, params=migration_params
    )


@pytest.fixture(scope="session")
def _dynamigrate_session() -> Any:
    import boto3

    return boto3.Session()


@pytest.fixture(scope="session")
def _dynamigrate_endpoint(migration_settings: Settings, _dynamigrate_session: Any) -> Iterator[str]:
    from .settings import EMBEDDED
    from .stand_ins import embedded, require_usable

    endpoint = migration_settings.endpoint
    if not endpoint:
        yield ""
        return
    with embedded() if endpoint == EMBEDDED else nullcontext(endpoint) as found:
        require_usable(_dynamigrate_session, found)
        yield found


@pytest.fixture
def _dynamigrate_stand_in(_dynamigrate_session: Any, _dynamigrate_endpoint: str) -> Iterator[Any]:
    """The stand-in, all that is sent, and its tables."""
    from .stand_ins import prepared

    with prepared(_dynamigrate_session, _dynamigrate_endpoint) as found:
        yield found
