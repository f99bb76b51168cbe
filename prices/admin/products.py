"""Products in the admin, with their offers side by side."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from prices.admin.base import ReadOnlyAdmin, money, percent
from prices.admin.courses import sparklines
from prices.models import Product

OFFERS: Final = 50  # on the page of one product


class Compared(admin.SimpleListFilter):
    """Whether there is something to compare."""

    title = "offers"
    parameter_name = "offers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Return the choices."""
        return [("many", "several"), ("one", "one"), ("none", "none")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Keep what was chosen."""
        chosen = self.value()
        if chosen == "many":
            return queryset.filter(offers_count__gt=1)
        if chosen in {"one", "none"}:
            return queryset.filter(offers_count=int(chosen == "one"))
        return queryset


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products by name."""

    list_display = (
        *("name", "brand", "gtin", "best_price", "offers_count", "change", "changed_at"),
    )
    list_filter: ClassVar = [
        Compared,
        ("gtin", admin.EmptyFieldListFilter),
        ("best_amount", admin.EmptyFieldListFilter),
    ]
    search_fields = ("name", "brand", "=gtin", "=mpn")
    search_help_text = "A part of name or brand, or a whole GTIN or MPN."
    sortable_by = ("name", "best_price", "change", "changed_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("name", "brand", "gtin", "mpn", "best_price", "change", "changed_at"),
                    *("created_at", "side_by_side"),
                )
            },
        ),
    )
    readonly_fields = ("best_price", "change", "side_by_side")

    class Media:
        css: ClassVar = {"all": ["prices/admin.css"]}

    @admin.display(description="best price", ordering="best_amount")
    def best_price(self, product: Product) -> str:
        """Return the lowest amount that can be bought."""
        return money(product.best_amount, product.best_currency)

    @admin.display(description="last change", ordering="change_percent")
    def change(self, product: Product) -> str:
        """Return the last change of the best price."""
        return percent(product.change_percent)

    @admin.display(description="offers")
    def side_by_side(self, product: Product) -> SafeString:
        """Show the offers with their course."""
        offers = list(product.offers.select_related("provider").order_by("amount", "pk")[:OFFERS])
        drawn = sparklines(offers)
        rows = [
            {
                "offer": offer,
                "price": money(offer.amount, offer.currency),
                "change": percent(offer.change_percent),
                "course": drawn[offer.pk],
            }
            for offer in offers
        ]
        context: dict[str, Any] = {"product": product, "rows": rows}
        context["left_out"] = max(0, product.offers_count - len(offers))
        return SafeString(render_to_string("admin/prices/_offers.html", context))
