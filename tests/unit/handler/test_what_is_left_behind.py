"""Nothing that a migration leaves behind keeps its answer from being sent, or moves what comes after it."""

import decimal
import io
import json
import locale
import logging
import os
import signal
import socket
import sys
import time
import urllib.request
import warnings
from pathlib import Path
from typing import Any

import pytest

from dynamigrate.handler.clients import Clients
from dynamigrate.handler.surroundings import put_back
from tests.unit.handler.front import FIRST, SECOND, Front

LEAVINGS = {
    "a root handler that raises": """
        import logging
        class Broken(logging.Handler):
            def emit(self, record): raise RuntimeError('no way to write')
        logging.getLogger().addHandler(Broken())
    """,
    "a handler of ours that raises": """
        import logging
        class Broken(logging.Handler):
            def emit(self, record): raise RuntimeError('no way to write')
        for name in ('dynamigrate', 'dynamigrate.run', 'dynamigrate.handler'):
            logging.getLogger(name).addHandler(Broken())
    """,
    "a handler that ends the process": """
        import logging
        class Broken(logging.Handler):
            def emit(self, record): raise SystemExit(3)
        logging.getLogger('dynamigrate.handler').addHandler(Broken())
    """,
    "a filter that raises": """
        import logging
        def broken(record): raise RuntimeError('no filter')
        logging.getLogger('dynamigrate.handler').addFilter(broken)
        for handler in logging.getLogger().handlers + logging.getLogger('dynamigrate').handlers: handler.addFilter(broken)
    """,
    "a formatter that raises": """
        import logging
        class Broken(logging.Formatter):
            def format(self, record): raise RuntimeError('no line')
        for handler in logging.getLogger().handlers + logging.getLogger('dynamigrate').handlers:
            handler.setFormatter(Broken())
    """,
    "a record factory that raises": """
        import logging
        def broken(*args, **kwargs): raise RuntimeError('no record')
        logging.setLogRecordFactory(broken)
    """,
    "logging that is off": "import logging\nlogging.disable(logging.CRITICAL)\nlogging.raiseExceptions = True",
    "loggers that are off": """
        import logging, logging.config
        logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})
    """,
    "streams that are closed": """
        import io, sys
        sys.stdout = io.StringIO(); sys.stdout.close()
        sys.stderr = io.StringIO(); sys.stderr.close()
    """,
    "no streams": "import sys\nsys.stdout = sys.stderr = None",
    "warnings that are errors": "import warnings\nwarnings.resetwarnings()\nwarnings.simplefilter('error')",
    "another region": """
        import os
        os.environ['AWS_REGION'] = os.environ['AWS_DEFAULT_REGION'] = 'mars-north-1'
        os.environ['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1'
        os.environ['AWS_ACCESS_KEY_ID'] = 'other'
    """,
    "an empty environment": "import os\nos.environ.clear()",
    "proxies": """
        import os
        for name in ('HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY'):
            os.environ[name] = 'http://127.0.0.1:1'
    """,
    "another folder": "import os, tempfile\nos.chdir(tempfile.mkdtemp())",
    "a folder that is gone": "import os, tempfile\nfolder = tempfile.mkdtemp()\nos.chdir(folder)\nos.rmdir(folder)",
    "an umask": "import os\nos.umask(0o777)",
    "signals": """
        import signal
        def broken(number, frame): raise RuntimeError('signal')
        signal.signal(signal.SIGALRM, broken)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    """,
    "a timeout of sockets": "import socket\nsocket.setdefaulttimeout(0.000001)",
    "sockets that are forbidden": """
        import socket
        def broken(*args, **kwargs): raise OSError('no network here')
        socket.socket.connect, socket.create_connection, socket.getaddrinfo = socket.socket.connect, broken, broken
    """,
    "an opener": """
        import urllib.request
        urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({'http': 'http://127.0.0.1:1'})))
        urllib.request.build_opener = urllib.request.Request = None
    """,
    "json that is another": """
        import json, sys, types
        json.dumps = json.loads = lambda *args, **kwargs: 1 / 0
        sys.modules['json'] = types.ModuleType('json')
    """,
    "modules that are gone": "import sys\nfor name in ('json', 'urllib.request', 'socket', 'logging'): sys.modules[name] = None",
    "a clock that stands still": "import time\ntime.monotonic = time.time = time.sleep = lambda *args: 1 / 0",
    "builtins": "import builtins\nbuiltins.print = builtins.open = None",
    "a limit of recursion": "import sys\nsys.setrecursionlimit(120)",
    "no collection of garbage": "import gc\ngc.disable()",
    "a locale": "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
    "decimal arithmetic": """
        import decimal
        decimal.getcontext().prec = 3
        decimal.getcontext().traps[decimal.Inexact] = True
        decimal.DefaultContext.prec = 2
    """,
    "a random seed": "import random\nrandom.seed(1)\nrandom.uniform = random.random = None",
    "threads": """
        import threading
        threading.Thread(target=lambda: threading.Event().wait(5), daemon=True).start()
        threading.excepthook = None
    """,
    "a trace": "import sys\nsys.excepthook = None",
}


