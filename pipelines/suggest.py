"""Proposals for what has no price: lines for the price book to be reviewed and pasted; nothing is applied."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from io import StringIO

from pipelines.book import aliases, prices
from pipelines.book.rates import Name, Rates
from pipelines.book.second_opinion import rates_of
from pipelines.warehouse.reader import Reader

SHAPES = (
    re.compile(r"^(?:models/|openai/|anthropic/|google/|mistral/|xai/|deepseek/|azure/|vertex_ai/|bedrock/)"),
    re.compile(r"[-@](?:20[0-9]{2}-[01][0-9]-[0-3][0-9]|20[0-9]{6}|latest|preview)$"),
    re.compile(r"^(?:us|eu|apac|global|jp|au)\."),
)
"""What logs put around the name of a model; only a proposal may look through it, a price never does."""


@dataclass(frozen=True)
class Unpriced:
    """A model without a price: since which day, in which tier, why."""

    name: Name
    service_tier: str
    reason: str
    first_date: date
    tokens: int


def unpriced_models(reader: Reader) -> list[Unpriced]:
    """What the published tables have no price for, the most tokens first."""
    rows = reader.rows(
        "select provider, model, service_tier, unpriced_reason, min(day),"
        " cast(sum(unpriced_tokens) as bigint) from mart_unpriced where model is not null"
        " group by all order by 6 desc, 1, 2, 3, 4",
        {},
    )
    return [Unpriced((provider, model), *rest) for provider, model, *rest in rows]


def suggest(found: Iterable[Unpriced], rates: Rates) -> Iterator[str]:
    """Lines of text: for each model a comment, then lines of `aliases.csv` or of its provider's file."""
    for each in found:
        provider, model = each.name
        yield f"# {provider} {model} ({each.service_tier}): {each.tokens} tokens, {each.reason}"
        known = [name for name in _readings(model) if rates.knows((provider, name))]
        if known and not rates.knows(each.name):
            yield "# prices/aliases.csv: the same model under another name?"
            yield _line(aliases.HEADER, _alias(each, known[0]))
            continue
        priced = list(_prices(each))
        yield f"# prices/{provider}.csv: what a second catalogue says" if priced else "# no proposal"
        yield from priced


def _readings(model: str) -> Iterator[str]:
    """The name without what logs put around it, one shape and all of them."""
    bare = model
    for shape in SHAPES:
        yield shape.sub("", model)
        bare = shape.sub("", bare)
    yield bare


def _alias(each: Unpriced, sku: str) -> dict[str, str]:
    return {
        "provider": each.name[0], "alias": each.name[1], "sku": sku,
        "valid_from": each.first_date.isoformat(), "source": "REVIEW", "source_ref": "REVIEW",
    }  # fmt: skip


def _prices(each: Unpriced) -> Iterator[str]:
    for meter, low, high, rate in rates_of(each.name, each.service_tier, each.first_date):
        top, per = ("" if high == prices.UNBOUNDED else str(high)), "1000000"
        yield _line(
            prices.HEADER,
            {
                "sku": each.name[1], "meter": meter, "service_tier": each.service_tier, "region": "*",
                "context_min_tokens": str(low), "context_max_tokens": top,
                "rate": f"{rate:f}", "per": "1" if meter.endswith("requests") else per, "currency": "USD",
                "valid_from": each.first_date.isoformat(), "basis": "observed", "confidence": "low",
                "source": "genai-prices", "source_ref": f"pypi:genai-prices=={version('genai-prices')}",
                "note": "REVIEW",
            },
        )  # fmt: skip


def _line(header: Iterable[str], cells: dict[str, str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="").writerow([cells.get(name, "") for name in header])
    return text.getvalue()
