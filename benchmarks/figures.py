"""Measuring one process, and printing tables of medians."""

import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one piece of work cost the process that did it. `peak_mb` is the whole process."""

    offers: int
    seconds: float
    cpu_s: float
    peak_mb: float
    changed: int = 0

    @property
    def offers_per_s(self) -> float:
        return self.offers / self.seconds

    @property
    def cpu_s_per_100k(self) -> float:
        return self.cpu_s / self.offers * 100_000

    def print(self) -> None:
        """Hand it to the process that asked for it."""
        print(json.dumps(asdict(self)), flush=True)

    @classmethod
    def read(cls, output: str) -> Self:
        """Return what `print` wrote as its last line."""
        return cls(**json.loads(output.strip().splitlines()[-1]))


class Stopwatch:
    """Wall and CPU seconds of this process since it was made."""

    def __init__(self) -> None:
        self._wall_s = time.perf_counter()
        self._cpu_s = time.process_time()

    def stop(self, *, offers: int, changed: int = 0) -> Measurement:
        return Measurement(
            offers=offers,
            changed=changed,
            seconds=time.perf_counter() - self._wall_s,
            cpu_s=time.process_time() - self._cpu_s,
            peak_mb=peak_mb(),
        )


def peak_mb() -> float:
    """Return the most memory this process ever had resident, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not `ru_maxrss`: on Linux that starts with what the parent had.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found.group(1)) * 1024 / 1e6
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def median(measurements: Iterable[T], figure: Callable[[T], float]) -> float:
    return statistics.median(figure(one) for one in measurements)


def spread(measurements: Iterable[T], figure: Callable[[T], float]) -> float:
    """Return the width from lowest to highest, as a share of the median."""
    values = [figure(one) for one in measurements]
    return (max(values) - min(values)) / statistics.median(values)


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, so that it can go into the documentation as it is."""
    lines = [list(heads), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    print(f"\n## {title}\n")
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    sys.stdout.flush()


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Say on a terminal what is being measured, and take it away again."""
    if not sys.stderr.isatty():
        yield
        return
    sys.stderr.write(f"\r\033[K{text} …")
    sys.stderr.flush()
    yield
    sys.stderr.write("\r\033[K")