def _source(text: str, *, fails: bool) -> str:
    lines = "\n".join(line.removeprefix("        ") for line in text.strip("\n").splitlines())
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"def do(ctx):\n{body}" + ("    raise KeyError('status')\n" if fails else "")


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What would not be put back must not reach the next test."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with put_back():
        yield


@pytest.mark.parametrize("leaving", LEAVINGS)
@pytest.mark.parametrize("fails", [False, True], ids=["passes", "fails"])
def test_the_answer_is_sent(front: Front, leaving: str, fails: bool) -> None:
    """Of a migration that passed and of one that failed, and the next one runs."""
    before = _state()
    front.write(_source(LEAVINGS[leaving], fails=fails), "def do(ctx): pass\n")
    answer = front.deploy()
    if fails:
        assert answer["Status"] == "FAILED"
        assert f"{FIRST}_add_users failed: KeyError: 'status'" in answer["Reason"]
        assert front.target.states() == {FIRST: "dirty"}
    else:
        assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", f"{FIRST},{SECOND}")
    assert _state() == before
    assert front.line("run.finished")["result"] == ("failed" if fails else "succeeded")
    assert front.line("answer.sent")["status"] == answer["Status"]


@pytest.mark.parametrize("leaving", LEAVINGS)
def test_a_command_is_answered(front: Front, leaving: str) -> None:
    """Whoever invoked it gets what was done."""
    front.write(_source(LEAVINGS[leaving], fails=False))
    assert front.invoke("migrate")["applied"] == [FIRST]


@pytest.mark.parametrize("leaving", [one for one in LEAVINGS if one != "a handler that ends the process"])
def test_what_importing_leaves_is_put_back_too(front: Front, leaving: str) -> None:
    """Code outside of do runs as well."""
    text = "\n".join(line.removeprefix("        ") for line in LEAVINGS[leaving].strip("\n").splitlines())
    before = _state()
    front.write(f"{text}\ndef do(ctx):\n    raise KeyError('status')\n")
    assert front.deploy()["Status"] == "FAILED"
    assert _state() == before


