"""Storing what was read: the only place where offers and prices are written.

Most quotes say what the last run read, word for word: their fingerprints tell, and nothing
is done about them. The others are compared with what is stored, and what differs is written:
the cost of a cycle follows what changed, not the size of the catalogue.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import F, QuerySet

from prices.errors import InvalidQuoteError
from prices.models import Absence, CheckedSpan, Offer, Price
from prices.services.bulk import insert_rows, update_rows
from prices.services.new_offers import insert_offers, summarize_alone
from prices.services.plan import (
    DETAIL_FIELDS,
    NO_FINGERPRINT,
    STORED_FIELDS,
    Change,
    Checked,
    Plan,
    Stored,
    change,
    compare,
    details_of,
    fingerprint,
    stored_row,
)
from prices.services.products import refresh_products, write_summaries
from prices.types import Origin, Quote, Recorded, Rejection
from prices.validation import checked_quote

BATCH_SIZE: Final = 1000  # larger batches gain nothing measurable, and hold the writer longer
# Fingerprints of a provider that are read at once, some 150 bytes each; of a larger one
# those of each page are looked up.
FINGERPRINTS_AT_ONCE: Final = 50_000
PRICE_FIELDS: Final = (
    "offer",
    "started_at",
    "amount",
    "list_amount",
    "currency",
    "availability",
    "origin",
    "provider_run",
)
MET: Final = None


class Sifted(NamedTuple):
    """Quotes of one page: those to be stored, those refused, how many say nothing new."""

    differing: list[Checked]
    rejected: list[Rejection]
    unchanged: int = 0


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
        self.met = 0
        """How many distinct offers were stored or confirmed so far, or are about to be."""
        # By external id: the fingerprint that is stored, or that the offer was met.
        self._offers: dict[str, int | None] = {}
        self._has_all: bool | None = None

    def sift(self, quotes: Sequence[Quote]) -> Sifted:
        """Leave out what is stored exactly as it was read now; check the rest for `store`.

        A quote that cannot be stored is rejected and spoils nothing; of several with one
        external id the first counts.
        """
        self._load(quotes)
        offers = self._offers
        sifted = Sifted([], [])
        for quote in quotes:
            key = fingerprint(quote)
            if offers.get(quote.external_id) == key != NO_FINGERPRINT:
                offers[quote.external_id] = MET
            else:
                self._check(quote, key, sifted)
        unchanged = len(quotes) - len(sifted.differing) - len(sifted.rejected)
        self.met += unchanged
        return sifted._replace(unchanged=unchanged)

    @transaction.atomic
    def store(
        self, batch: Sequence[Checked], *, at: datetime, seen_singly: bool = False
    ) -> Recorded:
        """Store what was read at `at` (aware UTC), and say what it came to.

        `seen_singly` notes the time on each offer, for those that no provider run confirms.
        """
        if not batch:
            return Recorded()
        plan = compare(self._stored(batch), batch)
        states, touched = _change(plan, at=at)
        if plan.new:
            new = insert_offers(
                plan.new,
                provider_id=self.provider_id,
                at=at,
                seen_at=at if seen_singly else None,
            )
            states += new.states
            touched |= new.shared
        self._insert_prices(states)
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
            new_ids=frozenset(checked.quote.external_id for checked in plan.new),
            changed_ids=frozenset(row.external_id for row, _ in plan.changed),
        )

    def record(
        self, quotes: Iterable[Quote], *, at: datetime, seen_singly: bool = False
    ) -> Recorded:
        """Check quotes and store them, also those that say nothing new."""
        sifted = Sifted([], [])
        for quote in quotes:
            self._check(quote, fingerprint(quote), sifted)
        recorded = self.store(sifted.differing, at=at, seen_singly=seen_singly)
        return msgspec.structs.replace(recorded, rejected=tuple(sifted.rejected))

    @transaction.atomic
    def finish(self, *, at: datetime, whole_catalogue: bool, span_gap: timedelta) -> int:
        """Confirm every offer of the provider that was met; return how many went missing.

        With `whole_catalogue`, offers that this run did not meet are missing from `at` on.
        The span of checks goes on when the last check is no longer than `span_gap` ago.
        """
        missing = self._mark_missing(at) if whole_catalogue else 0
        confirm(provider_id=self.provider_id, at=at, span_gap=span_gap)
        return missing

    def _check(self, quote: Quote, key: int, sifted: Sifted) -> None:
        try:
            checked = checked_quote(quote)
            self._meet(checked.external_id)
        except InvalidQuoteError as error:
            sifted.rejected.append(_rejection(quote, error))
        else:
            sifted.differing.append(Checked(checked, key))

    def _meet(self, external_id: str) -> None:
        if self._offers.get(external_id, 0) is MET:
            raise InvalidQuoteError("external_id", "duplicate_id", "was read before in this run")
        self._offers[external_id] = MET
        self.met += 1

    def _load(self, quotes: Sequence[Quote]) -> None:
        """Read the fingerprints that are stored: all of a provider's, or those of a page."""
        if self._has_all is None:
            first = list(self._fingerprints()[: FINGERPRINTS_AT_ONCE + 1])
            self._has_all = len(first) <= FINGERPRINTS_AT_ONCE
            self._offers.update(first if self._has_all else ())
        if not self._has_all:
            # An identifier that is not clean is stored as another one.
            ids = [q.external_id for q in quotes if q.external_id.isprintable()]
            unknown = [one for one in ids if one not in self._offers]
            self._offers.update(self._fingerprints().filter(external_id__any_of=unknown))

    def _fingerprints(self) -> QuerySet[Offer, tuple[str, int]]:
        # Who is missing has to be looked at, whatever was read.
        return self._present().values_list("external_id", "fingerprint")

    def _present(self) -> QuerySet[Offer]:
        return Offer.objects.filter(provider_id=self.provider_id, missing_since__isnull=True)

    def _stored(self, batch: Sequence[Checked]) -> dict[str, Stored]:
        rows = Offer.objects.filter(
            provider_id=self.provider_id,
            external_id__any_of=[quote.external_id for quote, _ in batch],
        ).values_list(*STORED_FIELDS)
        return {row.external_id: row for row in map(stored_row, rows)}

    def _insert_prices(self, states: Sequence[Change]) -> None:
        source = (self.origin.value, self.provider_run_id)
        insert_rows(
            Price,
            PRICE_FIELDS,
            [
                (
                    state.id,
                    state.since,
                    state.amount,
                    state.list_amount,
                    state.currency,
                    state.availability,
                    *source,
                )
                for state in states
            ],
        )

    def _mark_missing(self, at: datetime) -> int:
        if self._has_met_all():
            return 0
        present = self._present().values_list("id", "external_id", "product_id")
        gone = [
            (offer_id, product_id)
            for offer_id, external_id, product_id in present.iterator(chunk_size=2000)
            if self._offers.get(external_id, 0) is not MET
        ]
        for start in range(0, len(gone), BATCH_SIZE):
            part = gone[start : start + BATCH_SIZE]
            update_rows(Offer, ["missing_since"], [(offer_id, at) for offer_id, _ in part])
        refresh_products(product_id for _, product_id in gone)
        return len(gone)

    def _has_met_all(self) -> bool:
        if self._has_all:
            return all(known is MET for known in self._offers.values())
        return self._present().count() == self.met


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
    last = spans.order_by("-ended_at").first()
    if last is not None and last.ended_at >= at:
        return
    if last is not None and at - last.ended_at <= span_gap:
        spans.filter(pk=last.pk).update(ended_at=at, checks=F("checks") + 1)
    else:
        CheckedSpan.objects.create(provider_id=provider_id, started_at=at, ended_at=at)


