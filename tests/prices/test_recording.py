"""Storing batches of quotes, on whichever database the suite runs."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ingestion.models import Provider
from prices.models import Absence, CheckedSpan, Offer, Price, Product
from prices.services.plan import NO_FINGERPRINT, fingerprint
from prices.services.recording import Recording, Sifted, record
from prices.types import Availability, Origin, Quote, Recorded

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GAP = timedelta(minutes=25)
GTIN = "04006381333931"


@pytest.fixture
def provider() -> Provider:
    return new_provider("shop")


def new_provider(slug: str) -> Provider:
    return Provider.objects.create(slug=slug, name=slug, kind="shopify", url="https://x.example")


def quote(external_id: str = "a", amount: str = "10", **fields: Any) -> Quote:
    known = {
        "name": external_id,
        "currency": "EUR",
        "availability": Availability.IN_STOCK,
        "url": f"https://x.example/{external_id}",
    }
    return Quote(external_id=external_id, amount=Decimal(amount), **{**known, **fields})


def store(provider: Provider, *quotes: Quote, at: datetime = AT, run: int | None = 7) -> Recorded:
    return Recording(provider_id=provider.pk, provider_run_id=run).record(quotes, at=at)


def counts(recorded: Recorded) -> tuple[int, int, int, int]:
    return (recorded.new, recorded.changed, recorded.unchanged, len(recorded.rejected))


def offer(external_id: str = "a") -> Offer:
    return Offer.objects.get(external_id=external_id)


def history(external_id: str = "a") -> list[tuple[Any, ...]]:
    rows = Price.objects.filter(offer__external_id=external_id).order_by("started_at")
    return list(rows.values_list("started_at", "amount", "list_amount", "currency", "availability"))


# --- What is new -----------------------------------------------------------------------------


def test_a_new_offer_is_stored_with_its_product_and_first_price(provider: Provider) -> None:
    full = quote(
        name="Lamp – red",
        list_amount=Decimal("12.5"),
        image_url="https://x.example/a.jpg",
        brand="Lux",
        mpn="L-1",
        sku="S-1",
        variant="red",
        group_id="g1",
        evidence={"amount": "price"},
    )

    recorded = store(provider, full)

    assert counts(recorded) == (1, 0, 0, 0)
    stored = Offer.objects.values().get()
    product = Product.objects.values().get()
    assert stored == {
        "id": stored["id"],
        "provider_id": provider.pk,
        "external_id": "a",
        "product_id": product["id"],
        "name": "Lamp – red",
        "variant": "red",
        "group_id": "g1",
        "url": "https://x.example/a",
        "image_url": "https://x.example/a.jpg",
        "brand": "Lux",
        "gtin": "",
        "mpn": "L-1",
        "sku": "S-1",
        "evidence": {"amount": "price"},
        "fingerprint": fingerprint(full),
        "amount": Decimal(10),
        "list_amount": Decimal("12.5"),
        "currency": "EUR",
        "availability": "in_stock",
        "since": AT,
        "sequence": 1,
        "previous_amount": None,
        "change_percent": None,
        "low_amount": Decimal(10),
        "low_at": AT,
        "high_amount": Decimal(10),
        "high_at": AT,
        "first_seen_at": AT,
        "last_seen_at": None,
        "missing_since": None,
    }
    assert product == {
        "id": product["id"],
        "name": "Lamp – red",
        "brand": "Lux",
        "gtin": None,
        "mpn": "L-1",
        "image_url": "https://x.example/a.jpg",
        "created_at": AT,
        "offers_count": 1,
        "best_amount": Decimal(10),
        "best_currency": "EUR",
        "best_offer_id": stored["id"],
        "changed_at": AT,
        "change_percent": None,
    }
    assert Price.objects.values("offer_id", "provider_run_id", "origin").get() == {
        "offer_id": stored["id"],
        "provider_run_id": 7,
        "origin": "run",
    }
    assert history() == [(AT, Decimal(10), Decimal("12.5"), "EUR", "in_stock")]


def test_a_new_offer_that_is_sold_out_is_nobodys_best(provider: Provider) -> None:
    store(provider, quote(availability=Availability.OUT_OF_STOCK))

    product = Product.objects.get()
    assert (product.offers_count, product.best_offer, product.best_amount) == (1, None, None)


def test_new_changed_and_unchanged_are_told_apart_in_one_batch(provider: Provider) -> None:
    store(provider, quote("a"), quote("b"))

    recorded = store(provider, quote("a"), quote("b", "11"), quote("c"), at=AT + HOUR)

    assert counts(recorded) == (1, 1, 1, 0)
    assert recorded.seen == 3
    assert [len(history(name)) for name in "abc"] == [1, 2, 1]


def test_the_same_identifier_at_two_providers_is_two_offers(provider: Provider) -> None:
    other = new_provider("other")
    store(provider, quote("a", "10"))

    recorded = store(other, quote("a", "9"))

    assert counts(recorded) == (1, 0, 0, 0)
    assert dict(Offer.objects.values_list("provider__slug", "amount")) == {"shop": 10, "other": 9}
    assert Product.objects.count() == 2


def test_an_empty_batch_is_nothing(provider: Provider) -> None:
    assert store(provider) == Recorded()


# --- What is unchanged -----------------------------------------------------------------------


def written(queries: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_what_did_not_change_writes_nothing(provider: Provider) -> None:
    quotes = [quote("a", "12.90", list_amount=Decimal(20)), quote("b", currency=None)]
    store(provider, *quotes)
    before = list(Offer.objects.order_by("pk").values())

    with CaptureQueriesContext(connection) as queries:
        recorded = store(provider, *quotes, at=AT + HOUR)

    assert counts(recorded) == (0, 0, 2, 0)
    assert list(Offer.objects.order_by("pk").values()) == before
    assert Price.objects.count() == 2
    assert written(queries) == []


def test_the_same_amount_in_another_notation_is_no_price(provider: Provider) -> None:
    store(provider, quote("a", "12.90"))
    before = Offer.objects.values().get()

    recorded = store(provider, quote("a", "12.9000"), at=AT + HOUR)

    assert counts(recorded) == (0, 0, 1, 0)
    again = fingerprint(quote("a", "12.9000"))
    assert Offer.objects.values().get() == {**before, "fingerprint": again}
    assert len(history()) == 1


def test_the_number_of_queries_does_not_grow_with_the_batch(provider: Provider) -> None:
    def queries(count: int) -> list[int]:
        numbers = []
        for amount in ("10", "11"):
            batch = [quote(f"{count}-{number}", amount) for number in range(count)]
            with CaptureQueriesContext(connection) as captured:
                store(provider, *batch, at=AT + HOUR * int(amount))
            numbers.append(len({one["sql"][:60] for one in captured}))
        return numbers

    assert queries(1) == queries(50)


# --- Sifting a page --------------------------------------------------------------------------


@pytest.fixture(params=["at once", "page by page"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have fingerprints looked up in both ways."""
    if request.param == "page by page":
        monkeypatch.setattr("prices.services.recording.FINGERPRINTS_AT_ONCE", 0)


