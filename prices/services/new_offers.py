"""Writing offers that were not known, and finding or making the product of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from prices.models import Offer, Product
from prices.services.bulk import insert_rows, reserve_ids
from prices.services.plan import DETAIL_FIELDS, Change, Checked, details_of
from prices.services.products import SUMMARY_FIELDS, OfferState, Summary, summarize
from prices.types import Quote

NEW_OFFER_FIELDS: Final = (
    *Change._fields,
    "provider",
    "external_id",
    "product",
    *DETAIL_FIELDS,
    "evidence",
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
UNKNOWN: Final = summarize([])


class NewOffers(NamedTuple):
    """What was written: first states of the offers, and products they share with others."""

    states: list[Change]
    shared: set[int]


def insert_offers(
    batch: Sequence[Checked], *, provider_id: int, at: datetime, seen_at: datetime | None
) -> NewOffers:
    """Write the offers of `batch` and the products they need.

    The summaries of shared products are left to `refresh_products`.
    """
    offer_ids = reserve_ids(Offer, len(batch))
    states = [_first(key, checked, at) for key, checked in zip(offer_ids, batch, strict=True)]
    products = _products(batch, states, at=at)
    insert_rows(
        Offer,
        NEW_OFFER_FIELDS,
        [
            (
                *state,
                provider_id,
                quote.external_id,
                product_id,
                *details_of(quote),
                dict(quote.evidence),
                at,
                seen_at,
            )
            for state, (quote, _), product_id in zip(states, batch, products, strict=True)
        ],
    )
    with_gtin = zip(products, batch, strict=True)
    return NewOffers(states, {key for key, (quote, _) in with_gtin if quote.gtin})


def _first(offer_id: int, checked: Checked, at: datetime) -> Change:
    quote = checked.quote
    return Change(
        id=offer_id,
        fingerprint=checked.fingerprint,
        amount=quote.amount,
        list_amount=quote.list_amount,
        currency=quote.currency,
        availability=str(quote.availability),
        since=at,
        sequence=1,
        previous_amount=None,
        change_percent=None,
        low_amount=quote.amount,
        low_at=at,
        high_amount=quote.amount,
        high_at=at,
    )


def _products(batch: Sequence[Checked], states: Sequence[Change], *, at: datetime) -> list[int]:
    """Return the product of each new offer: the same GTIN is the same product."""
    by_gtin = _products_by_gtin([quote for quote, _ in batch if quote.gtin], at=at)
    alone = sum(not quote.gtin for quote, _ in batch)
    own_ids = iter(reserve_ids(Product, alone))
    products: list[int] = []
    rows: list[tuple[Any, ...]] = []
    for (quote, _), state in zip(batch, states, strict=True):
        product_id = by_gtin[quote.gtin] if quote.gtin else next(own_ids)
        products.append(product_id)
        if not quote.gtin:
            # The best offer does not exist yet: the database looks when it commits.
            rows.append(_product(product_id, quote, at=at, summary=summarize_alone(state)))
    insert_rows(Product, NEW_PRODUCT_FIELDS, rows)
    return products


def summarize_alone(state: Change) -> Summary:
    """Return the summary of a product with this offer only."""
    offer = OfferState(
        id=state.id,
        amount=state.amount,
        currency=state.currency,
        availability=state.availability,
        missing=False,
        since=state.since,
        change_percent=state.change_percent,
    )
    return summarize([offer])


def _products_by_gtin(quotes: Sequence[Quote], *, at: datetime) -> dict[str, int]:
    """Return the product of each GTIN, made after the first quote where there is none."""
    first = {quote.gtin: quote for quote in reversed(quotes)}
    found = _find_products(first)
    # In one order, so that two runs that meet the same products cannot wait for each other.
    missing = sorted(first.keys() - found.keys())
    rows = [
        _product(product_id, first[gtin], at=at, summary=UNKNOWN)
        for product_id, gtin in zip(reserve_ids(Product, len(missing)), missing, strict=True)
    ]
    if not rows:
        return found
    # Another provider's run may make the same product at this moment; first come wins.
    insert_rows(Product, NEW_PRODUCT_FIELDS, rows, ignore_conflicts=True)
    return found | _find_products(missing)


def _find_products(gtins: Iterable[str]) -> dict[str, int]:
    wanted = list(gtins)
    if not wanted:
        return {}
    found = Product.objects.filter(gtin__any_of=wanted).values_list("gtin", "id")
    return {gtin: key for gtin, key in found if gtin is not None}


def _product(product_id: int, quote: Quote, *, at: datetime, summary: Summary) -> tuple[Any, ...]:
    gtin = quote.gtin or None
    return (product_id, quote.name, quote.brand, gtin, quote.mpn, quote.image_url, at, *summary)
