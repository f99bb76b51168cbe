"""Offers in the admin: what each provider asks, and how that came about."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from prices.admin.base import UNKNOWN, ReadOnlyAdmin, money, percent, web_link
from prices.admin.courses import history, sparklines
from prices.models import Offer


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Offers, newest first."""

    list_display = (
        *("name", "provider", "external_id", "price", "availability", "change", "since"),
        "missing_since",
    )
    list_select_related = ("provider",)
    list_filter: ClassVar = [
        "availability",
        ("missing_since", admin.EmptyFieldListFilter),
        ("currency", admin.EmptyFieldListFilter),
        "provider",
    ]
    search_fields = ("name", "external_id", "gtin", "sku", "mpn")
    search_help_text = "A part of name, external id, GTIN, SKU or MPN."
    ordering = ("-id",)
    sortable_by = ("since",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("name", "variant", "offered_by", "external_id", "listed_as", "page"),
                    *("price", "list_price", "availability", "since", "change"),
                    "missing_since",
                )
            },
        ),
        ("Course", {"fields": ("course", "lowest", "highest", "prices_so_far")}),
        ("Where it was read", {"fields": ("read_from",)}),
        (
            "Identity",
            {
                "fields": ("brand", "gtin", "mpn", "sku", "group_id", "first_seen_at"),
                "classes": ("collapse",),
            },
        ),
    )
    readonly_fields = (
        *("offered_by", "listed_as", "page", "price", "list_price", "change"),
        *("course", "lowest", "highest", "prices_so_far", "read_from"),
    )

    class Media:
        css: ClassVar = {"all": ["prices/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch what the page of one offer shows with it."""
        return super().get_queryset(request).select_related("provider", "product")

    @admin.display(description="price", ordering="amount")
    def price(self, offer: Offer) -> str:
        """Return what it costs now."""
        return money(offer.amount, offer.currency)

    @admin.display(description="list price")
    def list_price(self, offer: Offer) -> str:
        """Return the crossed-out price."""
        return money(offer.list_amount, offer.currency)

    @admin.display(description="last change")
    def change(self, offer: Offer) -> str:
        """Return the last change."""
        return percent(offer.change_percent)

    @admin.display(description="provider")
    def offered_by(self, offer: Offer) -> SafeString:
        """Link to the provider."""
        address = reverse("admin:ingestion_provider_change", args=[offer.provider_id])
        return format_html('<a href="{}">{}</a>', address, offer.provider)

    @admin.display(description="product")
    def listed_as(self, offer: Offer) -> SafeString:
        """Link to the product."""
        address = reverse("admin:prices_product_change", args=[offer.product_id])
        return format_html('<a href="{}">{}</a>', address, offer.product)

    @admin.display(description="page")
    def page(self, offer: Offer) -> SafeString | str:
        """Link to the shop."""
        return web_link(offer.url)

    @admin.display(description="90 days")
    def course(self, offer: Offer) -> SafeString:
        """Draw the course."""
        return sparklines([offer])[offer.pk]

    @admin.display(description="all-time low")
    def lowest(self, offer: Offer) -> str:
        """Return the lowest price ever, and since when."""
        return f"{money(offer.low_amount, offer.currency)}, {offer.low_at:%Y-%m-%d}"

    @admin.display(description="all-time high")
    def highest(self, offer: Offer) -> str:
        """Return the highest price ever, and since when."""
        return f"{money(offer.high_amount, offer.currency)}, {offer.high_at:%Y-%m-%d}"

    @admin.display(description="prices so far")
    def prices_so_far(self, offer: Offer) -> SafeString:
        """Show its history."""
        return history(offer)

    @admin.display(description="evidence")
    def read_from(self, offer: Offer) -> SafeString | str:
        """Show for each field where it was read."""
        lines = sorted(offer.evidence.items())
        return format_html_join("", "<div><b>{}</b> {}</div>", lines) or UNKNOWN
