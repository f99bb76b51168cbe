"""The write path alone: quotes that are in memory against 100,000 offers that are stored.

PriceStream's own path beside the reference that a database engineer would write for these
tables: COPY into a temporary table, then the difference found and written in SQL (in one
statement on PostgreSQL; SQLite fills the table by `executemany`). Both use one transaction
a provider. `python -m benchmarks.writing` prints the table; `… ours|reference SHARE`
measures one.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import django

from benchmarks.databases import engines, fresh
from benchmarks.figures import Measurement, Stopwatch, median, print_table, progress
from benchmarks.processes import processes

PROVIDERS: Final = 20
OFFERS: Final = 5000
AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER: Final = AT + timedelta(minutes=10)
FIRST: Final = -1.0
SHARES: Final = {"1 %": 0.01, "10 %": 0.1, "100 %": 1.0, "first import": FIRST}
TIMES: Final = {"1 %": 3, "10 %": 3}  # else once: the longer a run, the steadier

COLUMNS: Final = "external_id, name, url, image_url, brand, sku, group_id, amount, availability"
DIFFERING: Final = """
    SELECT o.id AS offer_id, o.product_id, o.amount AS before, o.currency, g.*
    FROM given g JOIN prices_offer o
        ON o.provider_id = %(provider)s AND o.external_id = g.external_id
    WHERE o.amount <> g.amount OR o.availability <> g.availability OR o.name <> g.name
        OR o.url <> g.url OR o.image_url <> g.image_url OR o.brand <> g.brand
        OR o.sku <> g.sku OR o.group_id <> g.group_id"""
PRICES: Final = """
    INSERT INTO prices_price (offer_id, started_at, amount, currency, availability, origin)
    SELECT offer_id, %(at)s, amount, currency, availability, 'run' FROM differing"""
PRODUCTS: Final = """
    UPDATE prices_product SET best_amount = d.amount, changed_at = %(at)s,
        change_percent = round((d.amount - d.before) / d.before * 100, 2)
    FROM differing d WHERE prices_product.id = d.product_id"""
STATES: Final = """
    UPDATE prices_offer SET amount = d.amount, availability = d.availability, name = d.name,
        url = d.url, image_url = d.image_url, brand = d.brand, sku = d.sku,
        group_id = d.group_id, since = %(at)s, sequence = sequence + 1,
        previous_amount = d.before,
        change_percent = round((d.amount - d.before) / d.before * 100, 2),
        low_at = CASE WHEN d.amount < low_amount THEN %(at)s ELSE low_at END,
        low_amount = CASE WHEN d.amount < low_amount THEN d.amount ELSE low_amount END,
        high_at = CASE WHEN d.amount > high_amount THEN %(at)s ELSE high_at END,
        high_amount = CASE WHEN d.amount > high_amount THEN d.amount ELSE high_amount END
    FROM differing d WHERE prices_offer.id = d.offer_id"""

# The reference numbers products and offers by the external ids, which saves it the sequences.
KEY: Final = "%(base)s + CAST(external_id AS bigint) - 40000000000000"
FIRST_PRODUCTS: Final = f"""
    INSERT INTO prices_product (id, name, brand, mpn, image_url, created_at, offers_count,
        best_amount, best_currency, best_offer_id, changed_at)
    SELECT {KEY}, name, brand, '', image_url, %(at)s, 1,
        CASE availability WHEN 'in_stock' THEN amount END,
        CASE availability WHEN 'in_stock' THEN 'EUR' END,
        CASE availability WHEN 'in_stock' THEN {KEY} END, %(at)s
    FROM given"""
FIRST_PRICES: Final = f"""
    INSERT INTO prices_price (offer_id, started_at, amount, currency, availability, origin)
    SELECT {KEY}, %(at)s, amount, 'EUR', availability, 'run' FROM given"""
FIRST_OFFERS: Final = f"""
    INSERT INTO prices_offer (id, provider_id, external_id, product_id, name, variant, group_id,
        url, image_url, brand, gtin, mpn, sku, evidence, fingerprint, amount, currency,
        availability, since, sequence, low_amount, low_at, high_amount, high_at, first_seen_at)
    SELECT {KEY}, %(provider)s, external_id, {KEY}, name, '', group_id, url, image_url, brand,
        '', '', sku, '{{}}', 0, amount, 'EUR', availability, %(at)s, 1, amount, %(at)s, amount,
        %(at)s, %(at)s
    FROM given"""


def quotes(share: float) -> list[Any]:
    """Return a provider's quotes, with this share of the first prices changed."""
    from prices.types import Availability, Quote

    every = round(1 / share) if share > 0 else 0
    return [
        Quote(
            external_id=f"{40_000_000_000_000 + number}",
            name=f"Light warm merino number {number}",
            amount=Decimal(10_000 + number + (7 if every and number % every == 0 else 0)) / 100,
            currency="EUR",
            availability=Availability.IN_STOCK if number % 5 else Availability.OUT_OF_STOCK,
            url=f"https://shop.example/products/light-warm-merino-{number}",
            image_url=f"https://cdn.shop.example/files/light-warm-merino-{number}.jpg",
            brand=f"Vendor {number % 40}",
            sku=f"SKU-{number:06d}",
            group_id=f"{7_000_000_000_000 + number}",
            evidence={"amount": "products.json: variants[].price"},
        )
        for number in range(OFFERS)
    ]


