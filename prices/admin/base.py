"""What the admin's pages have in common: read-only where runs write, and calm on huge tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from prices.money import plain

if TYPE_CHECKING:  # generic only in the stubs
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin, _TabularInline, _Paginator = admin.ModelAdmin, admin.TabularInline, Paginator

COUNTED: Final = 10_000
UNKNOWN: Final = "–"


class BoundedPaginator(_Paginator):
    """Counts no further than 10,000 rows: a filter finds more than page 200 of a list does."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, or 10,000 when there are more."""
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNTED].count())


class ReadOnlyAdmin(_ModelAdmin):
    """A table that only services write. Those who may view it see it, nobody edits it here."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class ReadOnlyInline(_TabularInline):
    """Rows of another table that only services write."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


def money(amount: Decimal | None, currency: str | None) -> str:
    """Return an amount with its currency, "12.90 EUR"."""
    if amount is None:
        return UNKNOWN
    return f"{plain(amount, currency)} {currency or '(currency unknown)'}"


def percent(change: Decimal | None) -> str:
    """Return a change as "+1.50 %", and of none "unchanged"."""
    if change is None:
        return UNKNOWN
    return f"{change:+} %" if change else "unchanged"


def ago(at: datetime | None) -> str:
    """Return how long an instant is past, "3 minutes ago"."""
    if at is None:
        return "never"
    now = timezone.now()
    if now - at < timedelta(minutes=1):
        return "just now"
    return f"{timesince(at, now, depth=1)} ago"


def web_link(url: str) -> SafeString | str:
    """Return a link to a page of a shop, or its text when it is no web address."""
    if not url.startswith(("http://", "https://")):
        return url or UNKNOWN
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', url, url)
