"""The course of offers as tables and small pictures, for the admin's pages. Pure but for time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from prices.admin.base import money
from prices.models import Offer
from prices.selectors.history import gaps_of, points_of
from prices.selectors.statistics import Point
from prices.sparkline import as_steps
from prices.types import Span

DAYS: Final = 90
WIDTH, HEIGHT = 320, 48
PAD: Final = 2  # so that the line's own width is not cut off
ROWS: Final = 100


def sparklines(offers: Sequence[Offer]) -> dict[int, SafeString]:
    """Return the last 90 days of each offer as a picture, in one query for all of them."""
    now = timezone.now()
    found = points_of([offer.pk for offer in offers], since=now - timedelta(days=DAYS))
    return {offer.pk: _sparkline(found.get(offer.pk, []), now) for offer in offers}


def history(offer: Offer) -> SafeString:
    """Return the newest prices of an offer, and when nobody looked or it was not found."""
    now = timezone.now()
    points = points_of([offer.pk]).get(offer.pk, [])
    start = points[0].at if points else now
    return SafeString(
        render_to_string(
            "admin/prices/_history.html",
            {
                "offer": offer,
                "rows": [_row(point) for point in reversed(points[-ROWS:])],
                "left_out": max(0, len(points) - ROWS),
                "gaps": gaps_of([offer], Span(start, now), now=now)[offer.pk][-ROWS:],
            },
        )
    )


def _sparkline(points: Sequence[Point], now: datetime) -> SafeString:
    corners = as_steps(points, until=now, width=WIDTH, height=HEIGHT - 2 * PAD)
    amounts = [point.amount for point in points if point.currency == points[-1].currency]
    context: dict[str, Any] = {
        "days": DAYS,
        "width": WIDTH,
        "height": HEIGHT,
        "corners": " ".join(f"{x:g},{y + PAD:g}" for x, y in corners),
        "low": money(min(amounts, default=None), points[-1].currency if points else None),
        "high": money(max(amounts, default=None), points[-1].currency if points else None),
    }
    return SafeString(render_to_string("admin/prices/_sparkline.html", context))


def _row(point: Point) -> dict[str, Any]:
    return {
        "at": point.at,
        "amount": money(point.amount, point.currency),
        "list_amount": money(point.list_amount, point.currency),
        "availability": point.availability.replace("_", " "),
    }
