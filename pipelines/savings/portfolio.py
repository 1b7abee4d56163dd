"""Every combination of levers, and every order to take them up in: dimensions of the portfolio's SQL."""

from collections.abc import Iterator, Sequence
from itertools import permutations

BITS = {"retries": 1, "answer_cache": 2, "routing": 4, "output_length": 8, "batch": 16}
"""Levers that change an attempt by itself, so that they can be combined on it."""

COMBINATION = {"combination": "BIGINT", **{f"has_{lever}": "BOOLEAN" for lever in BITS}}
LEVER_STEP = {
    "applicable": "BIGINT", "lever": "VARCHAR", "without_it": "BIGINT", "with_it": "BIGINT",
    "is_in_file_order": "BOOLEAN",
}  # fmt: skip


def combinations() -> Iterator[dict[str, object]]:
    """Rows of `COMBINATION`: the levers of each of the 32 sets."""
    for combination in range(1 << len(BITS)):
        yield {
            "combination": combination,
            **{f"has_{lever}": bool(combination & bit) for lever, bit in BITS.items()},
        }


def lever_steps(file_order: Sequence[str]) -> Iterator[dict[str, object]]:
    """Rows of `LEVER_STEP`: for each set of levers that may apply and each of the 120 orders, its steps.

    Args:
        file_order: the levers in the order in which the company's file first names them.
    """
    rest = [lever for lever in BITS if lever not in file_order]
    stated = tuple([lever for lever in file_order if lever in BITS] + rest)
    for applicable in range(1, 1 << len(BITS)):
        for order in permutations(BITS):
            taken = 0
            for lever in order:
                if applicable & BITS[lever]:
                    before, taken = taken, taken | BITS[lever]
                    yield {
                        "applicable": applicable, "lever": lever, "without_it": before, "with_it": taken,
                        "is_in_file_order": order == stated,
                    }  # fmt: skip
