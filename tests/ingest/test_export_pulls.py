"""Exports of one truth in any pulls give the truth once, or a doubt is told."""

from decimal import Decimal

from hypothesis import given, settings

from pipelines.ingest.coverage import joined
from pipelines.warehouse.contents import DIMENSIONS, WHO, Contents, Request
from pipelines.warehouse.doubts import Reason, doubts
from pipelines.warehouse.stated import Pull, StatedBucket
from pipelines.warehouse.supersede import Supersession
from tests.ingest.export_worlds import Asked, File, World, any_worlds, fading_worlds, plain_worlds


def _request(asked: Asked) -> Request | None:
    if not asked.is_described:
        return None
    filters = {"api_key_id": asked.keys} if asked.keys else {}
    scope = f"{asked.width} {asked.grouping} {sorted(asked.keys)}"
    return Request(scope, frozenset(asked.grouping), filters)


def _pull(number: int, file: File) -> tuple[Pull, list[StatedBucket]]:
    covered = joined([(bucket.start, bucket.end) for bucket in file.buckets])
    lines = [dict(shown) for bucket in file.buckets for shown in bucket.tokens]
    values = {name: frozenset(line.get(name) for line in lines) for name in WHO} if lines else {}
    request, content = _request(file.asked), repr(file.buckets)
    pull = Pull(number, file.asked.name, content, covered, request, values)
    stated = []
    for place, bucket in enumerate(file.buckets):
        if bucket.tokens:
            shown = [dict(line) for line in bucket.tokens]
            contents = Contents(
                request.grouping if request else frozenset(shown[0]),
                frozenset(tuple(line.get(name) for name in DIMENSIONS) for line in shown),
                {"tokens": Decimal(sum(bucket.tokens.values()))},
                request,
            )
            stated.append(StatedBucket(pull, place, bucket.start, bucket.end, contents, place))
    return pull, stated


def _settled(world: World) -> tuple[int, list[str]]:
    """What counts in sum, and the reasons of the doubts."""
    supersession = Supersession()
    counted: dict[tuple[str, int], int] = {}
    for number, file in enumerate(world.files):
        pull, stated = _pull(number, file)
        counted |= {(pull.content_id, b.number): int(b.contents.quantities["tokens"]) for b in stated}
        supersession.take(pull, stated)
    supersession.settle()
    for replacement in supersession.replacements():
        del counted[replacement.bucket.pull.content_id, replacement.bucket.number]
    return sum(counted.values()), [doubt.reason for doubt in doubts(supersession)]


@given(any_worlds())
@settings(max_examples=1500)
def test_any_pulls_give_the_truth_once_or_a_doubt(world: World) -> None:
    counted, told = _settled(world)
    assert counted == world.truth or told


@given(plain_worlds())
@settings(max_examples=300)
def test_pulls_of_one_shape_give_the_truth_once(world: World) -> None:
    counted, _ = _settled(world)
    assert counted == world.truth


@given(fading_worlds())
@settings(max_examples=300)
def test_usage_that_is_gone_is_taken_back_by_the_same_name_or_request(world: World) -> None:
    counted, _ = _settled(world)
    assert counted == world.truth


@given(plain_worlds(is_restated=False))
@settings(max_examples=200)
def test_pulls_of_growing_usage_leave_no_doubt(world: World) -> None:
    """A file of one key without results does not say whose it is, unless it is described."""
    _, told = _settled(world)
    is_nameless = any(step.asked.keys and not step.asked.is_described for step in world.steps)
    assert not told or (is_nameless and set(told) == {Reason.EMPTY})
