"""Exports as files: what counts of pulls that overlap, by the real readers and the real intake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ingest.export_files import FORMS, Exports, Form, Settled, openai_tokens
from tests.ingest.export_worlds import BEGIN, World, any_worlds
from tests.ingest.staging import Row
from tests.ledger import Ledger

GROUPED_BY = ("project_id", "api_key_id", "model", "batch", "service_tier")
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pull:
    """A file and what lies beside it."""

    name: str
    content: Any
    description: Row | None = None


@dataclass(frozen=True)
class Case:
    """Pulls in their order; what counts of them, and what is told."""

    tokens: int
    pulls: tuple[Pull, ...]
    told: frozenset[str] = NONE


def result(tokens: int, **dimensions: Any) -> Row:
    """Usage of one key and model."""
    named = {"project_id": "proj_1", "api_key_id": "key_1", "model": "gpt-5.4-mini", "user_id": None}
    return openai_tokens(tokens) | named | {"batch": False, "service_tier": "default"} | dimensions


def without(name: str, row: Row) -> Row:
    """A result that is not grouped by a dimension, and does not show it."""
    return {key: value for key, value in row.items() if key != name}


def bucket(day: int, *results: Row, hour: int = 0, hours: int = 24) -> Row:
    """A bucket of the day `day` days after the first."""
    start = int((BEGIN + timedelta(days=day, hours=hour)).timestamp())
    return {"object": "bucket", "start_time": start, "end_time": start + hours * 3600, "results": [*results]}


def hourly(until: int, tokens: Mapping[int, int], absent: str = "") -> Row:
    """The first hours of the first day, of which some have usage that is not grouped by `absent`."""
    results = {hour: [without(absent, result(amount))] for hour, amount in tokens.items()}
    return page(*[bucket(0, *results.get(hour, ()), hour=hour, hours=1) for hour in range(until)])


def page(*buckets: Row, **more: Any) -> Row:
    """A page of buckets."""
    return {"object": "page", "data": [*buckets], "has_more": False, "next_page": None} | more


def asked(
    last: int = 1, group_by: tuple[str, ...] = GROUPED_BY, width: str = "1d", **filters: list[str]
) -> Row:
    """The description of a pull from the first day until before the day `last`."""
    return {
        "endpoint": "/v1/organization/usage/completions", "from": BEGIN.isoformat(),
        "to": (BEGIN + timedelta(days=last)).isoformat(), "bucket_width": width, "group_by": [*group_by],
        "filters": filters,
    }  # fmt: skip


def day(*results: Row) -> Row:
    """A page of the first day."""
    return page(bucket(0, *results))


def window(first: int, last: int, running: int | None = None) -> Row:
    """A page of some days of 1000 tokens, of which the last one may be running and has 400."""
    return page(*[bucket(each, result(400 if each == running else 1000)) for each in range(first, last)])


KEY_2 = result(2000, api_key_id="key_2")
PARTS = day(result(400), result(600, api_key_id="key_2"))
NULLS = {"api_key_id": None, "project_id": None}
BY_KEY = ("project_id", "api_key_id", "model", "service_tier")
BY_MODEL = ("project_id", "model", "batch", "service_tier")

CASES = {
    "a file each project": Case(
        3000, (Pull("1", day(result(1000))), Pull("2", day(result(2000, project_id="proj_2"))))
    ),
    "a file each key": Case(3000, (Pull("1", day(result(1000))), Pull("2", day(KEY_2)))),
    "a file each model": Case(
        3000, (Pull("1", day(result(1000))), Pull("2", day(result(2000, model="gpt-5.4-nano"))))
    ),
    "a file each tier": Case(
        3000, (Pull("1", day(result(1000))), Pull("2", day(result(2000, service_tier="priority"))))
    ),
    "a file each key, pulled again under other names": Case(
        3300,
        (
            Pull("1", day(result(1000))), Pull("2", day(KEY_2)), Pull("3", day(result(1100))),
            Pull("4", day(result(2200, api_key_id="key_2"))),
        ),
    ),
    "a file each key that does not show the key": Case(
        3000,
        (
            Pull("1", day(without("api_key_id", result(1000))), asked(1, BY_MODEL, api_key_id=["key_1"])),
            Pull("2", day(without("api_key_id", result(2000))), asked(1, BY_MODEL, api_key_id=["key_2"])),
        ),
    ),
    "a window that grows": Case(
        3000,
        (
            Pull("1", window(0, 1, 0)), Pull("2", window(0, 2, 1)), Pull("3", window(0, 3, 2)),
            Pull("4", window(0, 3)),
        ),
    ),
    "a window that trails": Case(
        5000,
        (
            Pull("1", window(0, 3, 2)), Pull("2", window(1, 4, 3)), Pull("3", window(2, 5, 4)),
            Pull("4", window(3, 5)),
        ),
    ),
    "one more key": Case(3000, (Pull("1", day(result(900))), Pull("2", day(result(1000), KEY_2)))),
    "one key fewer": Case(
        1000, (Pull("1", day(result(1000), KEY_2)), Pull("2", day(result(1000)))), frozenset({"fewer_values"})
    ),
    "one model fewer under the same name": Case(
        1000,
        (Pull("1", day(result(1000), result(500, model="gpt-5.4-nano"))), Pull("1", day(result(1000)))),
        frozenset({"fewer_values"}),
    ),
    "another key on a day, though the file has both": Case(
        3500,
        (
            Pull("1", page(bucket(0, result(1000)), bucket(1, result(500)))),
            Pull("2", page(bucket(0, result(1000, api_key_id="key_2")), bucket(1, result(1500)))),
        ),
        frozenset({"empty_later"}),
    ),
    "less under the same name": Case(500, (Pull("1", day(result(1000))), Pull("1", day(result(500))))),
    "less under another name": Case(
        500, (Pull("1", day(result(1000))), Pull("2", day(result(500)))), frozenset({"smaller_amount"})
    ),
    "a request for fewer keys": Case(
        1100,
        (
            Pull("1", day(result(1000), KEY_2), asked()),
            Pull("2", day(result(1100)), asked(api_key_id=["key_1"])),
        ),
        frozenset({"fewer_values"}),
    ),
    "nothing under the same name": Case(
        0, (Pull("1", day(result(1000))), Pull("1", day())), frozenset({"fewer_values"})
    ),
    "nothing under the same name, though hours have a part": Case(
        400,
        (Pull("1", day(result(1000))), Pull("2", hourly(12, {3: 400})), Pull("1", day())),
        frozenset({"fewer_values", "empty_later"}),
    ),
    "a day twice in one file, the second time with less": Case(
        900, (Pull("1", [day(result(1000)), day(result(900))]),), frozenset({"smaller_amount"})
    ),
    "nothing for the same request": Case(
        0, (Pull("1", day(result(1000)), asked()), Pull("2", day(), asked())), frozenset({"fewer_values"})
    ),
    "nothing under another name": Case(
        1000, (Pull("1", day(result(1000))), Pull("2", day())), frozenset({"empty_later"})
    ),
    "nothing of another key": Case(
        1000, (Pull("1", day(result(1000))), Pull("2", day(), asked(api_key_id=["key_2"])))
    ),
    "hours beside their day": Case(
        3000, (Pull("1", day(result(3000))), Pull("2", hourly(24, {3: 1000, 9: 2000})))
    ),
    "hours until noon beside the day": Case(
        3000, (Pull("1", hourly(12, {3: 1000})), Pull("2", day(result(3000))))
    ),
    "later hours until noon beside the day": Case(
        3000,
        (Pull("1", day(result(3000))), Pull("2", hourly(12, {3: 1000}))),
        frozenset({"older_counts"}),
    ),
    "hours until noon beside the running day": Case(
        3000, (Pull("1", day(result(3000))), Pull("2", hourly(12, {3: 1000, 9: 2000})))
    ),
    "hours of one key beside the day of all": Case(
        3000,
        (
            Pull("1", day(without("api_key_id", result(3000))), asked(1, BY_MODEL)),
            Pull("2", hourly(24, {3: 1000}, "api_key_id"), asked(1, BY_MODEL, "1h", api_key_id=["key_1"])),
        ),
        frozenset({"older_counts"}),
    ),
    "hours of a key beside a day that may be of all": Case(
        4000,
        (Pull("1", day(result(3000, **NULLS))), Pull("2", hourly(24, {3: 1000}))),
        frozenset({"both_count"}),
    ),
    "days that begin at noon": Case(
        2000,
        (Pull("1", day(result(1000))), Pull("2", page(bucket(0, result(2000), hour=12)))),
        frozenset({"other_span"}),
    ),
    "a file each tier that does not show the tier": Case(
        3000,
        (
            Pull("1", day(without("batch", result(1000))), asked(1, BY_KEY, batch=["true"])),
            Pull("2", day(without("batch", result(2000))), asked(1, BY_KEY, batch=["false"])),
        ),
    ),
    "a total and its parts": Case(
        1000, (Pull("1", day(result(1000, **NULLS))), Pull("2", PARTS))
    ),
    "a tier that is not grouped by and then is": Case(
        3000,
        (
            Pull("1", day(result(3000, batch=None, service_tier=None))),
            Pull("2", day(result(1000), result(2000, batch=True))),
        ),
    ),
    "the usage of a key that another one has later": Case(
        3000,
        (Pull("1", day(result(1000), KEY_2)), Pull("2", day(result(3000)))),
        frozenset({"fewer_values"}),
    ),
    "a total of other parts": Case(
        2200,
        (Pull("1", day(result(1200, **NULLS))), Pull("2", PARTS)),
        frozenset({"both_count"}),
    ),
    "a dimension that is absent and then null": Case(
        1000,
        (
            Pull("1", day(without("api_key_id", result(1000)))),
            Pull("2", day(result(1000, api_key_id=None))),
        ),
    ),
    "a page without the following one": Case(
        1000, (Pull("1", page(bucket(0, result(1000)), has_more=True)),), frozenset({"no_next_page"})
    ),
    "a page and the following one": Case(
        2000,
        (
            Pull("1", page(bucket(0, result(1000)), has_more=True)),
            Pull("2", page(bucket(1, result(1000)), next_page=None)),
        ),
    ),
    "pages of one file": Case(
        2000,
        (Pull("1", [page(bucket(0, result(1000)), has_more=True), page(bucket(1, result(1000)))]),),
    ),
    "days that are missing between others": Case(
        2000,
        (Pull("1", day(result(1000))), Pull("2", page(bucket(3, result(1000))))),
        frozenset({"missing_time"}),
    ),
    "a day without usage between others": Case(
        2000, (Pull("1", page(bucket(0, result(1000)), bucket(1), bucket(2, result(1000)))),)
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settled]:
    """What became of every case, in one warehouse."""
    made = Exports(Ledger.at(tmp_path_factory.mktemp("cases") / "company"))
    for step in range(max(len(case.pulls) for case in CASES.values())):
        for name, case in CASES.items():
            for pull in case.pulls[step : step + 1]:
                made.pull("openai_usage", name, pull.name, pull.content, pull.description)
        made.ingest()
    return made.settled()


@pytest.mark.parametrize("name", CASES)
def test_the_right_sum_counts_and_a_doubt_is_told(cases: dict[str, Settled], name: str) -> None:
    settled, case = cases[name], CASES[name]
    assert (settled.amount, settled.reasons | settled.holes) == (case.tokens, case.told)


@given(st.lists(st.tuples(any_worlds(), st.sampled_from(FORMS)), min_size=12, max_size=12))
@settings(max_examples=3, phases=[Phase.generate])
def test_files_of_any_pulls_give_the_truth_once_or_a_doubt(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[World, Form]]
) -> None:
    made = Exports(Ledger.at(tmp_path_factory.mktemp("worlds") / "company"))
    for step in range(max(len(world.steps) for world, _ in drawn)):
        for account, (world, form) in enumerate(drawn):
            for file in world.files[step : step + 1]:
                made.pull_file(form, str(account), file)
        made.ingest()
    settled = made.settled()
    wrong = [
        (settled[str(account)], world)
        for account, (world, _) in enumerate(drawn)
        if settled[str(account)].amount != world.truth and not settled[str(account)].reasons
    ]
    assert not wrong
