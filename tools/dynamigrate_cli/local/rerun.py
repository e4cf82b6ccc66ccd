"""
Runs what is pending in a folder of migrations, as a program of its own: each time what it imports is new.

``python -P -m dynamigrate_cli.local.rerun JSON``, in an environment that leads to the embedded AWS. It prints the run's
lines. Exit status 0: all is applied; 1: it failed.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

from dynamigrate import DynamoDBTarget, FolderSource, MigrationFailed, MigrationsError, migrate


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
        traceback.print_exception(error.__cause__, file=sys.stdout)
        return 1
    except MigrationsError as error:
        sys.stdout.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
