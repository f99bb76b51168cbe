"""How values read on a page. Pure: plain values in, texts out, no HTML.

Unknown is shown as a dash, never as zero. Numbers are grouped with a narrow no-break space,
which is no decimal mark in any country.
"""

import zlib
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

UNKNOWN: Final = "–"
MINUS: Final = "\u2212"  # as wide as a plus, and read out as minus
SPACE: Final = "\u202f"
HUES: Final = 8  # how many colours the style sheet has for monograms

AVAILABILITY: Final = {
    "in_stock": "in stock",
    "out_of_stock": "out of stock",
    "preorder": "pre-order",
    "backorder": "back-order",
    "discontinued": "discontinued",
    "unknown": "stock unknown",
}
BUYABLE: Final = frozenset({"in_stock", "preorder", "backorder", "unknown"})
TRIGGER: Final = {
    "startup": "start-up",
    "schedule": "schedule",
    "command": "command",
    "api": "by hand",
    "admin": "admin",
    "demo": "demo",
}
_STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def instant(text: str | None) -> datetime | None:
    """Return an instant of the API, which writes ISO 8601 in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def grouped(number: str) -> str:
    """Return a plain decimal text with its thousands grouped: "1299.00" is "1 299.00"."""
    whole, mark, decimals = number.partition(".")
    return f"{int(whole):,}".replace(",", SPACE) + mark + decimals


def amount(text: str | None) -> str:
    """Return an amount of the API for people; the currency stands beside it."""
    return grouped(text) if text else UNKNOWN


def average(text: str | None, like: str | None) -> str | None:
    """Return a computed amount with as many decimals as a price beside it has."""
    value = number_of(text)
    if value is None or like is None:
        return text
    return f"{value:.{len(like.partition('.')[2])}f}"


def count(number: int | None) -> str:
    """Return a count."""
    return UNKNOWN if number is None else grouped(str(number))


def percent(text: str | float | None) -> str:
    """Return a change in percent with its sign: "-4.20" is "−4.2 %"."""
    value = number_of(text)
    if value is None:
        return UNKNOWN
    rounded = round(value, 1)
    if not rounded:
        return f"0{SPACE}%"
    return f"{'+' if rounded > 0 else MINUS}{abs(rounded)}{SPACE}%"


def share(value: float | None) -> str:
    """Return a share from 0 to 1 as percent; only a full share reads 100 %."""
    if value is None:
        return UNKNOWN
    shown = 100 * value
    if shown > 99 and value < 1:
        return f"{int(shown * 10) / 10}{SPACE}%"
    return f"{round(shown)}{SPACE}%"


def direction(text: str | float | None) -> str:
    """Return "down", "up" or "same" of a change as it is shown; "unknown" of none."""
    value = number_of(text)
    if value is None:
        return "unknown"
    rounded = round(value, 1)
    return "same" if not rounded else "up" if rounded > 0 else "down"


def number_of(text: str | float | None) -> Decimal | None:
    """Return a number of the API as a decimal."""
    if text is None or text == "":
        return None
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def duration(seconds: float | None) -> str:
    """Return a length of time in its two largest units: "2 h 5 min", "3.4 s"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{seconds:.1f}{SPACE}s"
    if seconds < 60:
        return f"{seconds:.0f}{SPACE}s"
    parts = []
    left = int(seconds)
    for size, unit in _STEPS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number}{SPACE}{unit}")
    if left and seconds < 600:
        parts.append(f"{left}{SPACE}s")
    return " ".join(parts[:2])


def relative(at: datetime, now: datetime) -> str:
    """Return an instant as seen from now: "5 min ago", "in 2 h"."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 45:
        return "now"
    size, unit = next(((s, u) for s, u in _STEPS if abs(seconds) >= 0.75 * s), _STEPS[-1])
    number = max(1, round(abs(seconds) / size))
    return f"in {number}{SPACE}{unit}" if seconds > 0 else f"{number}{SPACE}{unit} ago"


def absolute(at: datetime) -> str:
    """Return an instant in UTC, which is said."""
    return f"{at.day}{at.strftime(' %b %Y, %H:%M')} UTC"


def size(number: int | None) -> str:
    """Return a number of bytes: "1.2 MB", in powers of ten."""
    if number is None:
        return UNKNOWN
    value, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f}{SPACE}{unit}" if unit == "B" else f"{value:.1f}{SPACE}{unit}"


def monogram(name: str) -> str:
    """Return up to two letters that stand in for a picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def hue(name: str) -> int:
    """Return which of the style sheet's colours a name gets, always the same one."""
    return zlib.crc32(name.encode()) % HUES


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 offer", "2 offers"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def outcome(run: dict[str, object]) -> str:
    """Return how a run ended with what its status leaves out: "Completed, 2 of 20 failed"."""
    status, total = str(run["status"]), run["providers_total"]
    parts = [
        f"{run[key]} of {total} {word}"
        for key, word in (("providers_failed", "failed"), ("providers_skipped", "skipped"))
        if run[key]
    ]
    return ", ".join([status, *parts])
