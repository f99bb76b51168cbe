"""Putting the demo shops with 90 days of made-up history into the database, and out again."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ingestion.adapters.registry import ADAPTERS
from ingestion.demo.assortment import (
    SHOPS,
    DemoShop,
    ShopItem,
    carried,
    history,
    offered,
    sku_of,
    variant_id,
)
from ingestion.demo.running import PORT
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, RunStatus, Trigger
from prices.services.forgetting import forget_providers
from prices.services.seeding import add_spans, is_empty, record_histories
from prices.types import Availability, Quote

DAYS: Final = 90
UNCHECKED: Final = ((61, 58.5), (23, 22.2))  # days ago: from, to
PAST_RUNS: Final = 36
PATHS: Final = {"dummyjson": "/products", "product_feed": "/feed.xml"}  # below the shop's own


def seed_empty_database() -> bool:
    """Seed when there is no provider and no offer yet; say whether it was done."""
    if Provider.objects.exists() or not is_empty():
        return False
    seed(timezone.now(), f"http://127.0.0.1:{PORT}")
    return True


@transaction.atomic
def seed(now: datetime, base_url: str) -> None:
    """Make the demo providers, their history up to `now`, and some past runs."""
    providers = [_provider(shop, base_url) for shop in SHOPS if shop.kind in ADAPTERS]
    start = (now - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
    for shop, provider in providers:
        changes: dict[datetime, list[Quote]] = defaultdict(list)
        for article, variant in offered(shop):
            for at, item in history(shop, article, variant, start=start, end=now):
                changes[at].append(_quote(shop, item, base_url))
        record_histories(provider.pk, sorted(changes.items()))
        add_spans(provider.pk, _spans(start, now))
    _past_runs([provider for _, provider in providers], now)


@transaction.atomic
def remove() -> int:
    """Take out everything of the demo shops; return how many offers that were."""
    providers = Provider.objects.filter(is_demo=True)
    deleted = forget_providers(list(providers.values_list("pk", flat=True)))
    Run.objects.filter(trigger=Trigger.DEMO).delete()
    providers.delete()
    return deleted


def is_seeded() -> bool:
    """Say whether the demo shops are in the database."""
    return Provider.objects.filter(is_demo=True).exists()


def _provider(shop: DemoShop, base_url: str) -> tuple[DemoShop, Provider]:
    options: dict[str, object] = {}
    if shop.kind == "product_page":
        options["urls"] = [f"{base_url}/{shop.key}/p/{article.handle}" for article in carried(shop)]
    return shop, Provider.objects.create(
        slug=f"demo-{shop.key}",
        name=f"{shop.name} (demo)",
        kind=shop.kind,
        url=f"{base_url}/{shop.key}{PATHS.get(shop.kind, '')}",
        currency=shop.currency if shop.kind == "dummyjson" else None,
        options=options,
        is_demo=True,
    )


def _quote(shop: DemoShop, item: ShopItem, base_url: str) -> Quote:
    """Return what the shop's adapter will read for `item`, so that the first run agrees."""
    article = item.article
    variant = article.variants[item.variant] if shop.kind == "shopify" else ""
    external_id, group_id, url = _names(shop, item, f"{base_url}/{shop.key}")
    return Quote(
        external_id=external_id,
        name=f"{article.name} – {variant}" if variant else article.name,
        amount=item.price,
        list_amount=item.list_price if shop.kind != "dummyjson" else None,
        currency=shop.currency,
        availability=Availability.IN_STOCK if item.in_stock else Availability.OUT_OF_STOCK,
        url=url,
        brand=article.brand,
        gtin=article.gtin_of(item.variant),
        mpn=article.mpn if shop.kind in {"product_feed", "product_page"} else "",
        sku="" if shop.kind == "product_feed" else sku_of(item),
        variant=variant,
        group_id=group_id,
        evidence={"amount": "made-up history of the demo shops"},
    )


def _names(shop: DemoShop, item: ShopItem, shop_url: str) -> tuple[str, str, str]:
    """Return external id, group id and address of an item, as its platform has them."""
    article = item.article
    if shop.kind == "shopify":
        url = f"{shop_url}/products/{article.handle}"
        external_id = str(variant_id(item))
        shown = f"{url}?variant={external_id}" if len(article.variants) > 1 else url
        return external_id, str(9000 + article.number), shown
    if shop.kind == "dummyjson":
        return str(article.number), "", f"{shop_url.rpartition('/')[0]}/products/{article.number}"
    if shop.kind == "product_page":
        path = f"/{shop.key}/p/{article.handle}"
        return path, "", f"{shop_url}/p/{article.handle}"
    if shop.kind == "product_feed":
        return f"FV-{article.number}", "", f"{shop_url}/p/{article.handle}"
    return str(article.number), "", f"{shop_url}/product/{article.number}"


def _spans(start: datetime, now: datetime) -> list[tuple[datetime, datetime, int]]:
    edges = [start]
    for first, last in UNCHECKED:
        edges += [now - timedelta(days=first), now - timedelta(days=last)]
    edges.append(now)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(left, right, (right - left) // timedelta(minutes=10)) for left, right in pairs]


def _past_runs(providers: list[Provider], now: datetime) -> None:
    """Make runs of the last hours, some with a provider that failed."""
    runs, parts = [], []
    offers = {p.pk: p.offers.count() for p in providers}
    for number in range(PAST_RUNS, 0, -1):
        began = now - timedelta(minutes=10 * number)
        failing = providers[number % len(providers)] if number % 9 == 4 else None
        run = Run(
            trigger=Trigger.DEMO,
            status=RunStatus.COMPLETED,
            started_at=began,
            finished_at=began + timedelta(seconds=2 + number % 3),
            providers_total=len(providers),
            providers_completed=len(providers) - (failing is not None),
            providers_failed=int(failing is not None),
        )
        for provider in providers:
            failed = provider is failing
            seen = 0 if failed else offers[provider.pk]
            run.offers_seen += seen
            parts.append(
                ProviderRun(
                    run=run,
                    provider=provider,
                    status=ProviderRunStatus.FAILED if failed else ProviderRunStatus.COMPLETED,
                    started_at=began,
                    claimed_at=began,
                    finished_at=began + timedelta(milliseconds=700 + 90 * (number % 7)),
                    lease_until=began,
                    pages=0 if failed else 1,
                    requests=4 if failed else 2,
                    retries=3 if failed else 0,
                    offers_seen=seen,
                    offers_unchanged=seen,
                    error_code="timeout" if failed else "",
                    error="The server did not answer within 30 s (made up)." if failed else "",
                )
            )
        runs.append(run)
    Run.objects.bulk_create(runs)
    ProviderRun.objects.bulk_create(parts, batch_size=500)
