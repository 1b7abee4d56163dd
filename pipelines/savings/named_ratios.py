"""Tokens of one model as tokens of another, under the names that logs use: a ratio is of two skus."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pipelines.book.aliases import Alias
from pipelines.book.dated import applying, valid_edges
from pipelines.book.equivalents import Equivalent
from pipelines.book.rates import Rates
from pipelines.book.tokenizers import Ratio, Tokenizers
from pipelines.errors import BookError

Span = tuple[Ratio | None, datetime, datetime]


@dataclass(frozen=True, slots=True)
class NamedEquivalent:
    """From `valid_from` until before `valid_to`, calls of `model` would go to `to_model`, in its tokens."""

    relation: str
    provider: str
    model: str
    to_model: str
    ratio: Ratio
    valid_from: datetime
    valid_to: datetime

    @property
    def row(self) -> dict[str, object]:
        """As the SQL reads it."""
        return {
            "relation": self.relation, "provider": self.provider, "model": self.model,
            "to_model": self.to_model, "tokens_permille": self.ratio.tokens_permille,
            "valid_from": self.valid_from, "valid_to": self.valid_to,
        }  # fmt: skip


def spans(one: Sequence[Alias], other: Sequence[Alias], tokenizers: Tokenizers) -> list[Span]:
    """The ratio of two names while both mean a sku, equal neighbours in one; None where nobody says."""
    found: list[Span] = []
    for start, end in pairwise(sorted({*valid_edges([*one, *other]), *tokenizers.edges})):
        mine, others = applying(one, start), applying(other, start)
        if mine and others:
            skus = ((mine[0].provider, mine[0].sku), (others[0].provider, others[0].sku))
            ratio = tokenizers.ratio(*skus, start)
            goes_on = bool(found) and found[-1][0] == ratio and found[-1][2] == start
            found.append((ratio, found.pop()[1] if goes_on else start, end))
    return found


def named_equivalents(
    equivalents: Iterable[Equivalent], rates: Rates, tokenizers: Tokenizers
) -> tuple[NamedEquivalent, ...]:
    """Every name of a sku with an equivalent, and from when to when it would be which name instead.

    A name that stands for the prices of a region moves to a name of that region; without one it stays.

    Raises:
        BookError: the book knows no ratio of the tokenizers of a sku and of its equivalent.
    """
    named: dict[tuple[str, str], list[Alias]] = defaultdict(list)
    for name in rates.names:
        for alias in rates.meanings(name):
            named[alias.provider, alias.sku].append(alias)
    return tuple(
        moved
        for each in equivalents
        for alias in named[each.provider, each.sku]
        for moved in _moved(each, alias, named[each.provider, each.equivalent_sku], tokenizers)
    )


def _moved(
    each: Equivalent, alias: Alias, names: Sequence[Alias], tokenizers: Tokenizers
) -> Iterator[NamedEquivalent]:
    """When a name moves to the equivalent's: its own name, or the first one tied to the same region."""
    fitting = [to for to in names if to.region == alias.region and (to.region or to.alias == to.sku)]
    for target in sorted(fitting, key=lambda to: to.alias)[:1]:
        for ratio, start, end in spans([alias], [target], tokenizers):
            valid = max(start, each.valid_from), min(end, each.valid_to)
            if valid[0] < valid[1]:
                if ratio is None:
                    raise BookError(
                        f"{each.place}: nobody says how tokens of {each.sku} and"
                        f" {each.equivalent_sku} compare"
                    )
                yield NamedEquivalent(each.relation, alias.provider, alias.alias, target.alias, ratio, *valid)
