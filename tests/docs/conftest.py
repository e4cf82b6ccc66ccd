"""The front door, as the handler's own tests have it; and the folder of a recipe."""

from pathlib import Path
from typing import Any

import pytest

from tests.docs.deploys import Deploys, Make, recipes
from tests.unit.handler.conftest import clean_logging, front, logs, server, stream

__all__ = ["clean_logging", "front", "logs", "server", "stream"]


@pytest.fixture
def make(ministack_dynamodb: Any, tmp_path: Path) -> Make:
    """Makes the folder of a recipe, without tables."""
    return lambda recipe: Deploys(ministack_dynamodb, tmp_path, recipes()[recipe])
