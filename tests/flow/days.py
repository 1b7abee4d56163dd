"""A small company for the tests of the flow: every day a log, a usage page and a bill of one provider."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.book.prices import RESERVED
from pipelines.settings import PROJECT
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.run import Run
from tests.ledger import Ledger

FIRST = date(2026, 7, 1)
PROVIDER = "openai"
TEAM = "*,api_key,key-a,search,answers,production,2026-01-01,\n"


def day(number: int) -> str:
    """The UTC day `number` days after the first."""
    return (FIRST + timedelta(days=number)).isoformat()


def attempt(name: str, of_day: str, **more: Any) -> dict[str, Any]:
    """An attempt of 1,000 tokens in and 200 out: 0.00075 + 0.0009 = 0.00165 USD."""
    return {
        "request_id": name, "ended_at": f"{of_day}T12:00:00Z", "provider": PROVIDER, "model": "gpt-5.4-mini",
        "uncached_input_tokens": 1000, "output_tokens": 200, "api_key_id": "key-a", **more,
    }  # fmt: skip


def log_of(of_day: str) -> list[dict[str, Any]]:
    """Two priced attempts, one row without a price, one attempt that the next day's log repeats."""
    return [
        attempt("once", of_day, request_id=f"once-{of_day}"),
        attempt("dear", of_day, request_id=f"dear-{of_day}", output_tokens=1000, team="support"),
        attempt("strange", of_day, request_id=f"strange-{of_day}", model="nobody-knows-it"),
        attempt("held", of_day, request_id=f"held-{of_day}", ended_at=f"{of_day}T23:59:59.999999Z"),
        attempt("held", of_day, request_id=f"held-{before(of_day)}", ended_at=f"{of_day}T00:00:00Z"),
    ]


def before(of_day: str) -> str:
    """The day before."""
    return (date.fromisoformat(of_day) - timedelta(days=1)).isoformat()


def page(of_day: str, results: Sequence[dict[str, Any]]) -> str:
    """One bucket of one day, as OpenAI's admin API returns it."""
    start = int(datetime.fromisoformat(of_day).replace(tzinfo=UTC).timestamp())
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": list(results)}
    return json.dumps({"object": "page", "data": [bucket], "has_more": False, "next_page": None})


def usage(**more: Any) -> dict[str, Any]:
    """A usage result of 4,000 tokens in and 1,600 out: 0.003 + 0.0072 = 0.0102 USD."""
    return {
        "object": "organization.usage.completions.result", "input_tokens": 4000, "output_tokens": 1600,
        "num_model_requests": 4, "project_id": "proj", "user_id": None, "api_key_id": "key-a",
        "model": "gpt-5.4-mini", "batch": False, "service_tier": "default", "input_cached_tokens": 0, **more,
    }  # fmt: skip


def charge(amount: str) -> dict[str, Any]:
    """A line of OpenAI's bill."""
    return {
        "object": "organization.costs.result", "amount": {"value": float(amount), "currency": "usd"},
        "line_item": "gpt-5.4-mini, output", "project_id": "proj", "api_key_id": None,
    }  # fmt: skip


def write_day(ledger: Ledger, number: int) -> None:
    """The three raw files of one day."""
    of_day = day(number)
    ledger.write(f"request_log/{of_day}.jsonl", log_of(of_day))
    ledger.write(f"openai_usage/{of_day}.json", page(of_day, [usage()]))
    ledger.write(f"openai_costs/{of_day}.json", page(of_day, [charge("0.0102")]))


def small_book(folder: Path, *providers: str) -> Path:
    """The lines of the price book that concern some providers, or the company's one; a tenth of the time."""
    wanted = providers or (PROVIDER,)
    folder.mkdir()
    for path in (PROJECT / "prices").glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if path.stem in RESERVED and header.startswith("provider,"):
            lines = [line for line in lines if line.split(",")[0] in wanted]
        if path.stem in (*RESERVED, *wanted):
            (folder / path.name).write_text(header + "".join(lines), encoding="utf-8")
    return folder


def company(root: Path, days: int) -> Ledger:
    """A company with raw files of `days` days and no warehouse."""
    ledger = replace(Ledger.at(root, TEAM), prices=small_book(root / "prices"))
    for number in range(days):
        write_day(ledger, number)
    return ledger


def run_days(ledger: Ledger, days: Iterable[str]) -> None:
    """A run that builds `days` in this order, whatever else is stale."""
    run = Run.of(ledger.locations)
    run.ingest()
    asked = [of_day for of_day in days if of_day in run.days()]
    touched = [of_day for of_day in run.find_replaced(sorted(asked)) if of_day not in asked]
    for table in in_order():
        run.build(table.name, [*asked, *touched])
    run.publish()


def _published(ledger: Ledger) -> dict[str, dict[str, dict[str, Any]]]:
    listed: dict[str, dict[str, dict[str, Any]]] = json.loads(
        (ledger.warehouse / "published.json").read_text(encoding="utf-8")
    )
    return listed


def published_by_table(ledger: Ledger) -> dict[str, dict[str, bytes]]:
    """Table, day, bytes of everything that is published."""
    return {
        table: {
            of_day: b"".join((ledger.warehouse / file).read_bytes() for file in part["files"])
            for of_day, part in days.items()
        }
        for table, days in _published(ledger).items()
    }


def published_files(ledger: Ledger) -> dict[tuple[str, str], list[str]]:
    """Table and day of every published part, and its files."""
    listed = _published(ledger)
    return {
        (table, of_day): tuple(part["files"])
        for table, days in listed.items()
        for of_day, part in days.items()
    }


def made_from(ledger: Ledger) -> dict[tuple[str, str], str]:
    """Table and day of every published part, and the digest of what it was made from."""
    listed = _published(ledger)
    return {
        (table, of_day): part["made_from"] for table, days in listed.items() for of_day, part in days.items()
    }


class Saved:
    """A copy of a company's folder, to be put back where it was: the catalogue names absolute paths."""

    def __init__(self, ledger: Ledger, store: Path) -> None:
        """Copy the company to `store`."""
        self._root, self._store = ledger.root, store
        shutil.copytree(ledger.root, store)

    def restore(self) -> None:
        """Put the company back as it was, times of files included."""
        shutil.rmtree(self._root)
        shutil.copytree(self._store, self._root)
