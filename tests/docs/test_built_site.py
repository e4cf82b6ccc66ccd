"""What looks at a site that was built finds what is wrong with it."""

from pathlib import Path

import pytest

from tests.docs.built_site import faults, main, read

_HEAD = '<link rel="stylesheet" href="../assets/site.css"><script src="../assets/site.js"></script>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two pages that link to each other."""
    read.cache_clear()
    for name, text in {
        "assets/site.css": "",
        "assets/site.js": "",
        "index.html": '<h1 id="top">Home</h1><a href="why/lock.html#who">the lock</a> <a href="https://example.com/">away</a>',
        "why/lock.html": f'{_HEAD}<h2 id="who">Who</h2><a href="../index.html#top">home</a> <a href="#who">here</a>',
        "404.html": '<a href="/nowhere/">lost</a>',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_whole_site_has_no_faults(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link to elsewhere is a reader's to follow."""
    assert list(faults(site)) == []
    assert main(site) == 0
    assert capsys.readouterr().out == f"docs: {site}/index.html, and 1 pages more\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('<a href="../gone.html">x</a>', "why/lock.html: ../gone.html is not there"),
        ('<a href="../index.html#gone">x</a>', "why/lock.html: ../index.html#gone has no such place in index.html"),
        ('<a href="#gone">x</a>', "why/lock.html: #gone has no such place in lock.html"),
        ('<img src="../pictures/gone.png">', "why/lock.html: ../pictures/gone.png is not there"),
        ('<script src="https://cdn.example/x.js"></script>', "why/lock.html: loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x">', "why/lock.html: loads //fonts.example/x"),
        ('<link rel="preconnect" href="https://fonts.example">', "why/lock.html: loads https://fonts.example"),
    ],
)
def test_what_is_wrong_is_told_with_its_page(
    site: Path, text: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And fails the build."""
    page = site / "why/lock.html"
    page.write_text(page.read_text(encoding="utf-8") + text, encoding="utf-8")
    assert list(faults(site)) == [fault]
    assert main(site) == 1
    assert capsys.readouterr().err == f"docs: {fault}\n"


def test_an_empty_folder_is_no_site(tmp_path: Path) -> None:
    """Silence would be taken for a pass."""
    assert list(faults(tmp_path)) == [f"{tmp_path}: there are no pages"]
