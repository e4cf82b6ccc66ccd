"""The pages as a site: all are in its navigation, and no link leads nowhere. Building it is `make docs`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import PROJECT, pages
from tests.docs.links import Link, anchors, links

_DOCS = PROJECT / "docs"
_SETTINGS: dict[str, Any] = tomllib.loads((PROJECT / "zensical.toml").read_text(encoding="utf-8"))["project"]
_PAGES = [*pages(), PROJECT / "CHANGELOG.md"]


def _named(found: list[Path]) -> list[Any]:
    return [pytest.param(page, id=str(page.relative_to(PROJECT))) for page in found]


def _in_navigation(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for value in part.values():
                yield from _in_navigation(value)
        case _:
            for one in part:
                yield from _in_navigation(one)


def test_the_navigation_has_every_page_once() -> None:
    """And no page that is not there, which would be an empty one."""
    listed = sorted(_in_navigation(_SETTINGS["nav"]))
    assert listed == sorted(page.relative_to(_DOCS).as_posix() for page in _DOCS.rglob("*.md"))


def test_a_new_reader_finds_every_page_from_the_readme() -> None:
    """Its map has all that the site's navigation has."""
    linked = {link.file for link in links(PROJECT / "README.md")}
    assert [page for page in sorted(_DOCS.rglob("*.md")) if page not in linked] == []


@pytest.mark.parametrize("page", _named(_PAGES))
def test_no_link_leads_nowhere(page: Path) -> None:
    """Its file is there, and in it the heading."""
    own = [link for link in links(page) if not link.leaves]
    assert [str(link) for link in own if not link.file.exists()] == []
    assert [str(link) for link in own if link.anchor and _lacks(link)] == []


def _lacks(link: Link) -> bool:
    """Whether a page does not have its anchor; a picture's says in which theme it is shown."""
    themes = {"only-light", "only-dark"}
    return link.anchor not in (anchors(link.file) if link.file.suffix == ".md" else themes)


@pytest.mark.parametrize("page", _named([page for page in _PAGES if _DOCS in page.parents]))
def test_a_page_links_to_what_the_site_has(page: Path) -> None:
    """What lies beside the docs is not on it."""
    assert [str(link) for link in links(page) if not link.leaves and _DOCS not in link.file.parents] == []


def test_the_site_loads_nothing_from_elsewhere() -> None:
    """No fonts of others, and no script or style but its own."""
    assert _SETTINGS["theme"]["font"] is False
    for kind in ("extra_css", "extra_javascript"):
        assert [one for one in _SETTINGS.get(kind, []) if not (_DOCS / one).is_file()] == []


def test_every_page_has_one_title() -> None:
    """By which the navigation, a search and a browser's tab name it."""
    for page in _DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert text.count("\n# ") + text.startswith("# ") - _commented(text) == 1, page


def _commented(text: str) -> int:
    """Comments of code, which begin as titles do."""
    fenced = text.split("```")[1::2]
    return sum(block.count("\n# ") for block in fenced)