def prepare() -> None:
    """Make the tables and the providers."""
    from django.core.management import call_command

    from ingestion.models import Provider

    call_command("migrate", verbosity=0)
    for number in range(PROVIDERS):
        Provider.objects.create(slug=f"shop-{number}", name=f"Shop {number}", kind="shopify")


def ours(share: float) -> Measurement:
    from django.db import transaction

    from prices.services.recording import BATCH_SIZE, Recording

    keys, given, at = _providers(), quotes(share), _instant(share)
    written = 0
    watch = Stopwatch()
    for key in keys:
        recording = Recording(provider_id=key)
        with transaction.atomic():
            differing = recording.sift(given).differing
            for start in range(0, len(differing), BATCH_SIZE):
                recorded = recording.store(differing[start : start + BATCH_SIZE], at=at)
                written += recorded.new + recorded.changed
            recording.finish(at=at, whole_catalogue=True, span_gap=timedelta(hours=1))
    return watch.stop(offers=PROVIDERS * OFFERS, changed=written)


def reference(share: float) -> Measurement:
    from django.db import connection, transaction

    keys, at = _providers(), _instant(share)
    rows = [_row(quote, connection.vendor) for quote in quotes(share)]
    shown: Any = str(at.replace(tzinfo=None)) if connection.vendor == "sqlite" else at
    written = 0
    watch = Stopwatch()
    for key in keys:
        with transaction.atomic(), connection.cursor() as cursor:
            _give(cursor, rows, vendor=connection.vendor)
            for statement in _statements(share, connection.vendor):
                cursor.execute(statement, {"provider": key, "at": shown, "base": key * OFFERS})
            written += cursor.rowcount  # the last one writes the offers
    return watch.stop(offers=PROVIDERS * OFFERS, changed=written)


def _providers() -> list[int]:
    from ingestion.models import Provider

    return list(Provider.objects.order_by("pk").values_list("pk", flat=True))


def _instant(share: float) -> datetime:
    return AT if share == FIRST else LATER


def _row(quote: Any, vendor: str) -> tuple[Any, ...]:
    return (
        quote.external_id,
        quote.name,
        quote.url,
        quote.image_url,
        quote.brand,
        quote.sku,
        quote.group_id,
        quote.amount if vendor == "postgresql" else str(quote.amount),
        quote.availability.value,
    )


def _give(cursor: Any, rows: Sequence[tuple[Any, ...]], *, vendor: str) -> None:
    """Put the rows into a temporary table called `given`."""
    kinds = [f"{name} {'numeric' if name == 'amount' else 'text'}" for name in COLUMNS.split(", ")]
    cursor.execute("DROP TABLE IF EXISTS given")
    cursor.execute(f"CREATE TEMPORARY TABLE given ({', '.join(kinds)})")
    if vendor == "postgresql":
        with cursor.copy(f"COPY given ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(kinds))
    cursor.executemany(f"INSERT INTO given ({COLUMNS}) VALUES ({marks})", rows)


def _statements(share: float, vendor: str) -> list[str]:
    if share == FIRST:
        return [FIRST_PRODUCTS, FIRST_PRICES, FIRST_OFFERS]
    if vendor == "postgresql":
        parts = f"differing AS ({DIFFERING}), priced AS ({PRICES}), summed AS ({PRODUCTS})"
        return [f"WITH {parts} {STATES}"]
    differing = [
        "DROP TABLE IF EXISTS differing",
        f"CREATE TEMPORARY TABLE differing AS {DIFFERING}",
    ]
    return [*differing, PRICES, PRODUCTS, STATES]


Results = dict[tuple[str, str, str], list[Measurement]]


def main() -> None:
    results: Results = defaultdict(list)
    with processes() as run, engines() as both:
        for engine in both:
            with fresh(engine, "empty") as empty:
                run.run("writing", "prepare", database=empty)
                with fresh(engine, "stocked", like="empty") as stocked:
                    run.run("writing", "ours", str(FIRST), database=stocked)
                    for changed, share in SHARES.items():
                        like = "empty" if share == FIRST else "stocked"
                        for number in range(TIMES.get(changed, 1)):
                            for side in ("ours", "reference"):
                                what = f"{engine.name}, {changed}, {number + 1}: {side}"
                                with progress(what), fresh(engine, "one", like=like) as url:
                                    measured = run.measure(
                                        "writing", side, str(share), database=url
                                    )
                                results[engine.name, changed, side].append(measured)
    print_table(
        "Writing: 20 providers × 5,000 offers in memory, seconds for all",
        ["engine", "changed", "PriceStream", "reference", "ratio", "PriceStream CPU s", "written"],
        [_line(results, engine.name, changed) for engine in both for changed in SHARES],
    )


def _line(results: Results, engine: str, changed: str) -> list[str]:
    mine, other = (results[engine, changed, side] for side in ("ours", "reference"))
    ratios = [one.seconds / two.seconds for one, two in zip(mine, other, strict=True)]
    return [
        engine,
        changed,
        f"{median(mine, lambda one: one.seconds):.2f}",
        f"{median(other, lambda one: one.seconds):.2f}",
        f"{median(ratios, float):.2f}",
        f"{median(mine, lambda one: one.cpu_s):.2f}",
        f"{mine[0].changed:,} / {other[0].changed:,}",
    ]


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        django.setup()
        if sys.argv[1] == "prepare":
            prepare()
        else:
            {"ours": ours, "reference": reference}[sys.argv[1]](float(sys.argv[2])).print()
