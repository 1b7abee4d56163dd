"""Two rules of thumb, computed: a fleet pays from 2 to 5 billion tokens a month, routing saves 60 to 75 %.

The fleet's options are those of the example company with its rates; docs/savings.md has the table. What
routing saves stands in README.md.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from pipelines.settings import PROJECT
from tests.savings.capacity import Capacities, number
from tests.savings.conftest import Savings
from tests.savings.replaced import Call
from tests.savings.test_scenarios import number as permille

DAY = datetime(2026, 7, 1, tzinfo=UTC)
OPTIONS: dict[str, Any] = yaml.safe_load(
    (PROJECT / "fixtures" / "config" / "self_hosting.yml").read_text(encoding="utf-8")
)

NANO, MINI = ("llama_8b_h100", "gpt-5.4-nano"), ("llama_70b_h100", "gpt-5.4-mini")


def level_day(model: str) -> list[Call]:
    """The same every hour, three tokens of input for one of output, nothing cached."""
    units = {"uncached_input_tokens": 3_000_000, "output_tokens": 1_000_000}
    return [
        Call(f"r{hour}", *[DAY + timedelta(hours=hour)] * 2, "openai", model, units) for hour in range(24)
    ]


# The mix costs 0.4625 dollars a million with gpt-5.4-nano (0.20 and 1.25) and 1.6875 with gpt-5.4-mini (0.75
# and 4.50). A GPU is 3.13 * 24 = 75.12 dollars a day; 160 hours of people a month are 5.161 * 85 = 438.685.
@pytest.mark.parametrize(
    ("names", "spare", "people", "expected"),
    [
        (NANO, 0, 0, (1, 162_421_622)),  # 75.12 / 0.4625: 5.0 billion a month
        (NANO, 1, 0, (1, 324_843_244)),  # 150.24 / 0.4625: 10.1 billion
        (NANO, 1, 160, (3, 1_598_194_595)),  # (4 * 75.12 + 438.685) / 0.4625: 49.5 billion
        (MINI, 0, 0, (1, 44_515_556)),  # 75.12 / 1.6875: 1.4 billion
        (MINI, 1, 0, (1, 89_031_112)),  # 150.24 / 1.6875: 2.8 billion
        (MINI, 1, 160, (2, 393_508_149)),  # (3 * 75.12 + 438.685) / 1.6875: 12.2 billion
    ],
)
def test_the_rule_of_thumb_holds_only_as_long_as_nobody_is_paid(
    example_capacities: Capacities, names: tuple[str, str], spare: int, people: int, expected: tuple[int, int]
) -> None:
    option, model = names
    said = OPTIONS[option] | {"spare_units": number(spare), "people_hours_per_month": number(people)}
    rows = example_capacities.of(level_day(model), {option: said}, "sav_capacity_break_even")
    [row] = [row for row in rows if row["load_shape"] == "level" and row["model"] == "*"]
    assert (row["break_even_units"], row["break_even_tokens"]) == expected


BARE = {
    "lever": "routing", "from": "openai/gpt-5.4-mini", "to": "openai/gpt-5.4-nano",
    "escalated_permille": permille(0),
}  # fmt: skip
REAL = BARE | {
    "escalated_permille": permille(50), "classifier": "openai/gpt-5.4-nano",
    "classifier_output_tokens": permille(5),
}  # fmt: skip


# A million tokens of the mix cost 1.6875 with gpt-5.4-mini and 0.4625 with nano. The classifier reads its
# 750,000 tokens of input at 0.20 again, 0.15, and writes next to nothing; 5 % pay 1.6875 once more, 0.084:
# 0.991 are saved. Had mini read all its input from the cache, it would cost 1.18125, and 0.510 were saved.
@pytest.mark.parametrize(
    ("said", "cached", "saved"),
    [(BARE, 0, 725), (REAL, 0, 587), (REAL, 3_000_000, 431)],
)
def test_routing_saves_60_to_75_per_cent_before_its_own_costs(
    savings: Savings, said: dict[str, Any], cached: int, saved: int
) -> None:
    units = {
        "uncached_input_tokens": 3_000_000 - cached,
        "cache_read_tokens": cached,
        "output_tokens": 1_000_000,
    }
    calls = [Call(f"r{n:02}", DAY, DAY, "openai", "gpt-5.4-mini", units) for n in range(20)]
    [row] = savings.of(calls, {"x": said})
    assert int(row["saving_usd"] * 1000 / row["baseline_usd"]) == saved
