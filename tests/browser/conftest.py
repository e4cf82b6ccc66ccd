"""A browser for the tests in this folder, which `make test-browser` runs in an environment of their own."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# `make test` has no browser, and these are none of its tests. Where they are meant to run, none would be a failure.
collect_ignore_glob = [] if importlib.util.find_spec("playwright") else ["test_*.py"]

BROWSER_PATH = Path(__file__).resolve().parents[2] / ".browser" / "browser-path"
# Nothing is asked for beyond the loopback, and as root there is no sandbox.
OPTIONS = [
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Playwright's, of the browser that `make test-browser` found."""
    from playwright.sync_api import sync_playwright

    assert BROWSER_PATH.exists(), "no browser was set up: run `make test-browser`"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER_PATH.read_text(encoding="utf-8"), args=OPTIONS)
        yield running
        running.close()
