"""How many tokens of one model are as much text as those of another: dated ratios of their tokenizers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pipelines.book.dated import applying, believed, overlaps, valid_edges
from pipelines.book.prices import BASES
from pipelines.book.text import ALWAYS, OPEN, Row, read_rows
from pipelines.errors import BookError

DATED = ("valid_from", "valid_to", "known_from", "known_to", "basis", "source", "source_ref", "note")
HEADER = ("provider", "sku", "tokenizer", *DATED)
RATIOS = ("tokenizer", "to_tokenizer", "tokens_permille", "low_permille", "high_permille", *DATED)

Sku = tuple[str, str]
WHOLE = 1000
"""In permille."""


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """From `valid_from` until before `valid_to`, a sku counts tokens with `tokenizer`."""

    provider: str
    sku: str
    tokenizer: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """Text of 1,000 tokens of `tokenizer` has `tokens_permille` tokens of `to_tokenizer`."""

    tokenizer: str
    to_tokenizer: str
    tokens_permille: int
    low_permille: int
    high_permille: int
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    source: str
    place: str


@dataclass(frozen=True)
class Tokenizers:
    """The tokenizers of skus and the ratios between them, as believed at one instant."""

    of_skus: tuple[Tokenizer, ...] = ()
    ratios: tuple[Ratio, ...] = ()

    def ratio(self, sku: Sku, to_sku: Sku, at: datetime) -> Ratio | None:
        """How the tokens of a sku become those of another at an instant; None where nobody says."""
        one, other = (self._tokenizer(each, at) for each in (sku, to_sku))
        if one is None or other is None:
            return None
        if one == other:
            return Ratio(one, one, WHOLE, WHOLE, WHOLE, ALWAYS, OPEN, ALWAYS, OPEN, "one tokenizer", "")
        alive = applying(self.ratios, at)
        found = [each for each in alive if (each.tokenizer, each.to_tokenizer) == (one, other)]
        return found[0] if found else None

    def _tokenizer(self, sku: Sku, at: datetime) -> str | None:
        found = applying(self._by_sku.get(sku, ()), at)
        return found[0].tokenizer if found else None

    @cached_property
    def _by_sku(self) -> dict[Sku, list[Tokenizer]]:
        by_sku: dict[Sku, list[Tokenizer]] = {}
        for each in self.of_skus:
            by_sku.setdefault((each.provider, each.sku), []).append(each)
        return by_sku

    @cached_property
    def edges(self) -> tuple[datetime, ...]:
        """Every instant at which some ratio may become another."""
        return tuple(valid_edges([*self.of_skus, *self.ratios]))


def load_tokenizers(folder: Path, as_known_at: datetime) -> Tokenizers:
    """Read `tokenizers.csv` and `tokenizer_ratios.csv`, which a book need not have.

    Raises:
        BookError: no source, a basis that is none, an assumed line without its reason, a ratio that is not
            above zero or outside its range, or two lines for the same at one instant.
    """
    of_skus = [_tokenizer(row) for row in _rows(folder / "tokenizers.csv", HEADER)]
    for other, at in overlaps(of_skus, lambda each: (each.provider, each.sku)):
        raise BookError(f"{other.place}: {other.provider} {other.sku} has two tokenizers at {at}")
    ratios = [_ratio(row) for row in _rows(folder / "tokenizer_ratios.csv", RATIOS)]
    for again, at in overlaps(ratios, lambda each: (each.tokenizer, each.to_tokenizer)):
        raise BookError(f"{again.place}: {again.tokenizer} to {again.to_tokenizer} has two ratios at {at}")
    return Tokenizers(tuple(believed(of_skus, as_known_at)), tuple(believed(ratios, as_known_at)))


def _rows(path: Path, header: tuple[str, ...]) -> Iterable[Row]:
    return read_rows(path, header) if path.is_file() else ()


def prove_sourced(row: Row) -> None:
    """Raise `BookError` for a line without source, of no known basis, or assumed without its reason."""
    row.need("source")
    row.need("source_ref")
    if row["basis"] not in BASES:
        raise row.fail(f"basis {row['basis']!r} is none of {', '.join(BASES)}")
    if row["basis"] == "assumed" and not row["note"]:
        raise row.fail("an assumed line needs its reason in note")


def _tokenizer(row: Row) -> Tokenizer:
    prove_sourced(row)
    valid = row.interval("valid_from", "valid_to")
    return Tokenizer(
        row.need("provider"), row.need("sku"), row.need("tokenizer"), *valid, *row.known(), row.place
    )


def _ratio(row: Row) -> Ratio:
    prove_sourced(row)
    if row.need("tokenizer") == row.need("to_tokenizer"):
        raise row.fail(f"{row['tokenizer']} has the same tokens as itself")
    low, value, high = (row.integer(f"{name}_permille", 0) for name in ("low", "tokens", "high"))
    if not 0 < low <= value <= high:
        raise row.fail(f"{low}, {value}, {high} are no permilles above zero in order")
    return Ratio(
        row["tokenizer"], row["to_tokenizer"], value, low, high, *row.interval("valid_from", "valid_to"),
        *row.known(), row["source_ref"], row.place,
    )  # fmt: skip
