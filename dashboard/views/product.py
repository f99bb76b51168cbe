"""One product: its offers side by side, the chart of their prices, and the changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.charts.drawing import draw
from dashboard.charts.steps import Line, aligned, line_of, seconds
from dashboard.client import Api
from dashboard.formats import instant
from dashboard.paging import Paging, page_number
from dashboard.views.page import page

RANGES: Final = {
    "7d": ("7 d", timedelta(days=7)),
    "30d": ("30 d", timedelta(days=30)),
    "90d": ("90 d", timedelta(days=90)),
    "1y": ("1 y", timedelta(days=365)),
    "all": ("All", None),
}
USUAL_RANGE: Final = "90d"
MOST_LINES: Final = 8  # as many as colours and dashes that can be told apart
CHANGES: Final = 30  # on one page


@require_safe
@page
def product(request: HttpRequest, api: Api, product_id: int) -> HttpResponse:
    """Show one product in the range and currency that the query string asks for."""
    wanted = request.GET.get("range", USUAL_RANGE)
    wanted = wanted if wanted in RANGES else USUAL_RANGE
    length = RANGES[wanted][1]
    start = (timezone.now() - length).isoformat() if length else None
    shown = api.get(f"products/{product_id}")
    histories = _in_order_of(
        shown["offers"], api.get(f"products/{product_id}/history", **{"from": start})["histories"]
    )
    currencies = currencies_of(histories)
    currency = _chosen(request.GET.get("currency"), currencies, shown["best_currency"])
    changes = changes_of(histories)
    number = page_number(request.GET.get("page", ""))
    shown_changes = changes[(number - 1) * CHANGES : number * CHANGES]
    return render(
        request,
        "dashboard/product.html",
        {
            "product": shown,
            "histories": histories,
            "range": wanted,
            "ranges": [(key, label) for key, (label, _) in RANGES.items()],
            "currencies": [(one or "", one or "unknown") for one in currencies],
            "currency": currency or "",
            "chart": chart_of(histories, currency),
            "changes": shown_changes,
            "paging": Paging(number, len(changes), CHANGES, len(shown_changes)),
        },
    )


def currencies_of(histories: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return the currencies of the offers, the most frequent first."""
    counted = Counter(one["offer"]["currency"] for one in histories)
    return [currency for currency, _ in counted.most_common()]


def chart_of(histories: Sequence[Mapping[str, Any]], currency: str | None) -> dict[str, Any] | None:
    """Return what the chart of the offers in one currency is drawn from; `None` of nothing.

    One axis has one currency: amounts of another are never drawn on it.
    """
    own = [one for one in histories if one["offer"]["currency"] == currency]
    if not own:
        return None
    start, end = instant(own[0]["start"]), instant(own[0]["end"])
    assert start is not None  # noqa: S101 the API always says
    assert end is not None  # noqa: S101
    lines = [
        line_of(one, name=_offer_name(one["offer"], own), currency=currency, end=end)
        for one in own[:MOST_LINES]
    ]
    decimals = max(len(p["amount"].partition(".")[2]) for one in own for p in one["points"][-1:])
    drawing = draw(lines, start=start, end=end, decimals=decimals)
    if drawing is None:
        return None
    return {
        "drawing": drawing,
        "lines": lines,
        "data": {
            **_data(lines, start=start, end=end),
            "currency": currency or "currency unknown",
            "decimals": decimals,
            "low": _all_time_low(own),
        },
        "left_out": max(0, len(own) - MOST_LINES),
        "summary": summary(own[:MOST_LINES], lines),
    }


def changes_of(histories: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes of all offers, newest first; `what` says what else than the amount."""
    found: list[dict[str, Any]] = []
    for history in histories:
        before: Mapping[str, Any] | None = None
        for point in history["points"]:
            what = _what(before, point, history["offer"])
            if what is not None:
                percent = _percent(before, point) if before and not what else None
                found.append({**point, "offer": history["offer"], "what": what, "percent": percent})
            before = point
    return sorted(found, key=lambda change: change["at"], reverse=True)


def summary(histories: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return per line what a person who cannot see the chart is told."""
    return [
        {"name": line.name, "statistics": one["statistics"], "amount": one["offer"]["amount"]}
        for one, line in zip(histories, lines, strict=True)
    ]


def _in_order_of(
    offers: Sequence[Mapping[str, Any]], histories: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    by_offer = {history["offer"]["id"]: history for history in histories}
    return [by_offer[offer["id"]] for offer in offers if offer["id"] in by_offer]


def _chosen(asked: str | None, currencies: Sequence[str | None], best: str | None) -> str | None:
    """Return the currency asked for (empty: the unknown one), else that of the best price."""
    named = {currency or "": currency for currency in currencies}
    if asked is not None and asked in named:
        return named[asked]
    return best if best in currencies or not currencies else currencies[0]


def _offer_name(offer: Mapping[str, Any], histories: Sequence[Mapping[str, Any]]) -> str:
    """Return the shop's name; with the variant where a shop has several offers."""
    name = str(offer["provider"]["name"])
    several = sum(
        one["offer"]["provider"]["slug"] == offer["provider"]["slug"] for one in histories
    )
    return f"{name}, {offer['variant'] or offer['external_id']}" if several > 1 else name


def _what(
    before: Mapping[str, Any] | None, point: Mapping[str, Any], offer: Mapping[str, Any]
) -> str | None:
    """Say what changed: empty for the amount, `None` for nothing (a day's summary, say)."""
    if before is None:
        return "first seen" if point["at"] == offer["first_seen_at"] else "start of the range"
    if before["currency"] != point["currency"]:
        return "other currency"
    if before["amount"] != point["amount"]:
        return ""
    if before["availability"] != point["availability"]:
        return "stock only"
    return "list price only" if before.get("list_amount") != point.get("list_amount") else None


def _percent(before: Mapping[str, Any], point: Mapping[str, Any]) -> float:
    old = float(before["amount"])
    return (float(point["amount"]) - old) / old * 100


def _data(lines: Sequence[Line], *, start: datetime, end: datetime) -> dict[str, Any]:
    """Return the lines as the script draws them: instants are seconds, amounts only pixels."""
    instants, values = aligned(lines)
    return {
        "start": seconds(start),
        "end": seconds(end),
        "x": instants,
        "lines": [
            {
                "name": line.name,
                "y": own,
                "lanes": [
                    [seconds(lane.start), seconds(lane.end), lane.kind] for lane in line.lanes
                ],
            }
            for line, own in zip(lines, values, strict=True)
        ],
    }


def _all_time_low(histories: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the lowest price that any of the offers ever had, and since when."""
    low = min((one["statistics"] for one in histories), key=lambda f: float(f["all_time_low"]))
    at = instant(low["all_time_low_at"])
    assert at is not None  # noqa: S101 an offer has a price
    return {"at": seconds(at), "amount": float(low["all_time_low"])}