def ids(sifted: Sifted) -> list[str]:
    return [checked.quote.external_id for checked in sifted.differing]


@pytest.mark.usefixtures("reading")
def test_leaves_out_what_is_stored_as_it_was_read(provider: Provider) -> None:
    store(provider, quote("a"), quote("b"), quote("c"))
    recording = Recording(provider_id=provider.pk)

    with CaptureQueriesContext(connection) as queries:
        sifted = recording.sift([quote("a"), quote("b", "11"), quote("c"), quote("d")])

    assert ids(sifted) == ["b", "d"]
    assert (sifted.unchanged, sifted.rejected) == (2, [])
    assert recording.met == 4
    assert written(queries) == []
    assert counts(recording.store(sifted.differing, at=AT + HOUR)) == (1, 1, 0, 0)


def test_a_page_with_nothing_new_asks_the_database_nothing(provider: Provider) -> None:
    store(provider, quote("a"), quote("b"))
    recording = Recording(provider_id=provider.pk)
    recording.sift([quote("a")])

    with CaptureQueriesContext(connection) as queries:
        recording.sift([quote("b")])

    assert len(queries) == 0


@pytest.mark.usefixtures("reading")
def test_the_first_counts_also_when_a_later_one_says_what_is_stored(provider: Provider) -> None:
    store(provider, quote("a", "10"), quote("b", "10"))
    recording = Recording(provider_id=provider.pk)

    sifted = recording.sift(
        [quote("a", "9"), quote("a", "10"), quote("b", "10"), quote("b", "9"), quote("b", "10")]
    )

    assert ids(sifted) == ["a"]
    assert sifted.unchanged == 1
    assert [(one.external_id, one.code) for one in sifted.rejected] == [
        ("a", "duplicate_id"),
        ("b", "duplicate_id"),
        ("b", "duplicate_id"),
    ]
    assert recording.met == 2