def _rejection(quote: Quote, error: InvalidQuoteError) -> Rejection:
    shown = quote.external_id[:100].encode("utf-8", "replace").decode().replace("\x00", "")
    return Rejection(external_id=shown, code=error.code, message=error.message)


def _change(plan: Plan, *, at: datetime) -> tuple[list[Change], set[int]]:
    """Write the new states of offers; return them, and the products still to be summarized."""
    changes = [(row, change(row, checked, at=at)) for row, checked in plan.changed]
    states = [state for _, state in changes]
    update_rows(Offer, Change._fields[1:], states)
    # A product of one offer needs no look at the others, which is most of them.
    write_summaries(
        (row.product_id, summarize_alone(state)) for row, state in changes if row.is_alone
    )
    return states, {row.product_id for row, _ in changes if not row.is_alone}


def _redescribe(plan: Plan) -> None:
    update_rows(
        Offer,
        ["fingerprint", *DETAIL_FIELDS, "evidence"],
        [
            (row.id, key, *details_of(quote), dict(quote.evidence))
            for row, (quote, key) in plan.redescribed
        ],
    )
    update_rows(Offer, ["fingerprint"], [(row.id, key) for row, (_, key) in plan.reworded])


def _end_absences(rows: Sequence[Stored], *, at: datetime) -> None:
    insert_rows(
        Absence,
        ["offer", "started_at", "ended_at"],
        [(row.id, row.missing_since, at) for row in rows],
    )
    update_rows(Offer, ["missing_since"], [(row.id, None) for row in rows])
