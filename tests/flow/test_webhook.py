"""Findings are posted where an address is set, by every run; a failure is told and stops nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import dagster as dg
import pytest

from pipelines.defs.assets import WEBHOOK, catalogue
from pipelines.defs.ledger import Ledger as Folders
from pipelines.defs.partitions import days_tags
from pipelines.warehouse.finding import WARNING, Finding
from pipelines.warehouse.findings import CHECKS
from pipelines.webhook import tell
from tests.flow.days import company, day
from tests.ledger import Ledger

SAID = "2026-08 growth/*: 11 of 10 USD spent, used up on 2026-08-30"
SPENT = date(2026, 8, 31)
FOUND = [Finding("budget", SAID, SPENT, "2026-08 growth/*", Decimal("1.000000000000"), WARNING)]
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
    assert tell(FOUND, AT_ONCE) == []
    assert [json.loads(body) for body in receiver.bodies] == [{
        "count": 1,
        "findings": [{
            "check": "budget", "severity": "warning", "day": "2026-08-31", "since_day": None,
            "subject": "2026-08 growth/*", "amount_usd": "1.000000000000", "sentence": SAID,
        }],
    }]  # fmt: skip


def test_nothing_is_posted_without_an_address_or_an_open_finding(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell([], AT_ONCE) == []
    assert tell([replace(FOUND[0], acknowledged_reason="a sale")], AT_ONCE) == []
    monkeypatch.delenv("INFERLEDGER_WEBHOOK_URL")
    assert tell(FOUND, AT_ONCE) == []
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
    assert tell(FOUND, AT_ONCE) == said
    assert len(receiver.bodies) == posts


@pytest.mark.parametrize("url", [f"http://127.0.0.1:9/{PATH}", f"file:///{PATH}", f"http:{PATH}"])
def test_no_message_says_the_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INFERLEDGER_WEBHOOK_URL", url)
    [said] = tell(FOUND, AT_ONCE)
    assert PATH not in said
    assert "127.0.0.1" not in said


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A company of two days, each with an attempt that has no price."""
    ledger = company(tmp_path_factory.mktemp("webhook") / "company", 2)
    ledger.run()
    return ledger


def checks_of_a_run(ledger: Ledger) -> dict[str, dg.AssetCheckEvaluation]:
    """What Dagster's publication of the first day says, by the name of the check."""
    folders = {name: str(path) for name, path in vars(ledger.locations).items()}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [catalogue],
            instance=instance,
            resources={"ledger": Folders(**folders)},
            tags=days_tags(day(0), day(0)),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert result.success
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def sentences(check: dg.AssetCheckEvaluation) -> list[str]:
    found = check.metadata["findings"].value
    assert isinstance(found, list)
    return [str(each) for each in found]


def test_a_run_posts_what_its_checks_found(receiver: Receiver, built: Ledger) -> None:
    checks = checks_of_a_run(built)
    [body] = receiver.bodies
    posted = json.loads(body)
    assert posted["count"] == len(posted["findings"])
    told = [(each["check"], each["sentence"]) for each in posted["findings"]]
    assert sorted(told) == sorted((name, each) for name in CHECKS for each in sentences(checks[name]))
    assert any("nobody-knows-it" in sentence for _, sentence in told)
    assert checks[WEBHOOK].passed


def test_a_run_without_an_address_posts_nothing(
    receiver: Receiver, built: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFERLEDGER_WEBHOOK_URL")
    checks = checks_of_a_run(built)
    assert receiver.bodies == []
    assert checks[WEBHOOK].passed
    assert sentences(checks["unpriced"])


def test_a_run_whose_findings_are_refused_is_published_with_a_warning(
    receiver: Receiver, built: Ledger
) -> None:
    receiver.statuses = [404]
    check = checks_of_a_run(built)[WEBHOOK]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    [said] = sentences(check)
    assert said.endswith("it answered 404")
