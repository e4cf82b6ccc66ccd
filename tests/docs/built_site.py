"""
What `make docs` has built: every page can be read without a network, and every link in it holds.

It looks at the HTML, docstrings and all, with the standard library alone: `python -m tests.docs.built_site FOLDER`.
"""

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser asks for by itself, as soon as it has the page; any other link waits for a click.
_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
_LOADING_RELATIONS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}


class Page(HTMLParser):
    """
    One page.

    Attributes:
        anchors: What it has that can be linked to.
        loaded: Addresses that a browser asks for with it.
        linked: Addresses that a reader may go to from it.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given and tag != "meta"}
        if tag in _LOADS and _LOADS[tag] in given:
            self.loaded.append(given[_LOADS[tag]])
        elif tag == "link" and _LOADING_RELATIONS & set(given.get("rel", "").split()):
            self.loaded.append(given.get("href", ""))
        elif tag == "a" and "href" in given:
            self.linked.append(given["href"])


@cache
def read(file: Path) -> Page:
    return Page(file.read_text(encoding="utf-8"))


def faults(site: Path) -> Iterator[str]:
    """What is wrong with the site in that folder, a line each."""
    files = sorted(site.rglob("*.html"))
    if not files:
        yield f"{site}: there are no pages"
    # What a server shows for an address that is not there has links of the whole site's, not of its place.
    for file in [file for file in files if file.name != "404.html"]:
        page, name = read(file), file.relative_to(site)
        yield from (f"{name}: loads {one}" for one in page.loaded if _leaves(one))
        for address in [*page.linked, *page.loaded]:
            if not _leaves(address) and (why := _broken(file, address)):
                yield f"{name}: {address} {why}"


def _leaves(address: str) -> bool:
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in ("http", "https")


def _broken(file: Path, address: str) -> str:
    """Why nobody gets there; empty: it is there."""
    parts = urlsplit(address)
    if parts.scheme:
        return ""
    to = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if to.is_dir():
        to /= "index.html"
    if not to.is_file():
        return "is not there"
    anchor = unquote(parts.fragment)
    if anchor and to.suffix == ".html" and not anchor.startswith("__") and anchor not in read(to).anchors:
        return f"has no such place in {to.name}"
    return ""


def main(site: Path) -> int:
    found = list(faults(site))
    for fault in found:
        sys.stderr.write(f"docs: {fault}\n")
    if not found:
        sys.stdout.write(f"docs: {site}/index.html, and {len(list(site.rglob('*.html'))) - 2} pages more\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