def test_a_client_is_made_where_the_function_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that sets another region before it asks for its client gets its own, and so does the next one."""
    clients = Clients({})
    monkeypatch.setenv("AWS_DEFAULT_REGION", "mars-north-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert clients.dynamodb.meta.region_name == "us-east-1"
    assert "127.0.0.1:1" not in clients.dynamodb.meta.endpoint_url
    assert os.environ["AWS_DEFAULT_REGION"] == "mars-north-1"


def test_the_next_migration_finds_what_its_own_import_set(front: Front) -> None:
    """Only what a function itself has changed is taken back after it."""
    second = "import os\nos.environ['WORD'] = 'here'\ndef do(ctx):\n    assert os.environ['WORD'] == 'here'\n"
    front.write("def do(ctx):\n    import os\n    os.environ['WORD'] = 'elsewhere'\n", second)
    assert front.deploy()["Status"] == "SUCCESS"
    assert "WORD" not in os.environ


ODD_ERRORS = {
    "without text": (
        "class Odd(Exception):\n    def __str__(self): raise AttributeError('no name')\n",
        "Odd",
        "Odd: its text",
    ),
    "without repr": (
        "class Odd(Exception):\n    def __str__(self): raise RecursionError\n    __repr__ = __str__\n",
        "Odd(1)",
        "Odd: its text",
    ),
    "that exits as it is told": (
        "class Odd(Exception):\n    def __str__(self): raise SystemExit(3)\n",
        "Odd",
        "Odd: its text",
    ),
    "of the engine's kind": (
        "from dynamigrate import MigrationsError\nclass Odd(MigrationsError):\n    def __init__(self): pass\n",
        "Odd",
        "Odd",
    ),
    "a group": ("", "ExceptionGroup('two', [ValueError('order 7 has no name')])", "ValueError: order 7 has no name"),
    "a group of interruptions": ("", "BaseExceptionGroup('two', [KeyboardInterrupt()])", "two: KeyboardInterrupt"),
    "with notes": ("error = ValueError('odd')\nerror.add_note('in order 7')\n", "error", "odd (note: in order 7)"),
    "with a cause": ("", "ValueError('odd') from KeyError('name')", "odd (caused by KeyError: 'name')"),
    "huge": ("", "ValueError('x' * 10_000_000)", "ValueError: xxx"),
    "colored": ("", "ValueError('\\x1b[31mno table\\x1b[0m')", "ValueError: no table"),
    "without a traceback": (
        "class Odd(Exception):\n    __traceback__ = property(lambda self: 1 / 0)\n",
        "Odd('odd')",
        "Odd: odd",
    ),
}


@pytest.mark.parametrize("on_failure", ["stop", "undo"])
@pytest.mark.parametrize(("before", "raised", "told"), ODD_ERRORS.values(), ids=ODD_ERRORS)
def test_any_error_is_told_and_kept(front: Front, before: str, raised: str, told: str, on_failure: str) -> None:
    """The migration, the reason and what to do next: in the answer, the history, `status` and the log."""
    front.environ = {"DYNAMIGRATE_ON_FAILURE": on_failure}
    front.write(f"{before}def do(ctx):\n    raise {raised}\n")
    reason = front.deploy()["Reason"]
    assert reason.startswith(f"{FIRST}_add_users failed: ")
    assert told in reason
    assert f"-c repair={FIRST}:pending" in reason
    assert len(reason) <= 3000
    [dirty] = front.invoke("status")["dirty"]
    assert told in f"{dirty['error']['type']}: {dirty['error']['message']}"
    assert told in front.invoke("history")["runs"][0]["note"]
    assert told in next(line for line in front.lines if line.get("event") == "migration.failed")["error"]


@pytest.mark.parametrize(
    "raised", ["KeyboardInterrupt", "GeneratorExit", "SystemExit(3)", "__import__('asyncio').CancelledError"]
)
def test_what_is_no_exception_is_told_with_its_migration(front: Front, raised: str) -> None:
    """Nobody sits at a function to interrupt it."""
    front.write(f"def do(ctx):\n    raise {raised}\n")
    reason = front.deploy()["Reason"]
    assert f"{FIRST}_add_users failed: " in reason
    assert f"-c repair={FIRST}:pending" in reason


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mno table\x1b[0m \x00\x07",
        "half \udcff",
        "\x9b1mbold",
        "x" * 10_000 + "\x1b[0m",
        "\ufffe\uffff",
        "\x1b]0;title\x07",
    ],
)
def test_an_answer_is_text_that_xml_can_hold(front: Front, text: str) -> None:
    """CloudFormation's events are XML."""
    front.write(f"def do(ctx):\n    raise RuntimeError({text!r})\n")
    front.handle(front.event("Create"))
    [received] = front.server.received
    assert len(received.body) < 4096
    reason = json.loads(received.body.decode("utf-8"))["Reason"]
    assert f"{FIRST}_add_users failed: RuntimeError" in reason
    assert "repair" in reason
    assert all(one in "\t\n\r" or (one >= " " and not "\x7f" <= one <= "\x9f") for one in reason)
    assert not any("\ud800" <= one <= "\udfff" or one in "\ufffe\uffff" for one in reason)
    told = front.invoke("status")
    assert "\\u001b" not in json.dumps(told)


def test_a_line_with_values_that_no_json_has_is_written(front: Front) -> None:
    """Each as text."""
    values = "{'nan': float('nan'), 'deep': [[1]], 'key': {(1, 2): 3}, 'set': {1}, 'huge': 10 ** 5000, 'odd': Odd(), 'me': me}"
    odd = "class Odd:\n    def __str__(self): raise RuntimeError\n    __repr__ = __str__\n"
    front.write(f"{odd}def do(ctx):\n    me = []\n    me.append(me)\n    ctx.logger.warning('odd', extra={values})\n")
    assert front.deploy()["Status"] == "SUCCESS"
    line = front.line("odd")
    assert (line["nan"], line["deep"], line["key"], line["odd"]) == ("nan", [[1]], {"(1, 2)": 3}, "a Odd")


def _state() -> dict[str, Any]:
    mask = os.umask(0)
    os.umask(mask)
    ours = logging.getLogger("dynamigrate.handler")
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "umask": mask,
        "timeout": socket.getdefaulttimeout(),
        "alarm": (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)),
        "streams": (sys.stdout, sys.stderr),
        "modules": (sys.modules["json"], json.dumps, time.monotonic, urllib.request.build_opener),
        "warnings": list(warnings.filters),
        "limit": sys.getrecursionlimit(),
        "decimal": (decimal.getcontext().prec, decimal.DefaultContext.prec),
        "locale": locale.setlocale(locale.LC_ALL),
        "logging": (logging.root.manager.disable, ours.handlers[:], ours.filters[:], ours.disabled),
        "open": (open, print, io.open),
    }
