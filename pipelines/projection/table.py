"""A projection for reading, a grid of months and models with notes, and for programs, rows."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pipelines.book.changes import Change, has_hours
from pipelines.book.rates import Rates
from pipelines.projection.horizon import Projection, cheapest_first
from pipelines.projection.question import Question

COLUMNS = (
    "provider", "model", "month", "priced_on", "requests", "cost_usd", "difference_usd",
    "price_is_assumed", "unpriced_reason", "rate_ids", "prices_change_on",
)  # fmt: skip
TOTAL = "total"
Row = list[object]


def records(found: Sequence[Projection]) -> list[Row]:
    """One row per model and month and one for the total of a model, cheapest first.

    `difference_usd` is to the model named first, of the same month.
    """
    return [row for each in cheapest_first(found) for row in _records(each, _differences(each, found[0]))]


def _records(each: Projection, differences: Sequence[Decimal | None]) -> Iterator[Row]:
    months = zip(each.questions, each.answers, each.costs, differences, strict=False)
    for question, answer, cost, difference in months:
        yield [
            each.provider, each.model, f"{question.on:%Y-%m}", question.on.date(), question.requests, cost,
            difference, None if answer.reasons else answer.is_assumed,
            "; ".join(f"{reason} in tier {tier}" for tier, reason in answer.reasons) or None,
            ", ".join(answer.rate_ids) or None, _days(each.changes, question),
        ]  # fmt: skip
    yield [
        each.provider, each.model, TOTAL, None, sum(question.requests for question in each.questions),
        each.costs[-1], differences[-1], None if each.missing else any(a.is_assumed for a in each.answers),
        each.missing, None, _days(each.changes, *each.questions),
    ]  # fmt: skip


def _days(changes: Sequence[Change], *questions: Question) -> str | None:
    """The days of the months of some questions on which prices change."""
    spans = {f"{question.on:%Y-%m}" for question in questions}
    days = [f"{each.at:%Y-%m-%d}" for each in changes if f"{each.at:%Y-%m}" in spans]
    return ", ".join(dict.fromkeys(days)) or None


def _differences(each: Projection, first: Projection) -> list[Decimal | None]:
    pairs = zip(each.costs, first.costs, strict=True)
    return [None if own is None or other is None else own - other for own, other in pairs]


def grid(found: Sequence[Projection]) -> tuple[list[str], list[Row]]:
    """Months by models, the longer of the two downwards; all amounts with every digit they need.

    Returns:
        The head and the rows: the numbers of requests first, then the models, cheapest first.
    """
    questions = found[0].questions
    several = len(questions) > 1
    digits = _digits(found)
    head = ["USD", *(f"{question.on:%Y-%m-%d}" for question in questions), *([TOTAL] if several else [])]
    counts = [question.requests for question in questions]
    rows: list[Row] = [["requests", *(f"{n:,}" for n in (*counts, *([sum(counts)] if several else [])))]]
    for each in cheapest_first(found):
        costs = each.costs if several else each.costs[:1]
        rows.append([f"{each.provider} {each.model}", *(_amount(cost, digits) for cost in costs)])
    if len(found) > 1:
        head.append("difference")
        rows[0].append("")
        for row, each in zip(rows[1:], cheapest_first(found), strict=True):
            row.append(_amount(_differences(each, found[0])[-1], digits, sign="+"))
    if len(questions) > len(found):
        head, *rows = (list(line) for line in zip(head, *rows, strict=True))
    return [str(name).replace(" ", "\n") for name in head], rows


def _digits(found: Sequence[Projection]) -> int:
    costs = [cost for each in found for cost in each.costs if cost is not None]
    return max([2, *(len(f"{cost:f}".rstrip("0").partition(".")[2]) for cost in costs)])


def _amount(cost: Decimal | None, digits: int, sign: str = "") -> str:
    if cost is None:
        return "-"
    return f"{cost:{sign if cost else ''},.{digits}f}"


def notes(found: Sequence[Projection], rates: Rates, *, says_assumed: bool) -> Iterator[str]:
    """What a reader of the numbers has to know: months without a price, changes ahead, assumptions."""
    for each in cheapest_first(found):
        name = f"{each.provider} {each.model}"
        yield from each.gaps
        if each.missing and len(each.questions) > 1:
            yield f"{name}: {each.missing}"
        for at in sorted({change.at for change in each.changes}):
            first, *others = _told([change for change in each.changes if change.at == at], each.questions)
            yield f"{name}: {first}"
            yield from others
        if says_assumed and any(answer.is_assumed for answer in each.answers):
            yield f"{name}: on an assumed rate"
        if each.questions[0].mix.cached_prefix_tokens:
            for tier in dict.fromkeys(tier for answer in each.answers for tier in answer.without_cache):
                yield f"{name}: no cached rate in tier {tier}: a cached prefix is uncached input there"
        if has_hours(rates, (each.provider, each.model), each.questions[0].on):
            yield f"{name}: rates depend on the hour; priced at {each.questions[0].on:%H:%M} UTC"


def _told(changes: Sequence[Change], questions: Sequence[Question]) -> Iterator[str]:
    """The changes of one instant, from when on they are in the numbers, and a line for each tier."""
    at = changes[0].at
    bases = ", ".join(dict.fromkeys(each.basis for each in changes if each.basis))
    written = f"{at:%Y-%m-%d}" if at == at.replace(hour=0, minute=0, second=0) else f"{at:%Y-%m-%d %H:%M} UTC"
    priced = [question.on for question in questions if at <= question.on]
    since = f"in the numbers from {priced[0]:%Y-%m-%d} on" if priced else "after the last day priced"
    yield f"prices change on {written} ({bases or 'no further rate'}), {since}"
    for tier, unit in dict.fromkeys((each.tier, each.unit) for each in changes):
        mine = [each for each in changes if (each.tier, each.unit) == (tier, unit)]
        rates = ", ".join(f"{each.meter} {each.before} -> {each.after}" for each in mine)
        yield f"  {tier}, {unit}: {rates}"