@pytest.mark.usefixtures("reading")
def test_an_offer_that_is_missing_is_looked_at_whatever_was_read(provider: Provider) -> None:
    read_whole(provider, quote("a"), quote("b"), at=AT)
    read_whole(provider, quote("a"), at=AT + HOUR)

    sifted = Recording(provider_id=provider.pk).sift([quote("a"), quote("b")])

    assert ids(sifted) == ["b"]


@pytest.mark.usefixtures("reading")
def test_an_offer_without_a_fingerprint_is_looked_at_and_gets_one(provider: Provider) -> None:
    store(provider, quote("a"))
    Offer.objects.update(fingerprint=NO_FINGERPRINT)
    recording = Recording(provider_id=provider.pk)

    sifted = recording.sift([quote("a")])

    assert ids(sifted) == ["a"]
    assert counts(recording.store(sifted.differing, at=AT + HOUR)) == (0, 0, 1, 0)
    assert offer().fingerprint == fingerprint(quote("a"))


@pytest.mark.usefixtures("reading")
def test_identifiers_no_database_takes_are_sifted_like_others(provider: Provider) -> None:
    quotes = [quote("a\x00b"), quote("\ud800c"), quote("c")]
    for at, expected in ((AT, (2, 0, 0)), (AT + HOUR, (0, 0, 2))):
        recording = Recording(provider_id=provider.pk)
        sifted = recording.sift(quotes)
        assert [one.code for one in sifted.rejected] == ["duplicate_id"]
        assert counts(recording.store(sifted.differing, at=at))[:3] == expected

    assert set(Offer.objects.values_list("external_id", flat=True)) == {"ab", "c"}


@pytest.mark.usefixtures("reading")
def test_what_was_sifted_out_is_not_missing(provider: Provider) -> None:
    read_whole(provider, quote("a"), quote("b"), quote("c"), at=AT)
    recording = Recording(provider_id=provider.pk)
    recording.store(recording.sift([quote("a"), quote("b", "9")]).differing, at=AT + HOUR)

    assert recording.finish(at=AT + HOUR, whole_catalogue=True, span_gap=GAP) == 1
    missing = Offer.objects.filter(missing_since__isnull=False)
    assert list(missing.values_list("external_id", flat=True)) == ["c"]


# --- What changed ----------------------------------------------------------------------------


def test_a_change_is_a_new_price_and_the_offers_new_state(provider: Provider) -> None:
    store(provider, quote(amount="10", list_amount=Decimal(12)))

    store(
        provider,
        quote(amount="8", availability=Availability.PREORDER),
        at=AT + HOUR,
        run=8,
    )

    assert history() == [
        (AT, 10, 12, "EUR", "in_stock"),
        (AT + HOUR, 8, None, "EUR", "preorder"),
    ]
    assert list(Price.objects.order_by("started_at").values_list("provider_run_id", flat=True)) == [
        7,
        8,
    ]
    changed = offer()
    assert (changed.amount, changed.list_amount, changed.availability) == (8, None, "preorder")
    assert (changed.since, changed.sequence, changed.previous_amount) == (AT + HOUR, 2, 10)
    assert changed.change_percent == Decimal("-20.00")
    assert changed.first_seen_at == AT
    product = Product.objects.get()
    assert (product.best_amount, product.changed_at, product.change_percent) == (
        8,
        AT + HOUR,
        Decimal("-20.00"),
    )


