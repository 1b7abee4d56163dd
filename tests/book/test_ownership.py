"""Who caused it: dated rules, the row's own word first, then the most specific rule."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.book.ownership import load_ownership
from pipelines.errors import BookError
from tests.book.small import SOURCES, line, write_book
from tests.ledger import OWNERSHIP
from tests.pricing.built import Built


def attempt(name: str, at: str = "2026-07-14T12:00:00Z", **more: Any) -> dict[str, Any]:
    """An attempt of ten output tokens."""
    return {
        "request_id": name, "ended_at": at, "provider": "openai", "model": "gpt-5.4-mini",
        "output_tokens": 10, **more,
    }  # fmt: skip


def owners(tmp_path: Path, rules: str, *attempts: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Team, feature, environment and rule of every attempt by its name."""
    prices = write_book(tmp_path / "prices", {"openai": [line(sku="gpt-5.4-mini")]})
    ledger = replace(Built.at(tmp_path / "company", rules), prices=prices)
    ledger.write("request_log/log.jsonl", attempts)
    ledger.publish_only("fct_attempt_cost")
    columns = "request_id, team, feature, environment, ownership_rule"
    return {str(row[0]): row[1:] for row in ledger.rows(f"select {columns} from fct_attempt_cost")}  # noqa: S608


def test_a_key_that_changes_owner_within_a_day_is_right_on_both_sides(tmp_path: Path) -> None:
    found = owners(
        tmp_path,
        "*,api_key,k,search,,,2026-01-01,2026-07-14T09:30:00+02:00\n"
        "*,api_key,k,advice,,,2026-07-14T09:30:00+02:00,\n",
        attempt("before", "2026-07-14T07:29:59.999999Z", api_key_id="k"),
        attempt("at", "2026-07-14T07:30:00Z", api_key_id="k"),
        attempt("too early", "2025-12-31T23:59:59.999999Z", api_key_id="k"),
    )
    assert {name: owner[0] for name, owner in found.items()} == {
        "before": "search", "at": "advice", "too early": "unattributed",
    }  # fmt: skip


def test_the_most_specific_rule_wins_field_by_field(tmp_path: Path) -> None:
    rules = (
        "*,project,p,by project,by project,by project,,\n"
        "*,service,s,by service,by service,,,\n"
        "*,api_key,k,by key,,,,\n"
        "*,tag,job:nightly,,by tag,,,\n"
    )
    found = owners(
        tmp_path,
        rules,
        attempt("project", project_id="p"),
        attempt("service", project_id="p", service_id="s"),
        attempt("key", project_id="p", service_id="s", api_key_id="k"),
        attempt("tag", project_id="p", service_id="s", api_key_id="k", tags={"job": "nightly"}),
        attempt("none", project_id="q", api_key_id="K", tags={"job": "nightly2"}),
    )
    assert found == {
        "project": ("by project", "by project", "by project", "project:p"),
        "service": ("by service", "by service", "by project", "service:s"),
        "key": ("by key", "by service", "by project", "api_key:k"),
        "tag": ("by key", "by tag", "by project", "tag:job:nightly"),
        "none": ("unattributed", "unattributed", "unattributed", None),
    }


def test_what_the_row_says_itself_wins(tmp_path: Path) -> None:
    found = owners(
        tmp_path,
        "*,api_key,k,by key,by key,by key,,\n",
        attempt("all", api_key_id="k", team="own", feature="own", environment="own"),
        attempt("team", api_key_id="k", team="own"),
    )
    assert found["all"][:3] == ("own", "own", "own")
    assert found["team"][:3] == ("own", "by key", "by key")


def test_one_attempt_under_two_tags_is_counted_once_for_the_first_by_name(tmp_path: Path) -> None:
    rules = "*,tag,b:1,team b,,,,\n*,tag,a:1,team a,,,,\n"
    found = owners(tmp_path, rules, attempt("both", tags={"b": "1", "a": "1"}))
    assert found == {"both": ("team a", "unattributed", "unattributed", "tag:a:1")}


def test_every_source_takes_a_star_rule_unless_it_has_one_of_its_own(tmp_path: Path) -> None:
    config = tmp_path
    (config / "ownership.csv").write_text(
        OWNERSHIP + "*,api_key,k,everywhere,,,,\nlitellm,api_key,k,gateway,,,2026-01-01,\n", encoding="utf-8"
    )
    found = {rule.source: rule.team for rule in load_ownership(config, SOURCES)}
    assert found == {
        "anthropic_usage": "everywhere", "litellm": "gateway", "openai_usage": "everywhere",
        "request_log": "everywhere",
    }  # fmt: skip


def test_a_workspace_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "ownership.csv").write_text(OWNERSHIP + "*,workspace,w,t,,,,\n", encoding="utf-8")
    assert {rule.id_kind for rule in load_ownership(tmp_path, SOURCES)} == {"project"}


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("fax,api_key,k,t,,,,\n", "ownership.csv line 2: unknown source 'fax'"),
        (
            "*,user,k,t,,,,\n",
            "ownership.csv line 2: id_kind 'user' is none of tag, api_key, service, project, workspace",
        ),
        ("*,api_key,k,,,,,\n", "ownership.csv line 2: decides neither team nor feature nor environment"),
        ("*,api_key,,t,,,,\n", "ownership.csv line 2: id is empty"),
        (
            "*,api_key,k,t,,,2026-02-01,2026-02-01\n",
            "ownership.csv line 2: valid_from is not before valid_to",
        ),
        (
            "litellm,api_key,k,a,,,2026-01-01,2026-03-01\nlitellm,api_key,k,b,,,2026-02-28,\n",
            "ownership.csv: litellm api_key k has two rules at 2026-02-28T00:00:00+00:00",
        ),
        (
            "litellm,project,k,a,,,,\nlitellm,workspace,k,b,,,2026-02-28,\n",
            "ownership.csv: litellm project k has two rules at 2026-02-28T00:00:00+00:00",
        ),
    ],
)
def test_a_wrong_rule_is_refused(tmp_path: Path, rules: str, sentence: str) -> None:
    (tmp_path / "ownership.csv").write_text(OWNERSHIP + rules, encoding="utf-8")
    with pytest.raises(BookError) as error:
        load_ownership(tmp_path, SOURCES)
    assert str(error.value) == sentence
