"""What the price book says of tokens where a scenario that changes the model does not say it itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelines.book.rates import LATEST, Rates
from pipelines.book.text import ALWAYS, instant
from pipelines.book.tokenizers import Ratio, Tokenizers
from pipelines.errors import BookError
from pipelines.savings.levers import Assumed, Scenario, model_of
from pipelines.savings.named_ratios import NamedEquivalent, Span, spans
from pipelines.savings.routes import ROUTING

FROM_THE_BOOK = ("input_permille", "output_permille")
"""The numbers of a routing that the ratio of the two models stands for."""

Ratios = Mapping[tuple[str, str], Sequence[Span]]
"""By the models a routing goes from and to, as the file names them."""


def route_ratios(entries: Iterable[Scenario], rates: Rates, tokenizers: Tokenizers) -> Ratios:
    """The ratios of the routings that leave something to the book."""
    pairs = {pair for entry in entries for pair in _pairs(entry)}
    return {
        (one, other): spans(rates.meanings(model_of(one)), rates.meanings(model_of(other)), tokenizers)
        for one, other in pairs
    }


def numbers_of_day(entry: Scenario, ratios: Ratios, day: str) -> dict[str, object]:
    """What a routing leaves to the book, as a UTC day begins; without a ratio there is no new model.

    A table that is not by day asks for "" and gets what holds at last.
    """
    begins = instant(day) if day else LATEST
    for pair in _pairs(entry):
        for ratio, start, end in ratios[pair]:
            if ratio is not None and start <= begins < end:
                return dict.fromkeys(_left_to_the_book(entry), ratio.tokens_permille)
        return {"to_provider": None, "to_model": None}
    return {}


def learned(
    file: str, entry: Scenario, ratios: Ratios, equivalents: Sequence[NamedEquivalent]
) -> Iterator[Assumed]:
    """What the book says of the tokens of the models that an entry moves calls to, each ratio once.

    Raises:
        BookError: an entry leaves to the book what it does not know.
    """
    known = [each.ratio for each in equivalents if each.relation == entry.said.get("relation")]
    for pair in _pairs(entry):
        known += [ratio for ratio, _, _ in ratios[pair] if ratio is not None]
        if not known:
            missing, models = " and ".join(_left_to_the_book(entry)), " and ".join(pair)
            raise BookError(
                f"{file}: {entry.name}: needs {missing}: the price book does not know how tokens of {models}"
                " compare"
            )
    yield from map(_assumed, dict.fromkeys(known))


def _assumed(ratio: Ratio) -> Assumed:
    since = f" from {ratio.valid_from.isoformat()}" if ratio.valid_from > ALWAYS else ""
    value, low, high = map(str, (ratio.tokens_permille, ratio.low_permille, ratio.high_permille))
    said = f"tokens_permille of {ratio.to_tokenizer} for {ratio.tokenizer}{since}"
    return Assumed(said, value, low, high, ratio.source)


def _left_to_the_book(entry: Scenario) -> list[str]:
    return [key for key in FROM_THE_BOOK if entry.lever == ROUTING and key not in entry.said]


def _pairs(entry: Scenario) -> list[tuple[str, str]]:
    return [(entry.said["from"], entry.said["to"])] if _left_to_the_book(entry) else []
