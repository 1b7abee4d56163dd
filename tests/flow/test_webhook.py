"""Findings are posted where an address is set; a failure is told without the address and stops nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from pipelines.warehouse.findings import Finding
from pipelines.webhook import tell

FOUND = [Finding("budget", "2026-08 growth/*: 11 of 10 USD spent, used up on 2026-08-30")]
PATH = "services/T0/B0/xyz"
AT_ONCE = (0.0, 0.0)


@dataclass
class Receiver:
    """A server on the loopback that answers with the statuses it is given, the last one again and again."""

    statuses: list[int] = field(default_factory=lambda: [200])
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status = received.statuses.pop(0) if len(received.statuses) > 1 else received.statuses[0]
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/{PATH}"
        monkeypatch.setenv("INFERLEDGER_WEBHOOK_URL", received.url)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield received
        server.shutdown()
        thread.join()


def test_findings_are_posted_as_json(receiver: Receiver) -> None:
    assert tell(FOUND, "2026-08-01", "2026-08-02", AT_ONCE) == []
    assert [json.loads(body) for body in receiver.bodies] == [{
        "first": "2026-08-01", "last": "2026-08-02", "count": 1,
        "findings": [{"check": "budget", "sentence": FOUND[0].sentence}],
    }]  # fmt: skip


def test_nothing_is_posted_without_an_address_or_a_finding(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell([], "2026-08-01", "2026-08-02", AT_ONCE) == []
    monkeypatch.delenv("INFERLEDGER_WEBHOOK_URL")
    assert tell(FOUND, "2026-08-01", "2026-08-02", AT_ONCE) == []
    assert receiver.bodies == []


@pytest.mark.parametrize(
    ("statuses", "posts", "said"),
    [
        ([503, 429, 200], 3, []),
        ([500], 3, ["the webhook did not take the 1 findings: it answered 500"]),
        ([404], 1, ["the webhook did not take the 1 findings: it answered 404"]),
        ([302], 1, ["the webhook did not take the 1 findings: it answered 302"]),
    ],
)
def test_what_may_pass_is_tried_three_times(
    receiver: Receiver, statuses: list[int], posts: int, said: list[str]
) -> None:
    receiver.statuses = statuses
    assert tell(FOUND, "2026-08-01", "2026-08-02", AT_ONCE) == said
    assert len(receiver.bodies) == posts


@pytest.mark.parametrize("url", [f"http://127.0.0.1:9/{PATH}", f"file:///{PATH}", f"http:{PATH}"])
def test_no_message_says_the_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INFERLEDGER_WEBHOOK_URL", url)
    [said] = tell(FOUND, "2026-08-01", "2026-08-02", AT_ONCE)
    assert PATH not in said
    assert "127.0.0.1" not in said
