"""Exports as files of the providers, read by the real readers and decided by the real intake, without tables.

Each account is a case of its own, so that one warehouse settles many of them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pipelines.ingest.journal import load_journal
from pipelines.ingest.run import ingest
from pipelines.ingest.sources import SOURCES
from pipelines.settings import load_company
from pipelines.warehouse.build import Builder
from pipelines.warehouse.export_holes import holes
from pipelines.warehouse.export_lines import content_buckets
from pipelines.warehouse.holdings import REPLACED_BUCKET, STATED_TWICE
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.pulls import exports
from pipelines.warehouse.run import Run
from tests.ingest.export_worlds import BEGIN, Asked, Bucket, File
from tests.ingest.staging import Row
from tests.ledger import Ledger

MONTH = ("2026-08-01", "2026-08-31")
"""The days that are looked at: those of the worlds are among them."""

Tokens = Mapping[tuple[tuple[str, str | None], ...], int]


@dataclass(frozen=True)
class Form:
    """How a source writes exports.

    Attributes:
        names: its names of dimensions that the worlds name otherwise.
        amount: the fields of an amount.
    """

    source: str
    names: Mapping[str, str]
    amount: Callable[[int], Row]

    def page(self, buckets: Sequence[Bucket]) -> Row:
        """A page as the provider returns it."""
        return {"data": [self._bucket(bucket) for bucket in buckets], "has_more": False, "next_page": None}

    def description(self, asked: Asked) -> Row:
        """What lies beside a file and says what was asked for."""
        return {
            "endpoint": SOURCES[self.source].endpoint,
            "from": (BEGIN + timedelta(hours=asked.first)).isoformat(),
            "to": (BEGIN + timedelta(hours=asked.last)).isoformat(),
            "bucket_width": "1d" if asked.width == 24 else "1h",
            "group_by": [self.names.get(name, name) for name in asked.grouping],
            "filters": {"api_key_id": sorted(asked.keys)} if asked.keys else {},
        }

    def _bucket(self, bucket: Bucket) -> Row:
        if self.source.startswith("openai"):
            times = {"start_time": int(bucket.start.timestamp()), "end_time": int(bucket.end.timestamp())}
            return {"object": "bucket", **times, "results": self._results(bucket.tokens)}
        times = {"starting_at": bucket.start.isoformat(), "ending_at": bucket.end.isoformat()}
        return {**times, "results": self._results(bucket.tokens)}

    def _results(self, tokens: Tokens) -> list[Row]:
        return [
            {self.names.get(name, name): value for name, value in shown} | self.amount(amount)
            for shown, amount in tokens.items()
        ]


def openai_tokens(amount: int) -> Row:
    """Input of an OpenAI usage page."""
    return {
        "object": "organization.usage.completions.result", "input_tokens": amount, "output_tokens": 0
    }  # fmt: skip


def _openai_dollars(amount: int) -> Row:
    return {"object": "organization.costs.result", "amount": {"value": amount, "currency": "usd"}}


def _anthropic_tokens(amount: int) -> Row:
    return {"uncached_input_tokens": amount, "cache_read_input_tokens": 0, "output_tokens": 0}


FORMS = (
    Form("openai_usage", {}, openai_tokens),
    Form("openai_costs", {"model": "line_item"}, _openai_dollars),
    Form("anthropic_usage", {"project_id": "workspace_id"}, _anthropic_tokens),
)


@dataclass(frozen=True)
class Settled:
    """What counts of the exports of an account in sum, why it is in doubt, and what is not whole."""

    amount: Decimal
    reasons: frozenset[str]
    holes: frozenset[str]


@dataclass(frozen=True)
class Exports:
    """The raw files of several accounts, and what becomes of them."""

    ledger: Ledger

    def pull(self, source: str, account: str, name: str, content: Any, description: Row | None) -> None:
        """Write a file, with the description or without; no two accounts have the same bytes."""
        path = f"{source}/account={account}/{name}.json"
        pages = [
            {**page, "account": account} for page in (content if isinstance(content, list) else [content])
        ]
        self.ledger.write(path, json.dumps(pages))
        beside = self.ledger.raw / f"{path}.request.json"
        beside.unlink(missing_ok=True)
        if description is not None:
            beside.write_text(json.dumps(description), encoding="utf-8")

    def pull_file(self, form: Form, account: str, file: File) -> None:
        """Write what a pull of a world wrote."""
        description = form.description(file.asked) if file.asked.is_described else None
        self.pull(form.source, account, file.asked.name, form.page(file.buckets), description)

    def ingest(self) -> None:
        """Read what is new."""
        Layout(self.ledger.warehouse).prepare()
        ingest(self.ledger.locations, load_company(self.ledger.root / "config"))

    def settled(self) -> dict[str, Settled]:
        """What counts by account."""
        run = Run.of(self.ledger.locations)
        run.find_replaced(run.days())
        with run._builder() as builder:
            amounts, doubts = _amounts(builder), _kept(builder, STATED_TWICE)
        journal = load_journal(run.layout.journal)
        missing = holes(journal)
        return {
            account: Settled(
                amounts.get(account, Decimal()),
                frozenset(row["overlap_reason"] for row in doubts if row["account"] == account),
                frozenset(row["hole_reason"] for row in missing if row["account"] == account),
            )
            for account in {entry.account for entry in journal}
        }


def _amounts(builder: Builder) -> dict[str, Decimal]:
    """The sum of the buckets that nothing replaces, by account."""
    replaced = {
        (row["source"], row["source_file"], row["bucket_number"]) for row in _kept(builder, REPLACED_BUCKET)
    }
    reads = exports(builder.inputs.holdings.journal)
    buckets = content_buckets(builder, reads, MONTH)
    amounts: dict[str, Decimal] = {}
    for source, content, account in sorted(
        {(read.staged.source, read.staged.content_id, read.staged.account) for read in reads}
    ):
        for bucket in buckets.get((source, content), ()):
            if (source, content, bucket.number) not in replaced:
                stated = sum(bucket.contents.quantities.values(), Decimal())
                amounts[account] = amounts.get(account, Decimal()) + stated
    return amounts


def _kept(builder: Builder, name: str) -> list[Row]:
    files = [file for day in builder.inputs.days for file in builder.inputs.holdings.files_of(name, day)]
    builder.engine.register_files(name, builder.inputs.holdings.paths(name, files))
    rows: list[Row] = builder.engine.table(f"select * from {name}").to_pylist()  # noqa: S608 a name of this project
    return rows
