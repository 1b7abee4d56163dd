"""Reading the company's YAML: one mapping a file; an error is one sentence with file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import BookError


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds; a file that is absent or empty holds none.

    Raises:
        BookError: no UTF-8, no YAML, no mapping, or a key that is written twice.
    """
    if not path.is_file():
        return {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        nodes = yaml.compose(text, yaml.SafeLoader)
        given = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise BookError(f"{path.name}: not UTF-8 at byte {error.start}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BookError(f"{path.name}{_line(error)}: {_problem(error)}") from None
    for key, line in _repeated(nodes, set()):
        raise BookError(f"{path.name} line {line}: {key} is written twice")
    if given is not None and not isinstance(given, dict):
        raise BookError(f"{path.name}: no mapping of keys to values")
    return {str(key): value for key, value in (given or {}).items()}


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" line {mark.line + 1}" if mark else ""


def _problem(error: Exception) -> str:
    """What the parser did not understand, on one line."""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    return " ".join(f"not understood as YAML, {problem}".split())


def _repeated(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Keys that a mapping has twice, of which YAML would take the last in silence, with their lines."""
    if node is None or id(node) in seen or not isinstance(node.value, list):
        return
    seen.add(id(node))
    keys: set[str] = set()
    for child in node.value:
        if isinstance(child, tuple):
            key, value = child
            if isinstance(key.value, str) and key.value in keys:
                yield key.value, key.start_mark.line + 1
            keys |= {key.value} if isinstance(key.value, str) else set()
            yield from _repeated(value, seen)
        else:
            yield from _repeated(child, seen)
