"""How one model is written: exact rewritings of a name, each by a stated rule of who writes it so.

None of them guesses: what a rule makes of a name counts only where the book has exactly that name.
`prices/README.md` says where each rule comes from.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

BEDROCK, VERTEX, GEMINI, AZURE, OPENAI = "aws-bedrock", "google-vertex", "google", "azure", "openai"
"""Providers of the book with rules of their own."""

PARTS = {
    BEDROCK: ("converse/", "converse_like/", "invoke/", "async_invoke/", "mantle/"),
    GEMINI: ("models/", "publishers/google/models/"),
    VERTEX: ("models/", "google/", "anthropic/", "mistralai/"),
    AZURE: ("responses/", "o_series/", "gpt5_series/"),
    OPENAI: ("responses/",),
}
"""What stands before an id and says how or by whom it is served, not at what price."""

PLACED = {
    BEDROCK: (
        re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])/(?P<model>.+)"),
        re.compile(
            r"arn:aws(?:-[a-z]+)*:bedrock:(?P<region>[a-z0-9-]*):[0-9]*:"
            r"(?:foundation-model|inference-profile|application-inference-profile)/(?P<model>.+)"
        ),
    ),
    VERTEX: (
        re.compile(r"projects/[^/]+/locations/(?P<region>[^/]+)/(?P<model>publishers/.+)"),
        re.compile(r"(?P<region>)publishers/(?P<model>[^/]+/models/.+)"),
    ),
}
"""Names that hold a place and an id: a region in the path, ARNs, resource names."""

FINE_TUNED = re.compile(r"(ft:[^:]+):.+")
AT_DATE, DASH_DATE = re.compile(r"(.+)@([0-9]{3,8})"), re.compile(r"(.+)-([0-9]{8})")
PUBLISHED = re.compile(r"([^/]+)/models/(.+)")


class Spelling(NamedTuple):
    """A name of a model, and the region that the name it was found in holds, if any."""

    model: str
    region: str = ""


def spellings(provider: str, model: str, is_own: Callable[[str], bool]) -> Iterator[Spelling]:
    """The name itself, then what is inside of it layer by layer, then other ways to write each of these.

    Args:
        provider: of the book.
        model: as it is logged.
        is_own: whether a word is a name of this provider.
    """
    layers = list(_layers(provider, Spelling(model), is_own))
    yield from layers
    for layer in layers:
        yield from (Spelling(other, layer.region) for other in _rewritten(provider, layer.model))


def _layers(provider: str, outer: Spelling, is_own: Callable[[str], bool]) -> Iterator[Spelling]:
    layer: Spelling | None = outer
    while layer is not None:
        yield layer
        layer = _inside(provider, layer, is_own)


def _inside(provider: str, outer: Spelling, is_own: Callable[[str], bool]) -> Spelling | None:
    """A name without its first layer, always shorter; None where it has none."""
    model, region = outer
    first, _, rest = model.partition("/")
    if rest and is_own(first):
        return Spelling(rest, region)
    for part in PARTS.get(provider, ()):
        if model.startswith(part) and model != part:
            return Spelling(model.removeprefix(part), region)
    for shape in PLACED.get(provider, ()):
        if found := shape.fullmatch(model):
            return Spelling(found["model"], found["region"] or region)
    if provider == VERTEX and (published := PUBLISHED.fullmatch(model)):
        return Spelling(f"{published[1]}/{published[2]}", region)
    return None


def _rewritten(provider: str, model: str) -> Iterator[str]:
    if tuned := FINE_TUNED.fullmatch(model):
        yield tuned[1]
    if dated := AT_DATE.fullmatch(model):
        yield f"{dated[1]}-{dated[2]}"
    if provider == VERTEX:
        if dated := DASH_DATE.fullmatch(model):
            yield f"{dated[1]}@{dated[2]}"
        if model.endswith("@default"):
            yield model.removesuffix("@default")
    if provider == AZURE and model.startswith("gpt-35-"):
        yield model.replace("gpt-35-", "gpt-3.5-", 1)
