"""Whole catalogues, end to end: `python -m benchmarks.catalogue [--quick] [--rounds N]`.

Twenty shops with 5,000 offers each are read over HTTP with 20 ms of latency, compared with
what is stored, and what changed is written. Each measurement is a process of its own on a
fresh copy of a database that holds the shops' first prices. PriceStream and Scrapy take
turns against the same server, so that whatever else the machine does meets both.
Prints figures; asserts nothing.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.databases import Engine, engines, fresh
from benchmarks.figures import Measurement, median, print_table, progress, spread
from benchmarks.processes import Processes, processes
from benchmarks.shops import Shops, shops

FIRST = "first import"


@dataclass(frozen=True, slots=True)
class Side:
    """One way of doing the work, on one engine: how it is measured."""

    name: str
    engine: Engine
    module: str
    arguments: Sequence[str]
    empty: str
    stocked: str

    def first(self, run: Processes) -> Measurement:
        with fresh(self.engine, "one", like=self.empty) as url:
            return run.measure(self.module, *self.arguments, database=url)

    def cycle(self, run: Processes) -> Measurement:
        with fresh(self.engine, "one", like=self.stocked) as url:
            return run.measure(self.module, *self.arguments, database=url)


def prepared(stack: ExitStack, engine: Engine, run: Processes, served: Shops) -> Side:
    """Return PriceStream on `engine`, with a database that knows the shops' first prices."""
    empty = stack.enter_context(fresh(engine, "empty"))
    run.run("ours", "prepare", *served.urls, database=empty)
    stocked = stack.enter_context(fresh(engine, "stocked", like="empty"))
    run.run("ours", "cycle", database=stocked)
    return Side(f"PriceStream, {engine.name}", engine, "ours", ["cycle"], "empty", "stocked")


def peers(stack: ExitStack, engine: Engine, run: Processes, served: Shops) -> list[Side]:
    """Return Scrapy with both decoders, with a database of its own that it filled itself."""
    stack.enter_context(fresh(engine, "peer_empty"))
    stocked = stack.enter_context(fresh(engine, "peer_stocked", like="peer_empty"))
    run.run("peer", "typed", *served.urls, database=stocked)
    return [
        Side(
            name,
            engine,
            "peer",
            [reading, *served.urls],
            "peer_empty",
            "peer_stocked",
        )
        for name, reading in (("Scrapy, tuned", "json"), ("Scrapy, tuned, msgspec", "typed"))
    ]


Results = dict[tuple[str, str], list[Measurement]]


def compare(sides: Sequence[Side], served: Shops, run: Processes, *, rounds: int) -> Results:
    """Measure every side in turn, as often as `rounds` says."""
    results: Results = defaultdict(list)
    plan: list[tuple[str, float, int, Callable[[Side], Measurement]]] = [
        ("1 %", 0.01, rounds, lambda side: side.cycle(run)),
        ("10 %", 0.1, rounds, lambda side: side.cycle(run)),
        ("100 %", 1.0, 1, lambda side: side.cycle(run)),
        (FIRST, 0.0, 1, lambda side: side.first(run)),
    ]
    for changed, share, times, measure in plan if rounds > 1 else plan[:1]:
        served.show(share)
        for number in range(times):
            for side in sides:
                with progress(f"{changed} changed, {number + 1} of {times}: {side.name}"):
                    results[changed, side.name].append(measure(side))
    return results


def report(results: Results, peer: str) -> None:
    """Print the medians, and how PriceStream stands to `peer` round by round."""
    rows = []
    for (changed, name), measured in results.items():
        against = [
            mine.offers_per_s / other.offers_per_s
            for mine, other in zip(measured, results[changed, peer], strict=True)
        ]
        rows.append(
            [
                changed,
                name,
                f"{median(measured, lambda one: one.offers_per_s):,.0f}",
                f"{median(measured, lambda one: one.cpu_s_per_100k):.2f}",
                f"{median(measured, lambda one: one.peak_mb):.0f}",
                f"{median(against, float):.2f}",
                f"{spread(measured, lambda one: one.offers_per_s):.0%}",
                f"{measured[0].changed:,}",
            ]
        )
    heads = ["changed", "who", "offers/s", "CPU s per 100k", "peak MB", f"against {peer}"]
    print_table(
        "Whole catalogues: 20 shops × 5,000 offers, pages of 650 kB, 20 ms latency",
        [*heads, "spread", "written"],
        rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, 1 %% changed only")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="3 unless told")
    options = parser.parse_args()
    with ExitStack() as stack:
        run = stack.enter_context(processes())
        served = stack.enter_context(shops())
        postgres, sqlite = stack.enter_context(engines())
        with progress("filling the databases"):
            served.show(0)
            ours = prepared(stack, postgres, run, served)
            others = peers(stack, postgres, run, served)
            light = prepared(stack, sqlite, run, served)
        rounds = 1 if options.quick else max(2, options.rounds)
        results = compare([ours, *others, light], served, run, rounds=rounds)
    report(results, others[0].name)


if __name__ == "__main__":
    main()