def test_low_and_high_are_those_of_the_whole_history(provider: Provider) -> None:
    for hours, amount in enumerate(("10", "8", "15", "9")):
        store(provider, quote(amount=amount), at=AT + HOUR * hours)

    extremes = offer()
    assert (extremes.low_amount, extremes.low_at) == (8, AT + HOUR)
    assert (extremes.high_amount, extremes.high_at) == (15, AT + 2 * HOUR)
    assert extremes.sequence == 4


def test_an_extreme_that_is_reached_again_keeps_its_first_time(provider: Provider) -> None:
    for hours, amount in enumerate(("8", "10", "8", "10")):
        store(provider, quote(amount=amount), at=AT + HOUR * hours)

    extremes = offer()
    assert (extremes.low_at, extremes.high_at) == (AT, AT + HOUR)


def test_another_availability_alone_is_a_change_of_no_percent(provider: Provider) -> None:
    store(provider, quote())

    recorded = store(provider, quote(availability=Availability.OUT_OF_STOCK), at=AT + HOUR)

    assert recorded.changed == 1
    changed = offer()
    assert (changed.amount, changed.previous_amount, changed.change_percent) == (10, 10, 0)
    assert len(history()) == 2
    assert Product.objects.get().best_offer is None


def test_a_new_description_is_no_new_price(provider: Provider) -> None:
    store(provider, quote(name="Lamp"))

    recorded = store(
        provider, quote(name="Lamp 2", sku="S", evidence={"amount": "x"}), at=AT + HOUR
    )

    assert counts(recorded) == (0, 0, 1, 0)
    changed = offer()
    assert (changed.name, changed.sku, changed.evidence) == ("Lamp 2", "S", {"amount": "x"})
    assert (changed.since, len(history())) == (AT, 1)


# --- Currencies ------------------------------------------------------------------------------


def test_a_currency_that_is_not_stated_keeps_the_known_one(provider: Provider) -> None:
    store(provider, quote(amount="10", currency="EUR"))

    store(provider, quote(amount="9", currency=None), at=AT + HOUR)

    changed = offer()
    assert (changed.amount, changed.currency, changed.previous_amount) == (9, "EUR", 10)
    assert [row[3] for row in history()] == ["EUR", "EUR"]


def test_another_currency_starts_a_new_series(provider: Provider) -> None:
    store(provider, quote(amount="10", currency="EUR"))
    store(provider, quote(amount="8", currency="EUR"), at=AT + HOUR)

    store(provider, quote(amount="9", currency="USD"), at=AT + 2 * HOUR)

    changed = offer()
    assert (changed.amount, changed.currency) == (9, "USD")
    assert (changed.previous_amount, changed.change_percent) == (None, None)
    assert (changed.low_amount, changed.high_amount) == (9, 9)
    assert changed.low_at == changed.high_at == changed.since == AT + 2 * HOUR
    assert len(history()) == 3


def test_the_same_number_in_another_currency_is_a_change(provider: Provider) -> None:
    store(provider, quote(currency="EUR"))

    recorded = store(provider, quote(currency="USD"), at=AT + HOUR)

    assert recorded.changed == 1
    assert [row[3] for row in history()] == ["EUR", "USD"]


# --- Products that several providers have ----------------------------------------------------


def test_the_best_offer_follows_every_change(provider: Provider) -> None:
    other = new_provider("other")
    store(provider, quote("a", "10", gtin=GTIN))
    store(other, quote("b", "9", gtin=GTIN))

    def best() -> tuple[int, str | None, Decimal | None, str | None]:
        product = Product.objects.get()
        name = product.best_offer.external_id if product.best_offer else None
        return product.offers_count, name, product.best_amount, product.best_currency

    assert best() == (2, "b", 9, "EUR")
    store(other, quote("b", "11", gtin=GTIN), at=AT + HOUR)
    assert best() == (2, "a", 10, "EUR")
    sold_out = quote("a", "10", gtin=GTIN, availability=Availability.OUT_OF_STOCK)
    store(provider, sold_out, at=AT + 2 * HOUR)
    assert best() == (2, "b", 11, "EUR")
    store(new_provider("third"), quote("c", "1", gtin=GTIN, currency="JPY"), at=AT + 3 * HOUR)
    assert best() == (3, "b", 11, "EUR")


