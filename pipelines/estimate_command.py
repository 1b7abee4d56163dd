"""The command `estimate`: what requests cost on a day or over months, on one model or on several."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import terminal
from pipelines.options import (
    PUBLISHED_WITH_FINDINGS,
    AsKnownAt,
    Config,
    Format,
    Prices,
    Printed,
    day,
    one_sentence,
    option,
)

if TYPE_CHECKING:
    from pipelines.book.rates import Rates
    from pipelines.projection.horizon import Projection
    from pipelines.projection.question import Question

MOST_MONTHS = 120


class Ttl(StrEnum):
    """How long a written prefix stays in the cache."""

    FIVE_MINUTES = "5m"
    ONE_HOUR = "1h"


def _models(context: typer.Context, written: list[str]) -> list[str]:
    """The names as they are given; those of the environment are one text, separated by commas."""
    source = context.get_parameter_source("models")
    if source is None or source.name != "ENVIRONMENT":
        return written
    return [name.strip() for name in " ".join(written).split(",")]


def estimate(
    *,
    models: Annotated[
        list[str],
        option(
            "MODEL",
            "Model id, provider/id or the maker's name; several to compare (in the variable with commas).",
            "--model",
            callback=_models,
        ),
    ],
    input_tokens: Annotated[int, option("INPUT_TOKENS", "Uncached input tokens of one request.", min=0)],
    output_tokens: Annotated[int, option("OUTPUT_TOKENS", "Output tokens of one request.", min=0)],
    cache_read_tokens: Annotated[
        int, option("CACHE_READ_TOKENS", "Further input tokens read from the prompt cache.", min=0)
    ] = 0,
    cached_prefix_tokens: Annotated[
        int, option("CACHED_PREFIX_TOKENS", "So many of the input tokens can be cached.", min=0)
    ] = 0,
    cache_hit_permille: Annotated[
        int,
        option(
            "CACHE_HIT_PERMILLE",
            "Of 1000 requests so many read that prefix from the cache; the others write it.",
            min=0,
            max=1000,
        ),
    ] = 0,
    cache_ttl: Annotated[
        Ttl, option("CACHE_TTL", "How long a written prefix stays in the cache: 5m (default) or 1h.")
    ] = Ttl.FIVE_MINUTES,
    requests: Annotated[int, option("REQUESTS", "Number of requests, of the first month.", min=1)] = 1,
    months: Annotated[
        int,
        option("MONTHS", "Number of months, each at the prices of its first day.", min=1, max=MOST_MONTHS),
    ] = 1,
    growth_permille: Annotated[
        int, option("GROWTH_PERMILLE", "Growth of requests a month, per 1000.", min=-1000, max=10_000)
    ] = 0,
    service_tier: Annotated[str, option("SERVICE_TIER", "standard, batch, flex or priority.")] = "standard",
    batch_permille: Annotated[
        int, option("BATCH_PERMILLE", "Of 1000 requests so many are on the batch tier.", min=0, max=1000)
    ] = 0,
    on: Annotated[str, option("ON", "UTC day of the prices; today when not given.", callback=day)] = "",
    as_known_at: AsKnownAt = "",
    config: Config = None,
    prices: Prices = None,
    format_: Printed = Format.TABLE,
) -> None:
    """What requests cost on a day or over months, exactly, from the dated price book; models side by side.

    Exit codes: 0 everything has a price, 3 some model has none for a part of what is asked, 1 none has,
    2 wrong usage.
    """
    from pipelines.projection.question import Mix, Question  # noqa: PLC0415

    mix = Mix(cached_prefix_tokens, cache_hit_permille, cache_ttl.value, batch_permille)
    at = datetime.fromisoformat(on).replace(tzinfo=UTC) if on else datetime.now(UTC)
    question = Question(
        models[0], input_tokens, output_tokens, cache_read_tokens, requests, service_tier, at, mix
    )
    _check(question, months)
    with one_sentence():
        found, rates = _project(models, question, (months, growth_permille), (as_known_at, config, prices))
    _print(found, rates, format_)
    if any(each.gaps for each in found):
        raise typer.Exit(PUBLISHED_WITH_FINDINGS)


def _check(question: "Question", months: int) -> None:
    """Refuse options that contradict each other, as wrong usage."""
    mix = question.mix
    if mix.cached_prefix_tokens > question.input_tokens:
        raise typer.BadParameter(
            f"--cached-prefix-tokens {mix.cached_prefix_tokens} exceed --input-tokens {question.input_tokens}"
        )
    if mix.cache_hit_permille and not mix.cached_prefix_tokens:
        raise typer.BadParameter(
            f"--cache-hit-permille {mix.cache_hit_permille} needs --cached-prefix-tokens"
        )
    if mix.batch_permille and question.service_tier == "batch":
        raise typer.BadParameter(f"--batch-permille {mix.batch_permille} of requests that are all batch")
    if question.on.year * 12 + question.on.month + months > 9999 * 12:
        raise typer.BadParameter(f"--months {months} from {question.on:%Y-%m-%d} end after the year 9999")


def _project(
    models: list[str], question: "Question", span: tuple[int, int], book: tuple[str, Config, Prices]
) -> tuple[list["Projection"], "Rates"]:
    """Read the book as it was known, and price."""
    from pipelines.book.dimensions import load_dimensions  # noqa: PLC0415
    from pipelines.book.rates import LATEST  # noqa: PLC0415
    from pipelines.ingest.sources import SOURCES  # noqa: PLC0415
    from pipelines.projection.horizon import project  # noqa: PLC0415
    from pipelines.settings import Locations, load_company  # noqa: PLC0415

    as_known_at, config, prices = book
    locations = Locations.resolve(config=config, prices=prices)
    locations.require_inputs()
    dimensions = load_dimensions(
        locations.prices,
        locations.config,
        tuple(SOURCES),
        assumed_rates=load_company(locations.config).assumed_rates,
        as_known_at=datetime.fromisoformat(as_known_at) if as_known_at else LATEST,
    )
    return project(models, question, span, dimensions, locations.prices), dimensions.rates


def _print(found: list["Projection"], rates: "Rates", form: Format) -> None:
    """One model on one day by meter, anything else as a grid with notes; for programs one row per number."""
    from pipelines.projection import table  # noqa: PLC0415
    from pipelines.projection.question import EVERY_ALIKE  # noqa: PLC0415

    if form != Format.TABLE:
        terminal.print_rows(form, table.COLUMNS, table.records(found))
        return
    [question, *later], [answer, *_] = found[0].questions, found[0].answers
    is_one = len(found) == 1 and not later
    if is_one and answer.cost_usd is not None:
        terminal.print_estimate(answer, question.requests, question.on, answer.cost_usd)
        if question.mix == EVERY_ALIKE:
            return
    else:
        terminal.print_grid(*table.grid(found))
    for note in table.notes(found, rates, says_assumed=not is_one):
        typer.echo(note)
