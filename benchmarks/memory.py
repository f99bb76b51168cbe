"""How much memory a large shop takes: one provider with 20,000 and with 100,000 offers.

`python -m benchmarks.memory` prints the peaks of whole processes, one run each.
"""

from benchmarks.databases import engines, fresh
from benchmarks.figures import print_table, progress
from benchmarks.processes import processes
from benchmarks.shops import shops

SIZES = (20_000, 100_000)


def main() -> None:
    rows: list[list[str]] = []
    with processes() as run, engines() as both:
        for engine in both:
            for offers in SIZES:
                with (
                    progress(f"{engine.name}, {offers:,} offers"),
                    shops(count=1, offers=offers) as served,
                    fresh(engine, "memory") as url,
                ):
                    run.run("ours", "prepare", *served.urls, database=url)
                    first = run.measure("ours", "cycle", database=url)
                    served.show(0.01)
                    second = run.measure("ours", "cycle", database=url)
                peaks = [f"{one.peak_mb:.0f}" for one in (first, second)]
                rows.append([engine.name, f"{offers:,}", *peaks])
    print_table(
        "Memory: one shop, peak MB of the process",
        ["engine", "offers", "first import", "1 % changed"],
        rows,
    )


if __name__ == "__main__":
    main()
