"""The command line: exit codes, formats, environment, one sentence for every error."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines import terminal
from pipelines.cli import app
from pipelines.errors import IntegrityError
from pipelines.progress import tracked
from pipelines.warehouse import build
from pipelines.warehouse.contracts import Table, tables
from pipelines.warehouse.engine import Engine
from tests.ledger import Ledger

PUBLISHED, NOTHING_PUBLISHED, WRONG_USAGE, PUBLISHED_WITH_FINDINGS = 0, 1, 2, 3
FIRST, SECOND = "2026-07-01", "2026-07-02"


def invoke(*arguments: str | Path, **env: str) -> Result:
    """Run a command in this process; `env` are settings without their prefix."""
    settings = {f"INFERLEDGER_{name.upper()}": value for name, value in env.items()}
    return CliRunner().invoke(app, [str(each) for each in arguments], env={**settings, "COLUMNS": "200"})


def folders(ledger: Ledger) -> list[str]:
    where = ledger.locations
    return [text for name, folder in vars(where).items() for text in (f"--{name}", str(folder))]


def only_sentence(result: Result) -> str:
    """The error: nothing on standard output, one line on standard error."""
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def log(day: str, **more: Any) -> dict[str, Any]:
    """Two million tokens of gpt-5.4-mini in: 1.50 USD."""
    return {
        "request_id": f"request-{day}",
        "ended_at": f"{day}T10:00:00Z",
        "provider": "openai",
        "model": "gpt-5.4-mini",
        "uncached_input_tokens": 2_000_000,
        "output_tokens": 0,
        "team": "search, discovery",
        **more,
    }


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two days, everything priced; published by a run that is told every folder."""
    ledger = Ledger.at(tmp_path_factory.mktemp("cli") / "company")
    for day in (FIRST, SECOND):
        ledger.write(f"request_log/{day}.jsonl", [log(day)])
    ledger.run()
    return ledger


@pytest.fixture
def busy(tmp_path: Path) -> Ledger:
    """Two days of raw files that no run has read."""
    ledger = Ledger.at(tmp_path / "company")
    ledger.write("request_log/1.jsonl", [log(FIRST)])
    ledger.write("request_log/2.jsonl", [log(SECOND)])
    return ledger


