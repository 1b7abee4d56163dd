"""The company's own evaluations: how good the answers of a model were, for a feature or a class of calls."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.dated import believed, overlaps
from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError

FILE = "evaluations.csv"
HEADER = (
    "feature", "route_class", "provider", "model", "quality_permille", "answers", "valid_from", "valid_to",
    "known_from", "known_to", "source", "note",
)  # fmt: skip
BEST = 1000
"""All answers were good enough, in permille."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Of 1,000 answers of a model `quality_permille` were good enough, found out at `valid_from`.

    An empty feature or class stands for all of them.
    """

    feature: str
    route_class: str
    provider: str
    model: str
    quality_permille: int
    answers: int
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    source: str
    place: str

    @property
    def subject(self) -> str:
        """What was evaluated, in words."""
        return " ".join(each for each in (self.feature, self.route_class) if each)


def load_evaluations(config: Path, as_known_at: datetime) -> tuple[Evaluation, ...]:
    """Read `evaluations.csv`, which a company need not have, as believed at an instant.

    Raises:
        BookError: neither feature nor class, no answers, no day, no source, a quality above 1000, or two
            results of a model for one subject at one instant.
    """
    path = config / FILE
    found = [_evaluation(row) for row in read_rows(path, HEADER)] if path.is_file() else []
    same = overlaps(found, lambda each: (each.feature, each.route_class, each.provider, each.model))
    for other, at in same:
        raise BookError(f"{other.place}: {other.provider}/{other.model} has two results at {at}")
    return tuple(believed(found, as_known_at))


def _evaluation(row: Row) -> Evaluation:
    if not row["feature"] and not row["route_class"]:
        raise row.fail("feature and route_class are both empty")
    for name in ("quality_permille", "valid_from"):
        row.need(name)
    quality, answers = row.integer("quality_permille", 0), row.integer("answers", 0)
    if quality > BEST:
        raise row.fail(f"quality_permille {quality} is above {BEST}")
    if not answers:
        raise row.fail("answers must be above zero")
    return Evaluation(
        row["feature"], row["route_class"], row.need("provider"), row.need("model"), quality, answers,
        *row.interval("valid_from", "valid_to"), *row.known(), row.need("source"), row.place,
    )  # fmt: skip
