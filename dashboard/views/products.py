"""The list of products."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.client import Api
from dashboard.paging import page_number, paging_of
from dashboard.views.page import page

PAGE_SIZE: Final = 25
# The API's name, the label, and the order that a first click asks for: the cheapest, the
# newest change, the most offers.
SORTS: Final = (
    ("name", "Product", "name"),
    ("best_amount", "Best price", "best_amount"),
    ("changed_at", "Last change", "-changed_at"),
    ("offers_count", "Offers", "-offers_count"),
)
ORDERINGS: Final = {f"{sign}{column}" for column, _, _ in SORTS for sign in ("", "-")}


@require_safe
@page
def products(request: HttpRequest, api: Api) -> HttpResponse:
    """Show products with search, filter, order and pages."""
    search = request.GET.get("q", "").strip()[:200]
    provider = request.GET.get("provider", "")[:64]
    ordering = request.GET.get("sort", "")
    ordering = ordering if ordering in ORDERINGS else "name"
    number = page_number(request.GET.get("page", ""))
    answer = api.get(
        "products",
        q=search,
        platform=provider,
        ordering=ordering,
        page=number,
        page_size=PAGE_SIZE,
    )
    return render(
        request,
        "dashboard/products.html",
        {
            "products": answer["results"],
            "paging": paging_of(answer, number=number, size=PAGE_SIZE),
            "providers": api.listing("providers"),
            "search": search,
            "provider": provider,
            "ordering": ordering,
            "filtered": bool(search or provider),
            "sorts": [
                {"column": column, "label": label, "by": next_order(ordering, column, first)}
                for column, label, first in SORTS
            ],
            "several_currencies": len({one["best_currency"] for one in answer["results"]}) > 1,
        },
    )


def next_order(current: str, column: str, first: str) -> str:
    """Return the order that a click on a column asks for: its first one, then the other."""
    if current.removeprefix("-") != column or current != first:
        return first
    return column if first.startswith("-") else f"-{column}"
