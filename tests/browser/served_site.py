"""The documentation as `make docs` has built it, served on the loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

SITE = Path(__file__).resolve().parents[2] / "build/site"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # what the base calls it
        """Nobody reads it."""


@contextmanager
def served(folder: Path = SITE) -> Iterator[str]:
    """
    While the block runs, *folder* is at the address that it is given.

    Raises:
        FileNotFoundError: Nothing was built there.
    """
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"There is no {folder}/index.html: run `make docs`.")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
