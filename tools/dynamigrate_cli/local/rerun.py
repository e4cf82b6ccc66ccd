"""
Runs what is pending in a folder of migrations, as a program of its own: each time what it imports is new.

``python -P -m dynamigrate_cli.local.rerun JSON``, in an environment that leads to the embedded AWS. It prints what an
author looks at. Exit status 0: all is applied; 1: it failed.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynamigrate import DynamoDBTarget, FolderSource, MigrationFailed, MigrationsError, migrate

# Of the engine's own lines below a warning; those of migrations have no event, and are all shown.
_SHOWN = frozenset({"migration.applied", "migration.held", "backfill.pass"})


def main(given: dict[str, Any]) -> int:
    """
    Args:
        given: ``folder``, ``table``, ``lock_table``, ``lock_id``, ``tables``, ``params``; and ``packages``, the asset that
            the app packed, for what a migration imports and is not installed here.
    """
    import boto3

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logger = logging.getLogger("run")
    logger.setLevel(logging.INFO)
    logger.addFilter(_is_shown)
    if given["packages"]:
        sys.path.append(given["packages"])
    target = DynamoDBTarget(
        boto3.client("dynamodb"),
        table_name=given["table"],
        lock_table_name=given["lock_table"],
        lock_id=given["lock_id"],
    )
    try:
        migrate(
            FolderSource(given["folder"]),
            target,
            missing="ignore",
            changed="ignore",
            tables=given["tables"],
            params=given["params"],
            logger=logger,
        )
    except MigrationFailed as error:
        sys.stdout.writelines(_frames(error, Path(given["folder"])))
        return 1
    except MigrationsError as error:
        sys.stdout.write(f"{error.message}\n")
        return 1
    return 0


def _is_shown(record: logging.LogRecord) -> bool:
    event = getattr(record, "event", None)
    return event is None or record.levelno >= logging.WARNING or event in _SHOWN


def _frames(error: BaseException, folder: Path) -> Iterator[str]:
    """Where in the folder what went wrong first went wrong, as a traceback shows it, without the engine's own frames."""
    while error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    yield from traceback.format_list([one for one in frames if Path(one.filename).is_relative_to(folder)])
    yield from traceback.format_exception_only(error)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
