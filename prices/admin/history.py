"""Prices and the proof that somebody looked, in the admin: nothing of it can be edited."""

from typing import ClassVar

from django.contrib import admin

from prices.admin.base import ReadOnlyAdmin, money
from prices.models import Absence, CheckedSpan, Price


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    """Prices as they came in, the newest first."""

    list_display = (
        "offer",
        "provider",
        "price",
        "list_price",
        "availability",
        "started_at",
        "origin",
    )
    list_select_related = ("offer__provider",)
    list_filter: ClassVar = ["origin"]
    search_fields = ("=offer__external_id", "=offer__gtin")
    search_help_text = "The whole external id or GTIN of an offer."
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "offer",
        "provider",
        "price",
        "list_price",
        "availability",
        "started_at",
        "origin",
        "run",
    )
    readonly_fields = ("provider", "price", "list_price", "run")

    @admin.display(description="provider")
    def provider(self, price: Price) -> str:
        """Return who asks it."""
        return str(price.offer.provider)

    @admin.display(description="price")
    def price(self, price: Price) -> str:
        """Return the amount."""
        return money(price.amount, price.currency)

    @admin.display(description="list price")
    def list_price(self, price: Price) -> str:
        """Return the crossed-out price."""
        return money(price.list_amount, price.currency)

    @admin.display(description="provider run")
    def run(self, price: Price) -> str:
        """Return which provider run wrote it; it may be gone by now."""
        return str(price.provider_run_id or "–")


@admin.register(CheckedSpan)
class CheckedSpanAdmin(ReadOnlyAdmin):
    """Stretches in which a provider was checked without a gap, the newest first."""

    list_display = ("provider", "started_at", "ended_at", "checks")
    list_select_related = ("provider",)
    list_filter: ClassVar = ["provider"]
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Stretches in which an offer was not found, the newest first."""

    list_display = ("offer", "provider", "started_at", "ended_at")
    list_select_related = ("offer__provider",)
    search_fields = ("=offer__external_id",)
    search_help_text = "The whole external id of an offer."
    ordering = ("-id",)
    sortable_by = ()

    @admin.display(description="provider")
    def provider(self, absence: Absence) -> str:
        """Return where it was not found."""
        return str(absence.offer.provider)
