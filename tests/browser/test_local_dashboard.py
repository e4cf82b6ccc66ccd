"""The page of `make dashboard`, in a browser, with a history behind it that stands still."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from demo.dashboard.series import log_rows, read_lines, series
from demo.dashboard.server import DashboardServer
from tests.browser.sample_dashboard import WIDGET, dashboard
from tests.browser.scenes import ENDPOINT, RUNNING, SCENES


class Standing:
    """A dashboard whose history does not change; remembers what its functions were sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def state(self) -> dict[str, Any]:
        return dashboard()

    def invoke(self, endpoint: str, event: Any) -> Any:
        self.sent.append((endpoint, event))
        context = event["widgetContext"]
        if endpoint == WIDGET:
            return SCENES["all"]().html(dark=context["theme"] == "dark", width=context["width"])
        return {"ok": True, "paused": True}


@pytest.fixture
def served() -> Iterator[DashboardServer]:
    """On a free port of the loopback."""
    with DashboardServer(Standing()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Any, served: DashboardServer) -> Iterator[Any]:
    """The page, once the table is there; nothing in it may have failed."""
    page = browser.new_page(viewport={"width": 1240, "height": 900})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(served.address)
    page.wait_for_selector(".dynamigrate .row")
    yield page
    page.close()
    assert wrong == []


def test_shows_table_graphs_and_links(page: Any) -> None:
    """With the lines of their metrics."""
    assert page.title() == "OrderMigrations-Migrations"
    assert "split names failed" in page.inner_text("main")
    assert len(page.query_selector_all(".graph path")) == 5
    assert f"{RUNNING} ceiling" in page.inner_text("main")
    assert [one.inner_text() for one in page.query_selector_all("section.text a")] == [
        "Log",
        "Function",
        "Detached runs",
    ]


def test_has_both_themes(page: Any) -> None:
    """The table is asked for anew."""
    page.click("#theme")
    page.wait_for_selector(".dynamigrate.dark")
    page.click("#theme")
    page.wait_for_selector(".dynamigrate.light")


def test_a_button_works(page: Any, served: DashboardServer) -> None:
    """After its question, with the context that CloudWatch adds; and the answer is shown."""
    page.click("text='Pause'")
    page.click("dialog[open] button:text-is('OK')")
    page.wait_for_selector("dialog[open] pre")
    assert '"paused": true' in page.inner_text("dialog[open]")
    dashboard: Any = served.dashboard
    [sent] = [event for endpoint, event in dashboard.sent if endpoint == ENDPOINT]
    assert {name: value for name, value in sent.items() if name != "widgetContext"} == {
        "action": "pause",
        "migration": RUNNING,
    }
    assert sent["widgetContext"]["dashboardName"] == "OrderMigrations-Migrations"
    page.click("dialog[open] button:text-is('Close')")


_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("GET", "/state", "", {"Host": "evil.example"}), 403),
        (("POST", "/invoke", "{}", {"Host": "evil.example", **_JSON}), 403),
        (("POST", "/invoke", '{"endpoint": "x", "event": {}}', {"Content-Type": "text/plain"}), 404),
        (("POST", "/invoke", '{"endpoint": "x"}', _JSON), 400),
        (("POST", "/invoke", "no", _JSON), 400),
        (("POST", "/invoke", '{"endpoint": "x", "event": {}}', _JSON), 502),
        (("GET", "/../server.py", "", {}), 404),
    ],
)
def test_answers_nobody_else(served: DashboardServer, request_: Any, status: int) -> None:
    """A page of another site calls no function here, whatever name it finds this address by."""
    connection = http.client.HTTPConnection("127.0.0.1", served.server_port)
    connection.request(*request_)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == status


def test_metrics_are_read_from_the_log() -> None:
    """As CloudWatch reads them: a metric for each set of dimensions; lines for people are none."""
    emf = {
        "_aws": {
            "Timestamp": 1_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "dynamigrate",
                    "Dimensions": [["service"], ["service", "migration"]],
                    "Metrics": [{"Name": "Percent"}],
                }
            ],
        },
        "service": "Orders",
        "migration": "1",
        "Percent": [12.5],
        "message": "Figures of 1, as metrics.",
    }
    line = {"timestamp": "2026-11-26T14:03:12.000Z", "level": "INFO", "message": "It began."}
    contents = read_lines(["START RequestId: 1", json.dumps(emf), json.dumps(line), "[1]"])
    assert series(contents) == [
        {"name": "Percent", "dimensions": {"service": "Orders"}, "points": [[1.0, 12.5]]},
        {"name": "Percent", "dimensions": {"service": "Orders", "migration": "1"}, "points": [[1.0, 12.5]]},
    ]
    assert log_rows(contents) == [["14:03:12", "INFO", "", "It began."]]
