"""The first page: how everything stands."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.charts.bars import Bar, stacked
from dashboard.client import Api
from dashboard.formats import instant
from dashboard.views.page import page
from dashboard.views.runs import progress_of

DAYS: Final = 14
PROVIDERS: Final = 12  # the rest is on their own page
STRIP: Final = (480, 44)  # pixels
DAY_BARS: Final = (480, 84)
SCHEDULER_STALE: Final = timedelta(minutes=5)


@require_safe
@page
def overview(request: HttpRequest, api: Api) -> HttpResponse:
    """Show counts, the run that is going on, providers and the biggest moves."""
    state = api.get("overview")
    now = instant(state["now"])
    assert now is not None  # noqa: S101 the API always says
    seen_at = instant(state["scheduler_seen_at"])
    succeeded = [one["last_success_at"] for one in state["providers"] if one["last_success_at"]]
    return render(
        request,
        "dashboard/overview.html",
        {
            "state": state,
            "progress": progress_of(state["running"]) if state["running"] else None,
            "last_success_at": max(succeeded, default=None),
            "has_demo": any(provider["is_demo"] for provider in state["providers"]),
            "scheduler_silent": seen_at is None or now - seen_at > SCHEDULER_STALE,
            "providers": worst_first(state["providers"])[:PROVIDERS],
            "failing": [one for one in state["providers"] if one["circuit"] != "closed"],
            "strip": run_strip(state["runs"]),
            "first_day": now.date() - timedelta(days=DAYS - 1),
            "days": day_bars(state["days"], today=now.date()),
        },
    )


def worst_first(providers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return providers with those in trouble on top, else in their order."""
    return sorted(
        providers,
        key=lambda one: (
            not one["enabled"],
            one["circuit"] == "closed",
            not one["last_error_code"],
        ),
    )


def run_strip(runs: Sequence[dict[str, Any]]) -> list[tuple[Bar, dict[str, Any]]]:
    """Return a bar per run, oldest first: how many of its providers did what."""
    ordered = list(reversed(runs))
    bars = stacked([_parts(run) for run in ordered], width=STRIP[0], height=STRIP[1])
    return list(zip(bars, ordered, strict=True))


def day_bars(days: Sequence[dict[str, Any]], *, today: date) -> list[tuple[Bar, dict[str, Any]]]:
    """Return a bar per day of the last 14, also of those without a run."""
    known = {day["day"]: day for day in days}
    nothing = {"completed": 0, "failed": 0, "providers_completed": 0, "providers_failed": 0}
    shown = [
        known.get(day.isoformat(), {"day": day.isoformat(), **nothing})
        for day in (today - timedelta(days=back) for back in reversed(range(DAYS)))
    ]
    columns = [
        [("good", day["providers_completed"]), ("bad", day["providers_failed"])] for day in shown
    ]
    return list(zip(stacked(columns, width=DAY_BARS[0], height=DAY_BARS[1]), shown, strict=True))


def _parts(run: dict[str, Any]) -> list[tuple[str, float]]:
    parts = [
        ("good", run["providers_completed"]),
        ("skipped", run["providers_skipped"]),
        ("bad", run["providers_failed"]),
    ]
    waiting = run["providers_total"] - sum(number for _, number in parts)
    return [*parts, ("busy", max(0, waiting))]
