"""
Runs CDK apps one after the other in one process, as often as a client asks.

A script (`server.py ADDRESS`). Python and Node have `aws_cdk` loaded after the first one, which is most of what a small
app takes.
"""

import contextlib
import functools
import json
import os
import runpy
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk

_APP = cdk.App


def main(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        Path(f"{address}.new").rename(address)  # whoever sees it can connect
        while True:
            connection, _ = listener.accept()
            with connection:
                answer(connection)


def answer(connection: socket.socket) -> None:
    _, streams, _, _ = socket.recv_fds(connection, 1, 2)
    content = b""
    while part := connection.recv(65536):
        content += part
    with redirected(streams):
        status = run(**json.loads(content))
    # Whoever asked may be gone: then nobody wants to know.
    with contextlib.suppress(OSError):
        connection.sendall(bytes([status]))


def run(argv: list[str], cwd: str, environment: dict[str, str]) -> int:
    """The exit status of a program that runs as if it had been started."""
    # Node's environment is that of its start, so what the CLI says there is given to the app.
    cdk.App = functools.partial(  # type: ignore[misc, assignment]
        _APP, context=json.loads(environment.get("CDK_CONTEXT_JSON", "{}")), outdir=environment.get("CDK_OUTDIR")
    )
    # It remembers what a folder had, and a program that is started does not.
    cdk.AssetStaging.clear_asset_hash_cache()
    path = list(sys.path)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = argv
    sys.path.insert(0, str(Path(argv[0]).parent))
    try:
        runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        cdk.App = _APP  # type: ignore[misc]
        sys.path[:] = path
    return 0


@contextlib.contextmanager
def redirected(streams: list[int]) -> Iterator[None]:
    """What is printed goes to *streams*, which are closed in the end."""
    kept = [os.dup(number) for number in (1, 2)]
    _point(streams)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        _point(kept)


def _point(descriptors: list[int]) -> None:
    """Standard output and standard error become *descriptors*, which are closed."""
    for number, descriptor in zip((1, 2), descriptors, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1])
