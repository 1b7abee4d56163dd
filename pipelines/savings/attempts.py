"""What a replay is given: one row per attempt, with the rules of its cache; and what it refuses."""

from typing import Final

import polars as pl

from pipelines.errors import LedgerError

INSTANT: Final = pl.Datetime("us", "UTC")
LIVES: Final = ("short", "long")
"""The two lifetimes a cache may give: five minutes and one hour, or what the provider has instead."""

LIFETIMES: Final = tuple(f"{life}_ttl_seconds" for life in LIVES)
PREFIX: Final = pl.Struct({"hash": pl.String, "tokens": pl.Int64})
ATTEMPTS: Final = pl.Schema(
    {
        "row": pl.Int64(),
        "scope": pl.String(),
        "model": pl.String(),
        "started_at": INSTANT,
        "begins_at": INSTANT,
        "input_tokens": pl.Int64(),
        "prefixes": pl.List(PREFIX),
        "minimum_tokens": pl.Int64(),
        "step_tokens": pl.Int64(),
        "breakpoints": pl.Int64(),
        **dict.fromkeys(LIFETIMES, pl.Int64()),
    }
)
"""Columns of an attempt, in any order, others beside them.

`row` is unique. `scope` is who shares a cache. `begins_at` is when the answer began to stream. `input_tokens`
is all input: uncached, read and written. `prefixes` are the cumulative prefixes of a prompt, shortest first;
null where the log has none. `breakpoints` is null where every prefix is kept, a lifetime where nothing is.
"""
NULLABLE: Final = ("prefixes", "breakpoints", *LIFETIMES)


def prove(attempts: pl.LazyFrame) -> None:
    """Refuse attempts that cannot be replayed; reads them once and keeps no row.

    Raises:
        LedgerError: a column is missing, of another type or null; two attempts have one `row`; prefixes do
            not grow; a step or number of breakpoints is below one; an attempt begins to stream before it
            starts or, where it can be cached, half of a lifetime or more after.
    """
    found = attempts.collect_schema()
    for name, dtype in ATTEMPTS.items():
        if found.get(name) != dtype:
            raise LedgerError(f"replay: column {name} is {found.get(name)}, expected {dtype}")
    # A faulty attempt is named by its lowest row, so that the message does not depend on the order of rows.
    faults = {reason: pl.col("row").filter(fault).min() for reason, fault in _faults().items()}
    counts = {"rows": pl.len(), "unlike": pl.col("row").n_unique()}
    [checked] = attempts.select(**faults, **counts).collect().to_dicts()
    for reason in faults:
        if checked[reason] is not None:
            raise LedgerError(f"replay: row {checked[reason]}: {reason}")
    if checked["rows"] != checked["unlike"]:
        raise LedgerError(f"replay: {checked['rows']} attempts, {checked['unlike']} values of row")


def tokens_of(prefixes: pl.Expr) -> pl.Expr:
    """The tokens of each prefix of a list, in its order."""
    return prefixes.list.eval(pl.element().struct.field("tokens"))


def _faults() -> dict[str, pl.Expr]:
    """What is wrong with an attempt, by the sentence that says so; true where it is."""
    required = [name for name in ATTEMPTS if name not in NULLABLE]
    prefixes, lifetime = pl.col("prefixes"), pl.duration(seconds=pl.min_horizontal(*LIFETIMES))
    can_be_cached = prefixes.list.len() > 0
    delay = pl.col("begins_at") - pl.col("started_at")
    return {
        "a column is null that must not be": pl.any_horizontal(pl.col(required).is_null()),
        "a prefix has no hash or no tokens": _any_prefix(prefixes, "hash") | _any_prefix(prefixes, "tokens"),
        "prefixes must grow": ~grows(prefixes),
        "step_tokens and breakpoints must be at least 1": pl.min_horizontal("step_tokens", "breakpoints") < 1,
        "begins_at is before started_at": delay < pl.duration(),
        # An entry that can be read only when it has half lapsed is no entry a policy should count on, and
        # in most logs an instant of another event.
        "begins_at is half of a lifetime or more after started_at": can_be_cached & (delay * 2 >= lifetime),
    }


def grows(prefixes: pl.Expr) -> pl.Expr:
    """Whether each prefix of a list is longer than the one before; null for fewer than two."""
    return _growth(tokens_of(prefixes)).list.min() > 0


def _growth(tokens: pl.Expr) -> pl.Expr:
    """How much each prefix of a list adds to the one before; `list.diff` takes three times as long."""
    shorter = tokens.list.len().cast(pl.Int64) - 1
    return tokens.list.slice(1) - tokens.list.slice(0, pl.max_horizontal(shorter, 0))


def _any_prefix(prefixes: pl.Expr, field: str) -> pl.Expr:
    """Whether a list has a prefix without a field."""
    return prefixes.list.eval(pl.element().struct.field(field).is_null()).list.any()
