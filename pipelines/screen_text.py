"""What a screen may show of text that others wrote: no control character, no escape of a terminal."""

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Controls of ASCII and Latin-1, and what breaks a line or turns the direction of writing."""


def escaped(written: str) -> str:
    r"""Text with its control characters spelled out: an escape as `\x1b`, a line's end as `\n`."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], written)
