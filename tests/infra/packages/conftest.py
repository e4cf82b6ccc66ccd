"""A project for each test."""

import shutil
from pathlib import Path

import pytest

from dynamigrate_cdk.asset.cache import CACHE_VARIABLE
from dynamigrate_cdk.asset.vendored import vendored
from tests.infra.packages.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Its cache is its own, and has the engine's dependencies already."""
    known = vendored().parent
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copytree(known, cache / known.name)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    return Project(tmp_path)
