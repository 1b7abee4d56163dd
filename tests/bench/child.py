"""A command in a process of its own: what it took of the processors and how much memory it held at most."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.settings import PROJECT

GIB = 1 << 30


@dataclass(frozen=True)
class Took:
    """Processor seconds (user and system), peak resident bytes and standard output of a finished process."""

    seconds: float
    peak_bytes: int
    output: str

    @property
    def peak_gib(self) -> float:
        """Peak resident memory in GiB."""
        return self.peak_bytes / GIB


def python(*arguments: object, good: Sequence[int] = (0,)) -> Took:
    """Run Python with `arguments` in the project's folder; raise `RuntimeError` for another exit code."""
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {output}")
    return Took(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def ledger(*arguments: object) -> Took:
    """Run `inferledger`; published with findings (3) is as good as without (0)."""
    return python("-m", "pipelines.cli", *arguments, good=(0, 3))