def test_run_goes_from_nothing_to_published_to_findings_and_survives_a_failure(
    busy: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From --from to --to: one day; the other stays for the next run.
    first = invoke("run", *folders(busy), "--from", FIRST, "--to", FIRST)
    assert (first.exit_code, first.stderr) == (PUBLISHED, "")
    assert busy.rows("select distinct cast(day as varchar) from fct_attempt_cost") == [(FIRST,)]

    # Without days, every folder from the environment: what is new.
    told = {name: str(folder) for name, folder in vars(busy.locations).items()}
    rest = invoke("run", **told)
    assert (rest.exit_code, rest.stderr) == (PUBLISHED, "")
    assert f"3.00 USD for 2 attempts, {FIRST} to {SECOND}" in rest.stdout
    assert "Every published row has a price." in rest.stdout
    assert "All checks passed." in rest.stdout

    # A failed check: nothing is published, the old tables answer.
    busy.write("request_log/3.jsonl", [log(FIRST, request_id="late", model="[in-house]")])
    before = busy.published_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(build, "check_part", _checks_that_fail(build.check_part))
        failed = invoke("run", **told)
    assert failed.exit_code == NOTHING_PUBLISHED
    assert only_sentence(failed) == f"mart_cost_daily of {FIRST}: 2 rows but 1 different (day)"
    assert busy.published_bytes() == before
    assert busy.rows("select count(*) from fct_attempt_cost") == [(2,)]

    # The same input again without the fault: published, with findings.
    found = invoke("run", **told)
    assert (found.exit_code, found.stderr) == (PUBLISHED_WITH_FINDINGS, "")
    assert "at least 3.00 USD for 3 attempts" in found.stdout
    assert (
        "unpriced: attempt openai [in-house] (standard): 1 rows, 2000000 tokens, unknown_model"
        in found.stdout
    )
    assert "coverage: 1 days over the limit, the worst 2026-07-01: 2000000 of" in found.stdout
    for result in (first, rest, failed, found):
        assert "\x1b" not in result.output


def _checks_that_fail(checks: Callable[..., int]) -> Callable[..., int]:
    """The checks, and one more that a mart of a day does not pass."""

    def failing(engine: Engine, table: Table, day: str, *rest: object) -> int:
        if table.name == "mart_cost_daily":
            raise IntegrityError("unique_grain", f"{table.name} of {day}: 2 rows but 1 different (day)")
        return checks(engine, table, day, *rest)

    return failing


@pytest.mark.parametrize("folder", ["raw", "config", "prices"])
def test_run_names_the_folder_that_does_not_exist(busy: Ledger, tmp_path: Path, folder: str) -> None:
    nowhere = tmp_path / "nowhere"
    result = invoke("run", *folders(busy), f"--{folder}", nowhere)
    assert result.exit_code == NOTHING_PUBLISHED
    assert only_sentence(result) == f"the {folder} folder {nowhere} does not exist"
    assert not busy.warehouse.exists()


def test_run_names_the_setting_that_is_wrong_before_it_touches_anything(busy: Ledger) -> None:
    settings = busy.root / "config" / "settings.yml"
    settings.write_text("hash_colums: []\n", encoding="utf-8")
    result = invoke("run", *folders(busy))
    assert result.exit_code == NOTHING_PUBLISHED
    assert only_sentence(result) == "settings.yml: hash_colums is no setting (did you mean hash_columns?)"
    assert not busy.warehouse.exists()


def test_run_names_the_ownership_rule_that_is_wrong(busy: Ledger) -> None:
    rules = busy.root / "config" / "ownership.csv"
    rules.write_text(rules.read_text(encoding="utf-8") + "*,colour,red,search,,,2026-01-01,\n", "utf-8")
    result = invoke("run", *folders(busy))
    assert result.exit_code == NOTHING_PUBLISHED
    said = only_sentence(result)
    assert "ownership.csv" in said
    assert "colour" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--from", "2026-13-01"],
        ["run", "--from", SECOND, "--to", FIRST],
        ["run", "--colour", "red"],
        ["query"],
        ["query", "select 1", "--format", "xml"],
        ["estimate", "--model", "gpt-5.4-mini", "--input-tokens", "-1", "--output-tokens", "0"],
        ["publish"],
        [],
    ],
)
def test_wrong_usage_ends_with_2_and_says_how_it_is_used(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == WRONG_USAGE
    assert "Usage:" in result.output


def test_wrong_day_in_the_environment_is_wrong_usage(busy: Ledger) -> None:
    result = invoke("run", *folders(busy), **{"from": "yesterday"})
    assert result.exit_code == WRONG_USAGE
    assert "INFERLEDGER_FROM" in result.stderr
    assert "'yesterday' is no day like 2026-08-31" in " ".join(result.stderr.replace("│", " ").split())


COSTS = (
    "select day, team, cost_usd, '1e30'::decimal(38,0) as big, trace_id, ended_at, attempt, price_is_assumed"
    " from fct_attempt_cost order by day"
)


def test_query_prints_json_with_every_digit_as_text(tidy: Ledger) -> None:
    result = invoke("query", COSTS, "--warehouse", tidy.warehouse, "--format", "json")
    assert (result.exit_code, result.stderr) == (PUBLISHED, "")
    assert json.loads(result.stdout, parse_float=_no_float) == [
        {
            "day": day,
            "team": "search, discovery",
            "cost_usd": "1.500000000000",
            "big": "1000000000000000000000000000000",
            "trace_id": None,
            "ended_at": f"{day} 10:00:00+00:00",
            "attempt": 1,
            "price_is_assumed": False,
        }
        for day in (FIRST, SECOND)
    ]


def _no_float(text: str) -> float:
    pytest.fail(f"{text} is a float")


def test_query_prints_csv_with_a_header_and_empty_cells_for_null(tidy: Ledger) -> None:
    sql = "select day, team, cost_usd, trace_id from fct_attempt_cost order by day"
    result = invoke("query", sql, warehouse=str(tidy.warehouse), format="csv")
    assert result.stdout == (
        "day,team,cost_usd,trace_id\n"
        f'{FIRST},"search, discovery",1.500000000000,\n'
        f'{SECOND},"search, discovery",1.500000000000,\n'
    )


def test_query_prints_a_table_for_reading(tidy: Ledger) -> None:
    sql = "select day, cost_usd from mart_cost_by_model order by day"
    result = invoke("query", sql, "--warehouse", tidy.warehouse)
    printed = [line.split() for line in result.stdout.splitlines()]
    assert printed == [["day", "cost_usd"], [FIRST, "1.500000000000"], [SECOND, "1.500000000000"]]
    assert "\x1b" not in result.output


def test_query_prints_text_as_it_is_even_where_it_looks_like_markup(tidy: Ledger) -> None:
    sql = "select '[bold]x[/bold]' as a, '[/]' as \"[b]\""
    result = invoke("query", sql, "--warehouse", tidy.warehouse)
    assert result.exit_code == PUBLISHED
    assert result.stdout.split() == ["a", "[b]", "[bold]x[/bold]", "[/]"]


def test_query_without_rows_prints_the_columns(tidy: Ledger) -> None:
    sql = "select team, cost_usd from mart_cost_by_team where false"
    printed = {
        form: invoke("query", sql, "--warehouse", tidy.warehouse, "--format", form).stdout
        for form in ("csv", "json")
    }
    assert printed == {"csv": "team,cost_usd\n", "json": "[]\n"}


@pytest.mark.parametrize(
    ("sql", "culprit"),
    [
        ("select nope from mart_cost_daily", "nope"),
        ("select * from mart_of_nothing", "mart_of_nothing"),
        ("select from where", "syntax"),
        ("drop view mart_cost_daily", "select"),
        ("", "select"),
    ],
)
def test_query_says_what_is_wrong_in_one_sentence(tidy: Ledger, sql: str, culprit: str) -> None:
    result = invoke("query", sql, "--warehouse", tidy.warehouse)
    assert result.exit_code == NOTHING_PUBLISHED
    assert culprit in only_sentence(result)


@pytest.mark.parametrize("command", [["query", "select 1"], ["tables"]])
def test_without_a_publication_the_sentence_says_what_to_do(tmp_path: Path, command: list[str]) -> None:
    result = invoke(*command, "--warehouse", tmp_path)
    assert result.exit_code == NOTHING_PUBLISHED
    assert only_sentence(result) == f"nothing is published in {tmp_path}; run `inferledger run` first"


def test_tables_lists_every_table_with_grain_rows_days_and_columns(tidy: Ledger) -> None:
    result = invoke("tables", "--warehouse", tidy.warehouse)
    assert (result.exit_code, result.stderr) == (PUBLISHED, "")
    sections = [section.splitlines() for section in result.stdout.strip().split("\n\n")]
    assert [section[0].split()[0] for section in sections] == list(tables())
    for section, table in zip(sections, tables().values(), strict=True):
        assert section[0].startswith(f"{table.name}  {table.grain}: ")
        listed = [line.split()[0] for line in section[1:] if re.match(r"  \w", line)]
        assert listed == list(table.types)
    [daily] = [section for section in sections if section[0].startswith("mart_cost_daily ")]
    assert daily[0].endswith(f": 2 rows, 2 days {FIRST} to {SECOND}")
    [cost] = [line for line in daily if line.startswith("  cost_usd ")]
    assert cost.split()[1:3] == ["DECIMAL(38,12)", "USD"]
    assert "Effective cost" in cost
    assert "\x1b" not in result.output


def test_bars_are_shown_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = {}
    for name, stream in (("terminal", Terminal()), ("pipe", io.StringIO())):
        monkeypatch.setattr(sys, "stderr", stream)
        with terminal.progress():
            assert list(tracked([1, 2, 3], "raw files")) == [1, 2, 3]
        shown[name] = stream.getvalue()
    assert "raw files" in shown["terminal"]
    assert shown["pipe"] == ""


def test_every_option_of_every_command_reads_its_environment_variable() -> None:
    for command in ("run", "query", "tables", "estimate"):
        said = invoke(command, "--help").stdout
        options = set(re.findall(r"--([a-z][a-z-]+)", said)) - {"help"}
        assert options
        for option in options:
            assert f"INFERLEDGER_{option.upper().replace('-', '_')}" in said, (command, option)


def test_variance_compares_two_days(tidy: Ledger) -> None:
    asked = ["variance", FIRST, f"{SECOND}..{SECOND}"]
    where = [part for part in folders(tidy) if part not in ("--raw", str(tidy.raw))]
    read = invoke(*asked, *where)
    assert read.exit_code == PUBLISHED
    assert read.stdout.splitlines()[-1].split() == ["all", "1.50", "1.50", "0.00"]
    [row] = json.loads(invoke(*asked, *where, "--format", "json").stdout)
    assert (row["earlier_cost_usd"], row["change_usd"]) == ("1.500000000000", "0.000000000000")
    empty = invoke("variance", "2020-01-01", "2020-01-02", *where)
    assert empty.exit_code == NOTHING_PUBLISHED
    assert only_sentence(empty) == "neither 2020-01-01..2020-01-01 nor 2020-01-02..2020-01-02 has any logs"
    wrong = invoke("variance", "July", SECOND, *where)
    assert only_sentence(wrong) == "'July' is no period like 2026-07-01..2026-07-31"