def test_two_offers_of_one_batch_with_one_gtin_are_one_product(provider: Provider) -> None:
    store(provider, quote("a", "10", gtin=GTIN, name="First"), quote("b", "9", gtin=GTIN))

    product = Product.objects.get()
    assert (product.gtin, product.name, product.offers_count) == (GTIN, "First", 2)
    assert product.best_offer == offer("b")


def while_another_writes(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Run `first`, start `second` beside it, and commit `first` once `second` waits for it."""
    failures: list[BaseException] = []

    def beside() -> None:
        try:
            second()
        except BaseException as error:  # noqa: BLE001 what happened there is asserted here
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=beside)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not somebody_waits():
            thread.join(0.01)
    thread.join(20)
    assert failures == []


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


one_writer_only = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite has one writer at a time"
)


@one_writer_only
@pytest.mark.django_db(transaction=True)
def test_two_providers_that_meet_new_gtins_at_once_share_the_products() -> None:
    one, two = new_provider("one"), new_provider("two")
    quotes = [quote(str(number), "10", gtin=f"{number:014d}") for number in range(1, 200)]

    while_another_writes(
        lambda: store(one, *quotes),
        lambda: store(two, *(msgspec.structs.replace(q, amount=Decimal(9)) for q in quotes[::-1])),
    )

    assert Offer.objects.count() == 2 * 199
    assert set(Product.objects.values_list("offers_count", "best_amount")) == {(2, 9)}
    assert Product.objects.filter(best_offer__provider=two).count() == 199


@one_writer_only
@pytest.mark.django_db(transaction=True)
def test_two_providers_that_change_one_product_at_once_both_count() -> None:
    one, two = new_provider("one"), new_provider("two")
    store(one, quote("a", "10", gtin=GTIN))
    store(two, quote("b", "9", gtin=GTIN))

    while_another_writes(
        lambda: store(one, quote("a", "5", gtin=GTIN), at=AT + HOUR),
        lambda: store(two, quote("b", "8", gtin=GTIN), at=AT + HOUR),
    )

    product = Product.objects.get()
    assert (product.best_offer, product.best_amount) == (offer("a"), 5)


# --- What is refused -------------------------------------------------------------------------


def test_what_cannot_be_stored_is_refused_and_spoils_nothing(provider: Provider) -> None:
    recorded = store(
        provider,
        quote("good"),
        quote("free", "0"),
        quote("debt", "-1"),
        quote("nan", "NaN"),
        quote("dear", "1e11"),
        quote("odd", currency="euro"),
        quote(""),
        quote("x" * 256),
        quote("last"),
    )

    assert [(one.external_id, one.code) for one in recorded.rejected] == [
        ("free", "zero_price"),
        ("debt", "bad_price"),
        ("nan", "bad_price"),
        ("dear", "bad_price"),
        ("odd", "bad_currency"),
        ("", "bad_external_id"),
        ("x" * 100, "bad_external_id"),
    ]
    assert set(Offer.objects.values_list("external_id", flat=True)) == {"good", "last"}


def test_of_several_with_one_identifier_the_first_counts(provider: Provider) -> None:
    recording = Recording(provider_id=provider.pk)

    first = recording.record([quote("a", "10"), quote("a", "11"), quote("b")], at=AT)
    second = recording.record([quote("b", "12"), quote("c")], at=AT + HOUR)

    assert counts(first) == (2, 0, 0, 1)
    assert counts(second) == (1, 0, 0, 1)
    assert {one.code for one in (*first.rejected, *second.rejected)} == {"duplicate_id"}
    assert (offer("a").amount, offer("b").amount) == (10, 10)
    assert recording.met == 3


def test_a_refused_quote_does_not_take_the_place_of_a_good_one(provider: Provider) -> None:
    recorded = store(provider, quote("a", "0"), quote("a", "10"))

    assert counts(recorded) == (1, 0, 0, 1)
    assert offer().amount == 10


def test_a_known_offer_with_an_unusable_price_keeps_the_price_it_has(provider: Provider) -> None:
    store(provider, quote("a", "10"), quote("b", "10"))

    recorded = store(provider, quote("a", "0"), quote("b", "10"), at=AT + HOUR)

    assert counts(recorded) == (0, 0, 1, 1)
    assert (offer("a").amount, len(history("a"))) == (10, 1)


def test_texts_no_database_takes_are_cleaned_and_then_stay_the_same(provider: Provider) -> None:
    nasty = quote(
        "a\x00b",
        name="N\x00ul \ud800 and\u202e " + "long " * 2000,
        brand="\udfff",
        url="javascript:alert(1)",
    )
    first = store(provider, nasty)

    again = store(provider, nasty, at=AT + HOUR)

    assert counts(first) == (1, 0, 0, 0)
    stored = Offer.objects.get()
    assert (stored.external_id, stored.brand, stored.url) == ("ab", "", "")
    assert stored.name.startswith("Nul and long long")
    assert len(stored.name) == 500
    assert counts(again) == (0, 0, 1, 0)
    assert len(history("ab")) == 1


def test_amounts_are_kept_to_four_decimals_and_then_stay_the_same(provider: Provider) -> None:
    first = quote("a", "3.33335", list_amount=Decimal("4.00004999"))
    store(provider, first)

    again = store(provider, first, at=AT + HOUR)

    assert counts(again) == (0, 0, 1, 0)
    assert (offer().amount, offer().list_amount) == (Decimal("3.3334"), Decimal("4.0000"))


def test_a_list_amount_that_is_not_above_the_amount_says_nothing(provider: Provider) -> None:
    first = quote("a", "10", list_amount=Decimal(10))
    store(provider, first)

    again = store(provider, first, at=AT + HOUR)

    assert offer().list_amount is None
    assert counts(again) == (0, 0, 1, 0)


def test_fifteen_digits_come_back_exactly(provider: Provider) -> None:
    store(provider, quote("a", "99999999999.9999"), quote("b", "0.0001"))

    again = store(provider, quote("a", "99999999999.9999"), quote("b", "0.0001"), at=AT + HOUR)

    assert counts(again) == (0, 0, 2, 0)
    assert offer("a").amount == Decimal("99999999999.9999")


# --- Time ------------------------------------------------------------------------------------


def test_two_prices_never_share_an_instant_when_the_clock_steps_back(provider: Provider) -> None:
    store(provider, quote(amount="10"), at=AT)
    store(provider, quote(amount="9"), at=AT)
    store(provider, quote(amount="8"), at=AT - HOUR)

    tick = timedelta(microseconds=1)
    assert [(row[0], row[1]) for row in history()] == [(AT, 10), (AT + tick, 9), (AT + 2 * tick, 8)]
    assert (offer().since, offer().low_at) == (AT + 2 * tick, AT + 2 * tick)


# --- Missing and returned --------------------------------------------------------------------


def read_whole(provider: Provider, *quotes: Quote, at: datetime) -> int:
    recording = Recording(provider_id=provider.pk)
    recording.record(quotes, at=at)
    return recording.finish(at=at, whole_catalogue=True, span_gap=GAP)


def test_an_offer_that_a_whole_catalogue_lacks_is_missing_until_it_returns(
    provider: Provider,
) -> None:
    read_whole(provider, quote("a", "10"), quote("b", "9"), at=AT)

    assert read_whole(provider, quote("a", "10"), at=AT + HOUR) == 1
    gone = offer("b")
    assert gone.missing_since == AT + HOUR
    assert (gone.amount, len(history("b")), gone.product.best_offer) == (9, 1, None)

    assert read_whole(provider, quote("a", "10"), at=AT + 2 * HOUR) == 0
    assert offer("b").missing_since == AT + HOUR

    assert read_whole(provider, quote("a", "10"), quote("b", "9"), at=AT + 3 * HOUR) == 0
    back = offer("b")
    assert (back.missing_since, back.product.best_offer, len(history("b"))) == (None, back, 1)
    assert Absence.objects.values_list("offer_id", "started_at", "ended_at").get() == (
        back.pk,
        AT + HOUR,
        AT + 3 * HOUR,
    )


def test_an_offer_may_return_with_another_price(provider: Provider) -> None:
    read_whole(provider, quote("a"), quote("b", "9"), at=AT)
    read_whole(provider, quote("a"), at=AT + HOUR)

    read_whole(provider, quote("a"), quote("b", "7"), at=AT + 2 * HOUR)

    back = offer("b")
    assert (back.amount, back.missing_since, back.product.best_amount) == (7, None, 7)
    assert Absence.objects.count() == 1
    assert len(history("b")) == 2


def test_what_comes_and_goes_in_one_run_is_told_apart(provider: Provider) -> None:
    read_whole(provider, quote("a"), quote("b"), at=AT)

    assert read_whole(provider, quote("a"), quote("c"), at=AT + HOUR) == 1
    missing = Offer.objects.filter(missing_since__isnull=False)
    assert list(missing.values_list("external_id", flat=True)) == ["b"]


def test_a_part_of_a_catalogue_makes_nothing_missing(provider: Provider) -> None:
    store(provider, quote("a"), quote("b"))
    recording = Recording(provider_id=provider.pk)
    recording.record([quote("a")], at=AT + HOUR)

    assert recording.finish(at=AT + HOUR, whole_catalogue=False, span_gap=GAP) == 0
    assert not Offer.objects.filter(missing_since__isnull=False).exists()


def test_another_providers_offers_are_not_missing(provider: Provider) -> None:
    read_whole(new_provider("other"), quote("z"), at=AT)

    assert read_whole(provider, quote("a"), at=AT + HOUR) == 0
    assert offer("z").missing_since is None


def test_more_offers_than_a_batch_go_missing_at_once(provider: Provider) -> None:
    recording = Recording(provider_id=provider.pk)
    for start in (0, 1000, 2000):
        batch = [quote(str(number)) for number in range(start, start + 1000)]
        recording.record(batch, at=AT)
    recording.finish(at=AT, whole_catalogue=True, span_gap=GAP)

    assert read_whole(provider, quote("0"), at=AT + HOUR) == 2999
    assert Offer.objects.filter(missing_since=AT + HOUR).count() == 2999
    assert Product.objects.filter(best_offer__isnull=False).count() == 1


# --- Spans -----------------------------------------------------------------------------------


def spans() -> list[tuple[datetime, datetime, int]]:
    rows = CheckedSpan.objects.order_by("started_at")
    return list(rows.values_list("started_at", "ended_at", "checks"))


def test_a_check_in_time_goes_on_with_the_span_and_a_late_one_begins_another(
    provider: Provider,
) -> None:
    moments = [AT, AT + GAP, AT + 2 * GAP + timedelta(seconds=1)]
    for at in moments:
        read_whole(provider, quote("a"), at=at)

    assert spans() == [(AT, AT + GAP, 2), (moments[2], moments[2], 1)]


def test_a_check_that_the_clock_puts_before_the_last_one_is_not_counted(
    provider: Provider,
) -> None:
    read_whole(provider, quote("a"), at=AT)

    read_whole(provider, quote("a"), at=AT - HOUR)

    assert spans() == [(AT, AT, 1)]


# --- Prices that come by themselves ----------------------------------------------------------


def test_what_comes_by_itself_notes_when_it_was_seen(provider: Provider) -> None:
    def push(amount: str, at: datetime) -> Recorded:
        return record([quote("a", amount)], provider_id=provider.pk, at=at, origin=Origin.PUSH)

    push("10", AT)
    assert offer().last_seen_at == AT
    push("10", AT + HOUR)
    assert (offer().last_seen_at, len(history())) == (AT + HOUR, 1)
    push("9", AT + 2 * HOUR)

    assert (offer().last_seen_at, offer().amount) == (AT + 2 * HOUR, 9)
    assert set(Price.objects.values_list("origin", "provider_run_id")) == {("push", None)}
