"""How templates write the API's values; `dashboard.formats` decides what they say."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard import formats
from dashboard.charts.sparkline import HEIGHT, WIDTH, sparkline

register = template.Library()

SPARKLINE_DAYS = 30
ARROWS = {"down": "▼", "up": "▲", "same": "", "unknown": ""}

register.filter("count", formats.count)
register.filter("duration", formats.duration)
register.filter("size", formats.size)
register.filter("share", formats.share)
register.filter("outcome", formats.outcome)
register.filter("monogram", formats.monogram)
register.filter("hue", formats.hue)
register.filter("average", formats.average)
register.filter("direction", formats.direction)


@register.filter
def plural(number: int, nouns: str) -> str:
    """Write a count with its noun: `{{ 2|plural:"offer" }}`, `{{ 2|plural:"is,are" }}`."""
    return formats.plural(number, *nouns.split(","))


@register.filter
def availability(value: str) -> str:
    """Write an availability in plain words."""
    return formats.AVAILABILITY.get(value, value)


@register.filter
def buyable(value: str) -> bool:
    """Say whether an offer can be bought."""
    return value in formats.BUYABLE


@register.filter
def trigger(value: str) -> str:
    """Write what started a run."""
    return formats.TRIGGER.get(value, value)


@register.filter
def instant(value: str | datetime | None) -> datetime | None:
    """Return an instant of the API as a value."""
    return formats.instant(value) if isinstance(value, str) else value


@register.simple_tag
def money(amount: str | None, currency: str | None) -> SafeString:
    """Write an amount with its currency, or that nobody states one."""
    if not amount:
        return format_html('<span class="unknown">{}</span>', formats.UNKNOWN)
    if not currency:
        return format_html(
            '<span class="money">{} <span class="currency unknown">currency unknown</span></span>',
            formats.amount(amount),
        )
    return format_html(
        '<span class="money">{} <span class="currency">{}</span></span>',
        formats.amount(amount),
        currency,
    )


@register.simple_tag
def change(percent: str | None) -> SafeString:
    """Write a change: arrow, sign and colour, so that none of them is needed alone."""
    way = formats.direction(percent)
    arrow = ARROWS[way]
    return format_html(
        '<span class="change {}">{}{}</span>',
        way,
        format_html('<span aria-hidden="true">{}</span> ', arrow) if arrow else "",
        formats.percent(percent),
    )


@register.simple_tag
def when(at: str | datetime | None) -> SafeString:
    """Write an instant in UTC; a script shows the reader's own time."""
    return _time(at, "local", "")


@register.simple_tag
def ago(at: str | datetime | None, *, never: str = "never") -> SafeString:
    """Write how long ago an instant was, or when it will be; the instant is in the hint."""
    return _time(at, "relative", never)


@register.inclusion_tag("dashboard/_sparkline.html")
def spark(points: list[dict[str, Any]], currency: str | None) -> dict[str, Any]:
    """Draw the last 30 days of a price."""
    end = timezone.now()
    places = [(datetime.fromisoformat(one["at"]), float(one["amount"])) for one in points]
    drawn = sparkline(places, start=end - timedelta(days=SPARKLINE_DAYS), end=end)
    amounts = sorted({one["amount"] for one in points}, key=float)
    return {
        "drawn": drawn,
        "width": WIDTH,
        "height": HEIGHT,
        "low": formats.amount(amounts[0]) if amounts else "",
        "high": formats.amount(amounts[-1]) if amounts else "",
        "currency": currency or "",
    }


def _time(at: str | datetime | None, form: str, never: str) -> SafeString:
    moment = instant(at)
    if moment is None:
        return format_html('<span class="unknown">{}</span>', never or formats.UNKNOWN)
    absolute = formats.absolute(moment)
    text = absolute if form == "local" else formats.relative(moment, timezone.now())
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        form,
        absolute,
        text,
    )
