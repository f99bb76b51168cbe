"""Which price it is: what is stated and what is shown, weighed against each other. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from ingestion.extraction.listings import Claim, Listing
from ingestion.extraction.visible import Shown
from prices.types import Availability

# A shown price that nothing states is the product's own from here on, or from the second
# figure on when it leads all others by the third.
ENOUGH: Final = 4.3
LEAST: Final = 2.5
LEAD: Final = 1.0
BESIDE: Final = 4  # texts between an old price and the new one
NEAR: Final = 1.5  # two shown prices that much apart may belong together
DEEPEST_SALE: Final = Decimal("0.15")  # a price below that share of another is no sale of it


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a page's own product, and where it was read."""

    amount: Decimal
    currency: str | None
    list_amount: Decimal | None
    where: str


def variants_of(listings: Sequence[Listing]) -> list[Claim]:
    """Return the variants that one place states, each with a price and a name of its own.

    Empty when the product has one price only: several offers without an identity are
    several sellers or the same offer again.
    """
    for listing in listings:
        claims = [claim for claim in listing.claims if claim.amount]
        identities = [_identity(claim) for claim in claims]
        if len(claims) > 1 and all(identities) and len(set(identities)) == len(claims):
            return claims
    return []


def chosen(
    listings: Sequence[Listing], shown: Sequence[Shown], *, within: Sequence[Claim] = ()
) -> Choice | None:
    """Return the price of the page's own product; `None` when there is none.

    `within` limits the choice to the variants that are offered.
    """
    claims = within or [claim for one in listings for claim in one.claims if claim.amount]
    if claims:
        return _stated(claims, shown)
    if any(_denies(one) for one in listings):
        return None
    return _shown_alone(shown)


def _stated(claims: Sequence[Claim], shown: Sequence[Shown]) -> Choice:
    seen = _best_scores(shown)
    struck = {one.amount for one in shown if one.struck}
    readings = [(reading, claim) for claim in claims for reading in claim.readings]
    amounts = {reading for reading, _ in readings}
    visible = {amount: seen[amount] for amount in amounts if amount in seen}
    if visible:
        best = max(visible.values())
        amount = min(one for one, score in visible.items() if best - score < NEAR)
    else:
        amount = min(claim.amount for claim in claims if claim.amount)
    claim = next(claim for reading, claim in readings if reading == amount)
    sale = _sale_below(amount, shown, seen) if amount in struck else None
    if sale is not None:
        return Choice(
            amount=sale.amount,
            currency=claim.currency or sale.currency,
            list_amount=amount,
            where=f"{sale.where} (the stated {amount} is crossed out)",
        )
    return Choice(
        amount=amount,
        currency=claim.currency,
        list_amount=claim.list_amount or _list_above(amount, amounts, shown),
        where=claim.where,
    )


def _shown_alone(shown: Sequence[Shown]) -> Choice | None:
    # Where every price bears the name of an old one, it is only what the shop calls a price.
    open_ones = [one for one in shown if not one.struck and one.score >= 0] or list(shown)
    if not open_ones:
        return None
    best = open_ones[0]
    others = [one.score for one in open_ones if one.amount != best.amount]
    leads = best.score >= LEAST and best.score - max(others, default=0.0) >= LEAD
    if best.score < ENOUGH and not leads:
        return None
    if (lower := _lower_beside(best, open_ones)) is not None:
        return Choice(
            amount=lower.amount,
            currency=lower.currency,
            list_amount=best.amount,
            where=f"{lower.where} (beside {best.amount})",
        )
    return Choice(
        amount=best.amount,
        currency=best.currency,
        list_amount=_list_above(best.amount, set(), shown),
        where=best.where,
    )


def _lower_beside(best: Shown, shown: Sequence[Shown]) -> Shown | None:
    """Return the lower of two prices that follow each other with as much to speak for both.

    Shops that put a sale below the old price do not always mark the old one.
    """
    for one in shown:
        follows = 0 < one.position - best.position <= BESIDE
        lower = best.amount * DEEPEST_SALE < one.amount < best.amount
        if follows and lower and best.score - one.score < NEAR / 2:
            return one
    return None


def _sale_below(
    amount: Decimal, shown: Sequence[Shown], seen: dict[Decimal, float]
) -> Shown | None:
    """Return the price asked instead of the crossed-out `amount`, if one is shown with it."""
    at = max(one.score for one in shown if one.amount == amount)
    for one in shown:
        fits = not one.struck and amount * DEEPEST_SALE < one.amount < amount
        if fits and one.score >= ENOUGH and at - one.score < NEAR:
            return one if seen.get(amount, -99.0) - one.score < 0.5 else None
    return None


def _list_above(amount: Decimal, stated: set[Decimal], shown: Sequence[Shown]) -> Decimal | None:
    """Return the crossed-out price beside `amount`."""
    at = max((one.score for one in shown if one.amount == amount), default=None)
    for one in shown:
        above = amount < one.amount < amount / DEEPEST_SALE
        near = at is not None and abs(one.score - at) < 2 * NEAR
        if above and near and (one.struck or one.amount in stated):
            return one.amount
    return None


def _best_scores(shown: Sequence[Shown]) -> dict[Decimal, float]:
    scores: dict[Decimal, float] = {}
    for one in shown:
        if not one.struck:
            scores[one.amount] = max(one.score, scores.get(one.amount, -99.0))
    return scores


def _denies(listing: Listing) -> bool:
    """Say whether a place has an offer for the product that states no price for it."""
    return listing.is_product and any(
        claim.amount is None and claim.availability == Availability.OUT_OF_STOCK
        for claim in listing.claims
    )


def _identity(claim: Claim) -> str:
    return claim.sku or claim.gtin or claim.url.partition("?")[2] or claim.variant
