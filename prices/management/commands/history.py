"""`manage.py history`: what one offer cost, when."""

import csv
import shutil
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.core.management.base import CommandParser
from django.utils import timezone

from prices.errors import UnknownError
from prices.management import terminal
from prices.management.command import ExplainedCommand, instant, wrong_use
from prices.models import Offer
from prices.money import plain
from prices.selectors.history import Gap, gaps_of, points_of
from prices.selectors.offers import offer_named
from prices.selectors.statistics import Figures, Point, clipped, figures
from prices.services.export import instant as iso
from prices.sparkline import as_text
from prices.types import Span

COLUMNS: Final = ("started_at", "amount", "list_amount", "currency", "availability")
WIDEST: Final = 100  # columns of a sparkline


class Command(ExplainedCommand):
    help = (
        "Show what one offer cost and when: each line holds until the next one. Amounts are in"
        " major units, times are UTC. Exit code 2: the platform or the offer is unknown."
    )
    examples = """\
  manage.py history my-shop 4711
  manage.py history my-shop 4711 --from 2026-10-01 --format csv"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("platform", metavar="PLATFORM", help="slug of a provider")
        parser.add_argument("external_id", metavar="EXTERNAL_ID", help="its name for the offer")
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
        parser.add_argument(
            "--from",
            dest="start",
            type=instant,
            metavar="TIME",
            help="a day or an ISO 8601 time, UTC unless it says so (default: the first price)",
        )
        parser.add_argument(
            "--to", dest="end", type=instant, metavar="TIME", help="likewise (default: now)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            offer = offer_named(options["platform"], options["external_id"])
        except UnknownError as error:
            raise wrong_use(str(error)) from error
        now = timezone.now()
        end = min(options["end"] or now, now)
        points = points_of([offer.pk], since=options["start"]).get(offer.pk, [])
        points = [point for point in points if point.at <= end]
        start = options["start"] or (points[0].at if points else end)
        if start > end:
            raise wrong_use("--to must be after --from, and --from not in the future.")
        points = clipped(points, Span(start, end))
        getattr(self, f"_{options['format']}")(offer, points, start, end)

    def _table(self, offer: Offer, points: Sequence[Point], start: datetime, end: datetime) -> None:
        self.stdout.write(f"{offer.name} at {offer.provider.name} ({offer.external_id})")
        if not points:
            self.stdout.write("There is no price in this range.")
            return
        if self.stdout.isatty():
            columns = min(shutil.get_terminal_size().columns, WIDEST)
            self.stdout.write(f"\n{as_text(points, until=end, columns=columns)}")
        rows = [(_shown(point.at), *_cells(point)[1:]) for point in points]
        self.stdout.write(
            "\n" + terminal.table(self.stdout, COLUMNS, rows, right="amount list_amount")
        )
        summary = figures(points, until=end)
        if summary is not None:
            self.stdout.write(
                f"\nlow {plain(summary.low, summary.currency)},"
                f" high {plain(summary.high, summary.currency)},"
                f" average {plain(summary.average, summary.currency)}"
                f" {summary.currency or '(currency unknown)'}"
            )
        for gap in _gaps(offer, start, end):
            reason = gap.reason.replace("_", " ")
            self.stdout.write(f"{reason}: {_shown(gap.start)} to {_shown(gap.end)}")

    def _csv(self, offer: Offer, points: Sequence[Point], start: datetime, end: datetime) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(point) for point in points)

    def _json(self, offer: Offer, points: Sequence[Point], start: datetime, end: datetime) -> None:
        body = {
            "platform": offer.provider.slug,
            "external_id": offer.external_id,
            "name": offer.name,
            "start": iso(start),
            "end": iso(end),
            "points": [dict(zip(COLUMNS, _cells(point), strict=True)) for point in points],
            "gaps": [
                {"start": iso(gap.start), "end": iso(gap.end), "reason": gap.reason}
                for gap in _gaps(offer, start, end)
            ],
            "statistics": _statistics(figures(points, until=end)),
        }
        self.stdout.write(msgspec.json.format(msgspec.json.encode(body), indent=2).decode())


def _cells(point: Point) -> tuple[str | None, ...]:
    return (
        iso(point.at),
        plain(point.amount, point.currency),
        plain(point.list_amount, point.currency),
        point.currency,
        point.availability,
    )


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _gaps(offer: Offer, start: datetime, end: datetime) -> list[Gap]:
    return [
        gap._replace(start=max(gap.start, start), end=min(gap.end, end))
        for gap in gaps_of([offer], Span(start, end), now=end)[offer.pk]
        if gap.end > start and gap.start < end
    ]


def _statistics(summary: Figures | None) -> dict[str, str | None]:
    if summary is None:
        return dict.fromkeys(("low", "high", "average", "currency"))
    return {
        "low": plain(summary.low, summary.currency),
        "high": plain(summary.high, summary.currency),
        "average": plain(summary.average, summary.currency),
        "currency": summary.currency,
    }
