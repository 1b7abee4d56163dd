"""The input that is made of the facts of a day and the day before: prompts replayed through caches."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.book.dimensions import Dimensions
from pipelines.book.stated import period_of
from pipelines.savings.named_rules import named_rules
from pipelines.savings.prompt_replay import REPLAYED, write_replayed
from pipelines.savings.scenarios import Scenarios
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import Table, in_order
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import Holdings, day_after
from pipelines.warehouse.layout import content_digest, replacing
from pipelines.warehouse.repricing import FACT

REPLAYED_PROMPT = "replayed_prompt"


@dataclass(frozen=True)
class ReplayInput:
    """The prompts of a day, replayed once for the tables that read them; without a scenario none."""

    holdings: Holdings
    dimensions: Dimensions
    scenarios: Scenarios

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002 a kind of input
        """The scenarios and the facts of both days."""
        return self._made_of(day)

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """Replay, unless a table of the day has asked before."""
        target = self.holdings.layout.scratch / f"{name}{day}.{content_digest(self._made_of(day))}.parquet"
        if not target.is_file():
            with replacing(target) as unfinished:
                self._replay(day, unfinished)
        engine.register_files(name, [target])

    def drop(self, table: Table, day: str) -> None:
        """Remove the replayed prompts of a day once the last table that reads them is made."""
        readers = [each.name for each in in_order() if REPLAYED_PROMPT in each.inputs]
        if readers[-1:] == [table.name]:
            for file in self.holdings.layout.scratch.glob(f"{REPLAYED_PROMPT}{day}.*"):
                file.unlink()

    def _made_of(self, day: str) -> list[object]:
        days = [] if self.scenarios.first_token_seconds is None else [day, day_after(day, -1)]
        return [self.scenarios.digest, [self.holdings.files_of(FACT, each) for each in days]]

    def _replay(self, day: str, target: Path) -> None:
        """Replay the prompts of a day, the caches warm from the day before."""
        scenarios, root = self.scenarios, self.holdings.layout.root
        if scenarios.first_token_seconds is None:
            pq.write_table(schema(REPLAYED).empty_table(), target)
            return
        days = day, day_after(day, -1)
        of_day, before = ([root / file for file in self.holdings.files_of(FACT, each)] for each in days)
        entries = [entry for each in days for entry in self.holdings.files("attempt", each)]
        logged = {(provider, model) for entry in entries for provider, model in entry.models}
        span = "/".join(reversed(days))
        used, period = self.dimensions.resolved(logged, span), period_of(span)
        rules = named_rules(used, self.dimensions.rates, period, scenarios.cache_rules, scenarios.known_at)
        write_replayed(
            of_day, before, rules, target,
            first_token_seconds=scenarios.first_token_seconds, moves_volatile=scenarios.moves_volatile,
        )  # fmt: skip
