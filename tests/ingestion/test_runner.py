"""One run from claim to end, over real HTTP."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from ingestion import runs
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, RunStatus, Trigger
from ingestion.runner import Progress, execute
from prices.models import CheckedSpan, Offer, Price
from tests.ingestion.conftest import Reply, Shop, items, pages

pytestmark = pytest.mark.django_db(transaction=True)

MakeProvider = Callable[..., Provider]


def run_all(**options: object) -> Run:
    run = runs.create_run(
        trigger=Trigger.COMMAND, providers=runs.fetched_providers(), now=timezone.now()
    )
    return execute(run.pk, **options)  # type: ignore[arg-type]


def part(run: Run, slug: str = "shop") -> ProviderRun:
    return run.provider_runs.get(provider__slug=slug)


def test_stores_every_offer_of_every_page(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(3, "10.00", "a"), items(2, "20.50", "b"))

    run = run_all()

    assert (run.status, run.providers_completed, run.offers_seen, run.offers_new) == (
        RunStatus.COMPLETED,
        1,
        5,
        5,
    )
    assert shop.asked == ["/?page=0", "/?page=1", "/?page=2"]
    assert dict(Offer.objects.values_list("external_id", "amount")) == {
        "a0": Decimal(10),
        "a1": Decimal(10),
        "a2": Decimal(10),
        "b0": Decimal("20.5"),
        "b1": Decimal("20.5"),
    }
    assert Price.objects.filter(provider_run=part(run)).count() == 5
    assert (part(run).requests, part(run).retries, part(run).error_code) == (3, 0, "")


def test_writes_no_price_when_nothing_changed(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(4))
    run_all()

    run = run_all()

    assert (run.offers_seen, run.offers_new, run.offers_changed) == (4, 0, 0)
    assert Price.objects.count() == 4
    span = CheckedSpan.objects.get()
    assert span.checks == 2
    assert span.ended_at > span.started_at


def test_writes_exactly_the_prices_that_changed(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(4))
    run_all()
    shop.reply = pages([*items(3), {"id": "i3", "price": "8.00"}])

    run = run_all()

    assert run.offers_changed == 1
    offer = Offer.objects.get(external_id="i3")
    assert [price.amount for price in offer.prices.order_by("started_at")] == [10, 8]
    assert (offer.amount, offer.previous_amount, offer.change_percent, offer.low_amount) == (
        8,
        10,
        -20,
        8,
    )
    assert Price.objects.count() == 5


def test_a_failing_provider_harms_no_other(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("good", url=f"{shop.url}/good")
    make_provider("bad", url=f"{shop.url}/bad")
    catalogue = pages(items(3))
    shop.reply = lambda path: (404, {}, b"") if "/bad" in path else catalogue(path)

    run = run_all()

    assert (run.status, run.providers_completed, run.providers_failed) == ("Completed", 1, 1)
    failed = part(run, "bad")
    assert failed.status == ProviderRunStatus.FAILED
    assert failed.error_code == "http_status"
    assert "answered 404" in failed.error
    assert Offer.objects.filter(provider__slug="good").count() == 3
    assert not Offer.objects.filter(provider__slug="bad").exists()


def test_a_run_of_which_nothing_completed_has_failed(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = lambda path: (200, {}, b"<html>queue</html>")

    run = run_all()

    assert (run.status, run.error_code) == (RunStatus.FAILED, "unexpected_content")
    assert run.finished_at is not None
    provider = Provider.objects.get()
    assert (provider.failures_in_a_row, provider.last_error_code) == (1, "unexpected_content")


def test_a_failed_fetch_changes_no_price(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(12))
    run_all()
    before = list(Offer.objects.order_by("pk").values())
    shop.reply = lambda path: (403, {}, b"")

    run_all()

    assert list(Offer.objects.order_by("pk").values()) == before
    assert Price.objects.count() == 12
    assert CheckedSpan.objects.get().checks == 1


def test_tries_again_what_may_pass(
    shop: Shop, make_provider: MakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.retry.BASE_S", 0.01)
    make_provider(url=shop.url)
    catalogue = pages(items(3))
    answers: list[Reply] = [(503, {}, b""), (429, {"Retry-After": "0"}, b"")]
    shop.reply = lambda path: answers.pop() if answers else catalogue(path)

    run = run_all()

    assert run.status == RunStatus.COMPLETED
    assert (part(run).requests, part(run).retries) == (4, 2)


def test_leaves_alone_who_asks_for_a_long_wait(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = lambda path: (429, {"Retry-After": "86400"}, b"")

    run_all()
    scheduled = runs.create_run(
        trigger=Trigger.SCHEDULE, providers=Provider.objects.all(), now=timezone.now()
    )

    assert len(shop.asked) == 1
    provider = Provider.objects.get()
    assert provider.not_before is not None
    assert timedelta(hours=5) < provider.not_before - timezone.now() <= timedelta(hours=6)
    skipped = scheduled.provider_runs.get()
    assert (skipped.status, skipped.error_code) == (ProviderRunStatus.SKIPPED, "circuit_open")
    assert Run.objects.get(pk=scheduled.pk).status == RunStatus.FAILED


def test_a_catalogue_that_shrinks_suddenly_loses_no_offer(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(30))
    run_all()
    shop.reply = pages(items(3))

    run = run_all()

    assert part(run).error_code == "suspicious_drop"
    assert not Offer.objects.filter(missing_since__isnull=False).exists()

    accepted = run_all(accept_drop=True)

    assert (accepted.status, part(accepted).offers_missing) == ("Completed", 27)
    assert Offer.objects.filter(missing_since__isnull=False).count() == 27


def test_an_offer_that_returns_leaves_an_absence(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    for count in (3, 2, 3):
        shop.reply = pages(items(count))
        run_all()

    offer = Offer.objects.get(external_id="i2")
    assert offer.missing_since is None
    assert offer.absences.count() == 1
    assert offer.prices.count() == 1


def test_counts_what_it_refuses_and_says_why(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(
        [
            *items(2),
            {"id": "i1", "price": "99"},
            {"id": "free", "price": "0"},
            {"id": "", "price": "1"},
        ]
    )

    run = run_all()

    assert (run.status, run.offers_seen, run.offers_rejected) == (RunStatus.COMPLETED, 2, 3)
    assert [(one["external_id"], one["code"]) for one in part(run).rejections] == [
        ("i1", "duplicate_id"),
        ("free", "zero_price"),
        ("", "bad_external_id"),
    ]
    assert Offer.objects.get(external_id="i1").amount == 10


def test_the_same_gtin_at_two_providers_is_one_product(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider("one", url=f"{shop.url}/one")
    make_provider("two", url=f"{shop.url}/two")
    gtin = "04006381333931"
    one = pages([{"id": "a", "price": "9.00", "gtin": gtin}])
    two = pages([{"id": "b", "price": "8.00", "gtin": gtin}])
    shop.reply = lambda path: one(path) if "/one" in path else two(path)

    run_all()

    products = {offer.product for offer in Offer.objects.select_related("product")}
    assert len(products) == 1
    product = products.pop()
    assert (product.gtin, product.offers_count) == (gtin, 2)
    assert (product.best_amount, product.best_currency) == (8, "EUR")


def test_stops_at_once_and_leaves_nothing_running(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider("one", url=f"{shop.url}/one")
    make_provider("two", url=f"{shop.url}/two")
    asked, release, stop = threading.Event(), threading.Event(), threading.Event()

    def hang(path: str) -> Reply:
        asked.set()
        stop.set()
        release.wait(20)
        return 200, {}, b"[]"

    shop.reply = hang

    run = run_all(stop=stop)
    release.set()

    assert asked.is_set()
    assert run.status == RunStatus.FAILED
    assert {one.error_code for one in run.provider_runs.all()} == {"shutdown"}
    assert set(Provider.objects.values_list("failures_in_a_row", flat=True)) == {0}


def test_reports_progress(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(url=shop.url)
    shop.reply = pages(items(3))
    reports: list[Progress] = []

    run_all(on_progress=reports.append)

    assert reports[-1] == Progress("shop", 3, finished=True)


def test_a_process_that_lost_its_lease_writes_nothing_more(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(url=shop.url)
    catalogue = pages(items(3))

    def taken_for_dead(path: str) -> Reply:
        if path.endswith("page=1"):
            ProviderRun.objects.update(
                status=ProviderRunStatus.FAILED,
                finished_at=timezone.now(),
                error_code="lease_expired",
            )
            connection.close()  # of the server's thread
        return catalogue(path)

    shop.reply = taken_for_dead

    run = run_all()

    assert not Offer.objects.exists()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "lease_expired")


def page_of(prices: dict[str, str | Reply]) -> Callable[[str], Reply]:
    """Answer /NAME with one item of that name, at its price, or as given."""

    def reply(path: str) -> Reply:
        given = prices[path.lstrip("/")]
        if not isinstance(given, str):
            return given
        name = path.lstrip("/")
        return 200, {}, f'[{{"id": "{name}", "price": "{given}"}}]'.encode()

    return reply


def test_a_page_that_fails_among_many_is_counted_as_rejected(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(kind="pages", url=shop.url, options={"pages": ["a", "b", "c", "d"]})
    shop.reply = page_of({"a": "1.00", "b": (404, {}, b""), "c": (200, {}, b"<html>"), "d": "4.00"})

    run = run_all()

    assert (run.status, run.offers_seen, run.offers_rejected) == (RunStatus.COMPLETED, 2, 2)
    rejections = sorted(part(run).rejections, key=lambda one: one["external_id"])
    assert rejections == [
        {
            "external_id": f"{shop.url}/b",
            "code": "http_status",
            "message": "the server answered 404",
        },
        {"external_id": f"{shop.url}/c", "code": "unexpected_content", "message": "not JSON"},
    ]
    assert set(Offer.objects.values_list("external_id", flat=True)) == {"a", "d"}


def test_a_provider_of_which_no_page_can_be_read_fails_with_its_error(
    shop: Shop, make_provider: MakeProvider
) -> None:
    make_provider(kind="pages", url=shop.url, options={"pages": ["a", "b"]})
    shop.reply = lambda path: (429, {"Retry-After": "7200"}, b"")

    run = run_all()

    failed = part(run)
    assert (run.status, failed.error_code) == (RunStatus.FAILED, "rate_limited")
    assert failed.offers_rejected == 2
    provider = Provider.objects.get()
    assert provider.failures_in_a_row == 1
    assert provider.not_before is not None
    wait = provider.not_before - timezone.now()
    assert timedelta(minutes=119) < wait <= timedelta(minutes=120)


@pytest.mark.parametrize(
    ("status", "missing"), [(404, {"b"}), (410, {"b"}), (403, set()), (503, set())]
)
def test_only_a_page_that_is_gone_takes_its_offers_along(
    shop: Shop,
    make_provider: MakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    missing: set[str],
) -> None:
    monkeypatch.setattr("ingestion.retry.BASE_S", 0.01)
    make_provider(kind="pages", url=shop.url, options={"pages": ["a", "b"]})
    shop.reply = page_of({"a": "1.00", "b": "2.00"})
    run_all()
    shop.reply = page_of({"a": "1.00", "b": (status, {}, b"")})

    run = run_all()

    assert run.status == RunStatus.COMPLETED
    gone = Offer.objects.filter(missing_since__isnull=False)
    assert set(gone.values_list("external_id", flat=True)) == missing
    assert Price.objects.count() == 2


def test_what_is_optional_may_be_absent(shop: Shop, make_provider: MakeProvider) -> None:
    make_provider(kind="asking", url=shop.url)
    catalogue = pages(items(3))
    shop.reply = lambda path: (404, {}, b"") if path == "/name" else catalogue(path)

    run = run_all()

    assert (run.status, run.offers_new, part(run).error_code) == (RunStatus.COMPLETED, 3, "")


def test_an_adapter_may_insist_on_what_is_optional(
    shop: Shop, make_provider: MakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.retry.BASE_S", 0.01)
    make_provider(kind="asking", url=shop.url)
    shop.reply = lambda path: (502, {}, b"")

    run = run_all()

    assert (run.status, part(run).error_code) == (RunStatus.FAILED, "server_error")
    assert (part(run).requests, part(run).retries) == (4, 3)
    assert shop.asked == ["/name"] * 4
