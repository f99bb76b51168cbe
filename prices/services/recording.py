"""Storing what was read: the only place where offers and prices are written.

A batch is compared with what is stored, and only what differs is written: the cost of a
cycle follows what changed, not the size of the catalogue.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from prices.errors import InvalidQuoteError
from prices.models import Absence, CheckedSpan, Offer, Price, Product
from prices.services.bulk import insert_rows, reserve_ids, update_rows
from prices.services.plan import Plan, Stored, change_percent, compare, details_key
from prices.services.products import SUMMARY_FIELDS, OfferState, refresh_products, summarize
from prices.types import Origin, Quote, Recorded, Rejection
from prices.validation import checked_quote

BATCH_SIZE: Final = 1000  # larger batches gain nothing measurable, and hold the writer longer

STORED_FIELDS: Final = Stored._fields
DETAIL_FIELDS: Final = (
    "name",
    "variant",
    "group_id",
    "url",
    "image_url",
    "brand",
    "gtin",
    "mpn",
    "sku",
    "evidence",
    "details_key",
)
STATE_FIELDS: Final = ("amount", "list_amount", "currency", "availability")
HISTORY_FIELDS: Final = (
    "since",
    "sequence",
    "previous_amount",
    "change_percent",
    "low_amount",
    "low_at",
    "high_amount",
    "high_at",
)
PRICE_FIELDS: Final = ("offer", "started_at", *STATE_FIELDS, "origin", "provider_run")
NEW_OFFER_FIELDS: Final = (
    "id",
    "provider",
    "external_id",
    "product",
    *DETAIL_FIELDS,
    *STATE_FIELDS,
    *HISTORY_FIELDS,
    "first_seen_at",
    "last_seen_at",
)
NEW_PRODUCT_FIELDS: Final = (
    "id",
    "name",
    "brand",
    "gtin",
    "mpn",
    "image_url",
    "created_at",
    *SUMMARY_FIELDS,
)
TICK: Final = timedelta(microseconds=1)
UNMOVED: Final = Decimal(0)


class Recording:
    """Everything one provider run stores; it remembers which offers it has met.

    `provider_run_id` is `None` for prices that no run read. Nothing here is safe for threads:
    the run's own thread writes.
    """

    def __init__(
        self, *, provider_id: int, provider_run_id: int | None = None, origin: Origin = Origin.RUN
    ) -> None:
        """Start with nothing met."""
        self.provider_id = provider_id
        self.provider_run_id = provider_run_id
        self.origin = origin
        self._met: set[str] = set()

    @property
    def met(self) -> int:
        """Count the distinct offers stored or confirmed so far."""
        return len(self._met)

    @transaction.atomic
    def record(
        self, quotes: Iterable[Quote], *, at: datetime, seen_singly: bool = False
    ) -> Recorded:
        """Store one batch that was read at `at` (aware UTC), and say what it came to.

        A quote that cannot be stored is rejected and spoils nothing; of several with one
        external id the first counts. `seen_singly` notes the time on each offer, for those
        that no provider run confirms.
        """
        accepted, rejected = self._checked(quotes)
        plan = compare(self._stored(accepted), accepted)
        touched = self._change(plan, at=at)
        if plan.new:
            touched |= self._insert(plan.new, at=at, seen_singly=seen_singly)
        if plan.redescribed:
            _redescribe(plan)
        if plan.returned:
            _end_absences(plan.returned, at=at)
            touched |= {row.product_id for row in plan.returned}
        if seen_singly:
            update_rows(Offer, ["last_seen_at"], [(row.id, at) for row in plan.seen])
        refresh_products(touched)
        return Recorded(
            new=len(plan.new),
            changed=len(plan.changed),
            unchanged=len(plan.seen) - len(plan.changed),
            rejected=tuple(rejected),
        )

    @transaction.atomic
    def finish(self, *, at: datetime, whole_catalogue: bool, span_gap: timedelta) -> int:
        """Confirm every offer of the provider that was met; return how many went missing.

        With `whole_catalogue`, offers that this run did not meet are missing from `at` on.
        The span of checks goes on when the last check is no longer than `span_gap` ago.
        """
        missing = self._mark_missing(at) if whole_catalogue else 0
        confirm(provider_id=self.provider_id, at=at, span_gap=span_gap)
        return missing

    def _checked(self, quotes: Iterable[Quote]) -> tuple[list[Quote], list[Rejection]]:
        accepted: list[Quote] = []
        rejected: list[Rejection] = []
        for quote in quotes:
            try:
                checked = checked_quote(quote)
                self._meet(checked.external_id)
            except InvalidQuoteError as error:
                shown = quote.external_id[:100].encode("utf-8", "replace").decode()
                rejected.append(
                    Rejection(
                        external_id=shown.replace("\x00", ""),
                        code=error.code,
                        message=error.message,
                    )
                )
                continue
            accepted.append(checked)
        return accepted, rejected

    def _meet(self, external_id: str) -> None:
        if external_id in self._met:
            raise InvalidQuoteError("external_id", "duplicate_id", "was read before in this run")
        self._met.add(external_id)

    def _stored(self, quotes: Sequence[Quote]) -> dict[str, Stored]:
        rows = Offer.objects.filter(
            provider_id=self.provider_id,
            external_id__any_of=[quote.external_id for quote in quotes],
        ).values_list(*STORED_FIELDS)
        return {row[1]: Stored._make(row) for row in rows}

    def _insert(self, quotes: Sequence[Quote], *, at: datetime, seen_singly: bool) -> set[int]:
        """Write new offers; return the products that they share with others."""
        offer_ids = list(reserve_ids(Offer, len(quotes)))
        products = _products_for(quotes, offer_ids, at=at)
        seen_at = at if seen_singly else None
        insert_rows(
            Offer,
            NEW_OFFER_FIELDS,
            [
                (
                    offer_id,
                    self.provider_id,
                    quote.external_id,
                    products.product_ids[quote.external_id],
                    *_details(quote),
                    *_state(quote),
                    *(at, 1, None, None, quote.amount, at, quote.amount, at),
                    at,
                    seen_at,
                )
                for offer_id, quote in zip(offer_ids, quotes, strict=True)
            ],
        )
        update_rows(Product, ["best_offer"], products.best_offers)
        self._insert_prices(
            [
                (offer_id, at, *_state(quote))
                for offer_id, quote in zip(offer_ids, quotes, strict=True)
            ]
        )
        return products.shared

    def _change(self, plan: Plan, *, at: datetime) -> set[int]:
        """Write the changed states and their prices; return the products they touch."""
        if not plan.changed:
            return set()
        histories = {
            row[0]: row[1:]
            for row in Offer.objects.filter(
                id__any_of=[row.id for row, _ in plan.changed]
            ).values_list("id", "since", "sequence", *HISTORY_FIELDS[4:])
        }
        offers: list[tuple[Any, ...]] = []
        prices: list[tuple[Any, ...]] = []
        for row, quote in plan.changed:
            since, sequence, *extremes = histories[row.id]
            # Two prices of one offer never share an instant, also when a clock steps back.
            started_at = max(at, since + TICK)
            currency = quote.currency or row.currency
            state = (quote.amount, quote.list_amount, currency, str(quote.availability))
            same_currency = currency == row.currency
            percent = change_percent(row.amount, quote.amount) if same_currency else None
            moved = quote.amount != row.amount or not same_currency
            offers.append(
                (
                    row.id,
                    *state,
                    started_at,
                    sequence + 1,
                    row.amount if same_currency else None,
                    percent if moved else UNMOVED,
                    *_extremes(quote, started_at, extremes if same_currency else None),
                )
            )
            prices.append((row.id, started_at, *state))
        update_rows(Offer, [*STATE_FIELDS, *HISTORY_FIELDS], offers)
        self._insert_prices(prices)
        return {row.product_id for row, _ in plan.changed}

    def _insert_prices(self, rows: Sequence[tuple[Any, ...]]) -> None:
        source = (self.origin.value, self.provider_run_id)
        insert_rows(Price, PRICE_FIELDS, [(*row, *source) for row in rows])

    def _mark_missing(self, at: datetime) -> int:
        present = Offer.objects.filter(provider_id=self.provider_id, missing_since__isnull=True)
        if present.count() == len(self._met):
            return 0  # everything that is not missing was met: nothing to look through
        gone = [
            (offer_id, product_id)
            for offer_id, external_id, product_id in present.values_list(
                "id", "external_id", "product_id"
            ).iterator(chunk_size=2000)
            if external_id not in self._met
        ]
        for start in range(0, len(gone), BATCH_SIZE):
            part = gone[start : start + BATCH_SIZE]
            update_rows(Offer, ["missing_since"], [(offer_id, at) for offer_id, _ in part])
        refresh_products(product_id for _, product_id in gone)
        return len(gone)


def record(
    quotes: Iterable[Quote],
    *,
    provider_id: int,
    provider_run_id: int | None = None,
    at: datetime,
    origin: Origin,
) -> Recorded:
    """Store quotes that came by themselves, outside a run over their provider."""
    recording = Recording(provider_id=provider_id, provider_run_id=provider_run_id, origin=origin)
    return recording.record(quotes, at=at, seen_singly=True)


@transaction.atomic
def confirm(*, provider_id: int, at: datetime, span_gap: timedelta) -> None:
    """Note that the provider was checked at `at`: its span goes on, or a new one begins."""
    spans = CheckedSpan.objects.filter(provider_id=provider_id)
    last = spans.aggregate(last=Max("ended_at"))["last"]
    if last is not None and last >= at:
        return
    if last is not None and at - last <= span_gap:
        span = spans.get(ended_at=last)
        span.ended_at = at
        span.checks += 1
        span.save(update_fields=["ended_at", "checks"])
    else:
        CheckedSpan.objects.create(provider_id=provider_id, started_at=at, ended_at=at)


class _Products:
    """Where new offers go: product by external id, what to complete, what to summarize."""

    def __init__(self) -> None:
        self.product_ids: dict[str, int] = {}
        self.best_offers: list[tuple[int, int]] = []
        self.shared: set[int] = set()


def _products_for(quotes: Sequence[Quote], offer_ids: Sequence[int], *, at: datetime) -> _Products:
    """Find or make the product of each new offer: the same GTIN is the same product."""
    products = _Products()
    by_gtin = _products_by_gtin({quote.gtin for quote in quotes if quote.gtin})
    own = [
        (quote, offer_id)
        for quote, offer_id in zip(quotes, offer_ids, strict=True)
        if not quote.gtin
    ]
    first = {q.gtin: q for q in reversed(quotes) if q.gtin and q.gtin not in by_gtin}
    # In one order, so that two runs that meet the same products cannot wait for each other.
    fresh = dict(sorted(first.items()))
    own_ids = list(reserve_ids(Product, len(own)))
    rows = []
    for product_id, (quote, offer_id) in zip(own_ids, own, strict=True):
        state = OfferState(
            offer_id, quote.amount, quote.currency, str(quote.availability), False, at, None
        )
        summary = summarize([state])
        if summary.best_offer is not None:
            products.best_offers.append((product_id, offer_id))
        # The offer does not exist yet: the column is filled once it does.
        rows.append((*_product(product_id, quote, at), *summary._replace(best_offer=None)))
        products.product_ids[quote.external_id] = product_id
    nothing = summarize([])
    new_ids = reserve_ids(Product, len(fresh))
    gtin_rows = [
        (*_product(product_id, quote, at), *nothing)
        for product_id, quote in zip(new_ids, fresh.values(), strict=True)
    ]
    insert_rows(Product, NEW_PRODUCT_FIELDS, rows)
    if gtin_rows:
        # Another provider's run may make the same product at this moment; first come wins.
        insert_rows(Product, NEW_PRODUCT_FIELDS, gtin_rows, ignore_conflicts=True)
        by_gtin |= _products_by_gtin(fresh)
    for quote in quotes:
        if quote.gtin:
            products.product_ids[quote.external_id] = by_gtin[quote.gtin]
            products.shared.add(by_gtin[quote.gtin])
    return products


def _products_by_gtin(gtins: Iterable[str]) -> dict[str, int]:
    wanted = list(gtins)
    if not wanted:
        return {}
    found = Product.objects.filter(gtin__any_of=wanted).values_list("gtin", "id")
    return {gtin: key for gtin, key in found if gtin is not None}


def _product(product_id: int, quote: Quote, at: datetime) -> tuple[Any, ...]:
    gtin = quote.gtin or None
    return (product_id, quote.name, quote.brand, gtin, quote.mpn, quote.image_url, at)


def _details(quote: Quote) -> tuple[Any, ...]:
    return (
        quote.name,
        quote.variant,
        quote.group_id,
        quote.url,
        quote.image_url,
        quote.brand,
        quote.gtin,
        quote.mpn,
        quote.sku,
        dict(quote.evidence),
        details_key(quote),
    )


def _state(quote: Quote) -> tuple[Any, ...]:
    return (quote.amount, quote.list_amount, quote.currency, str(quote.availability))


def _extremes(quote: Quote, at: datetime, known: Sequence[Any] | None) -> tuple[Any, ...]:
    if known is None:
        return (quote.amount, at, quote.amount, at)
    low, low_at, high, high_at = known
    return (
        *((quote.amount, at) if quote.amount < low else (low, low_at)),
        *((quote.amount, at) if quote.amount > high else (high, high_at)),
    )


def _redescribe(plan: Plan) -> None:
    update_rows(
        Offer, DETAIL_FIELDS, [(row.id, *_details(quote)) for row, quote in plan.redescribed]
    )


def _end_absences(rows: Sequence[Stored], *, at: datetime) -> None:
    insert_rows(
        Absence,
        ["offer", "started_at", "ended_at"],
        [(row.id, row.missing_since, at) for row in rows],
    )
    update_rows(Offer, ["missing_since"], [(row.id, None) for row in rows])
