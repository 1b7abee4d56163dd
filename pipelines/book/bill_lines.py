"""What a line of a provider's bill is for, by the form of its text: known forms only, nothing is guessed.

A form is the whole text of a line; `{model}` stands for one word, the model's name as the provider writes it.
Lines that come with fields of their own (Anthropic) have the form `cost_type` or `cost_type token_type`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.book.text import Row, read_rows

HEADER = (
    "provider", "form", "charge_category", "meter", "service_tier", "context_window", "source", "source_ref",
)  # fmt: skip
USAGE = "usage"
CATEGORIES = (
    USAGE, "server_tool", "fee", "storage", "capacity", "credit", "tax", "adjustment", "rounding",
)  # fmt: skip
MODEL = "{model}"


@dataclass(frozen=True)
class BillLine:
    """Lines of `provider` whose text is `text_before`, a model's name if `names_model`, and `text_after`.

    `meter`, `service_tier` and `context_window` are empty where the text does not tell them.
    """

    provider: str
    text_before: str
    text_after: str
    names_model: bool
    charge_category: str
    meter: str
    service_tier: str
    context_window: str


def load_bill_lines(files: Iterable[Path], meters: frozenset[str]) -> tuple[BillLine, ...]:
    """Read files of forms, none of which need exist.

    Args:
        files: the book's own and the company's.
        meters: the names a meter may have.

    Raises:
        BookError: an unknown category or meter, no source, or one form twice.
    """
    found: dict[tuple[str, str], BillLine] = {}
    for path in files:
        for row in read_rows(path, HEADER) if path.is_file() else ():
            key = row.need("provider"), row.need("form")
            if key in found:
                raise row.fail(f"{key[0]} has the form {key[1]!r} twice")
            found[key] = _line(row, meters)
    return tuple(found[key] for key in sorted(found))


def _line(row: Row, meters: frozenset[str]) -> BillLine:
    row.need("source_ref")
    if row["charge_category"] not in CATEGORIES:
        raise row.fail(f"charge_category {row['charge_category']!r} is not one of {', '.join(CATEGORIES)}")
    if row["meter"] and (row["meter"] not in meters or row["charge_category"] != USAGE):
        raise row.fail(f"meter {row['meter']!r} is unknown, or the line is no usage")
    before, model, after = row["form"].partition(MODEL)
    if MODEL in after:
        raise row.fail(f"the form names {MODEL} twice")
    said = (row[name] for name in ("charge_category", "meter", "service_tier", "context_window"))
    return BillLine(row["provider"], before, after, bool(model), *said)
