"""Every combination of levers, and every step from one to the next: dimensions of the portfolio's SQL."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from math import factorial

BITS = {
    "retries": 1, "answer_cache": 2, "routing": 4, "output_length": 8, "prompt_cache": 16, "batch": 32,
}  # fmt: skip
"""A combination of levers is the sum of theirs."""

DROPS = BITS["retries"] | BITS["answer_cache"]
"""Levers that make a call unnecessary."""

ORDERS = factorial(len(BITS))

LEVER_COMBINATION = {
    "applicable": "BIGINT", "is_escalated": "BOOLEAN", "combination": "BIGINT", "priced_as": "BIGINT",
    "is_dropped": "BOOLEAN",
    **{f"has_{lever}": "BOOLEAN" for lever in BITS},
}  # fmt: skip
LEVER_STEP = {
    "applicable": "BIGINT", "lever": "VARCHAR", "without_it": "BIGINT", "with_it": "BIGINT",
    "orders": "BIGINT", "is_in_file_order": "BOOLEAN",
}  # fmt: skip


def lever_combinations() -> Iterator[dict[str, object]]:
    """Rows of `LEVER_COMBINATION`: the combinations of the levers that apply to an attempt, but for none.

    `priced_as` is the combination of the same calls that stands for it: all without a call are one, and the
    prompt cache of a call that goes to another model, and is not asked again, is none.
    """
    for applicable in range(1, 1 << len(BITS)):
        for is_escalated in (False, True) if applicable & BITS["routing"] else (False,):
            for combination in filter(lambda some: some & ~applicable == 0, range(1, 1 << len(BITS))):
                yield {
                    "applicable": applicable, "is_escalated": is_escalated, "combination": combination,
                    "priced_as": _same_calls(applicable, combination, is_escalated=is_escalated),
                    "is_dropped": bool(combination & DROPS),
                    **{f"has_{lever}": bool(combination & bit) for lever, bit in BITS.items()},
                }  # fmt: skip


def _same_calls(applicable: int, combination: int, *, is_escalated: bool) -> int:
    if combination & DROPS:
        dropping = applicable & DROPS
        return dropping & -dropping
    if combination & BITS["routing"] and not is_escalated:
        return combination & ~BITS["prompt_cache"]
    return combination


def lever_steps(file_order: Sequence[str]) -> Iterator[dict[str, object]]:
    """Rows of `LEVER_STEP`: for the levers that apply to an attempt, each step of one lever more.

    `orders` is in how many of the `ORDERS` of all levers the step is taken: as many as put the levers
    before it in front and the others behind.

    Args:
        file_order: the levers in the order in which the company's file first names them.
    """
    stated = list(dict.fromkeys([*(lever for lever in file_order if lever in BITS), *BITS]))
    for applicable in range(1, 1 << len(BITS)):
        levers = applicable.bit_count()
        for lever, bit in BITS.items():
            earlier = sum(BITS[each] & applicable for each in takewhile(lever.__ne__, stated))
            for before in filter(lambda some: some & ~(applicable & ~bit) == 0, range(1 << len(BITS))):
                if applicable & bit:
                    taken = before.bit_count()
                    orders = factorial(taken) * factorial(levers - taken - 1) * ORDERS // factorial(levers)
                    yield {
                        "applicable": applicable, "lever": lever, "without_it": before,
                        "with_it": before | bit, "orders": orders, "is_in_file_order": before == earlier,
                    }  # fmt: skip
